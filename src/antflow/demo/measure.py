"""What can be said about a module from its syntax tree: plain functions, no I/O."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from msgspec import Struct

Function = ast.FunctionDef | ast.AsyncFunctionDef
_NESTED = ("body", "orelse", "handlers", "finalbody", "cases")
_DECISIONS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)


class FunctionFacts(Struct, frozen=True, gc=False):
    """One function or method.

    Attributes:
        name: with what it stands in: `BaseEventLoop.create_server`.
        line: the line that it starts on, its first decorator included.
        lines: how many lines it is long.
        complexity: ways through it: 1, and 1 for each decision, nested functions apart.
    """

    name: str
    line: int
    lines: int
    complexity: int


class ModuleFacts(Struct, frozen=True, gc=False):
    """One module.

    Attributes:
        name: path within the library.
        size: bytes.
        lines: lines.
        classes: classes, nested ones included.
        functions: functions and methods, nested ones included, from the top down.
        imports: top-level names of the modules that it imports, sorted; its own package apart.
        complexity: 1, and 1 for each decision in the module.
    """

    name: str
    size: int
    lines: int
    classes: int
    functions: tuple[FunctionFacts, ...]
    imports: tuple[str, ...]
    complexity: int


class _Findings:
    """What a walk through a module has met so far."""

    def __init__(self) -> None:
        self.classes = 0
        self.functions: list[FunctionFacts] = []
        self.imports: set[str] = set()

    def scope(self, body: Sequence[ast.AST], prefix: str) -> tuple[int, int]:
        """Walk one scope; return its own decisions, and all, those of the inner scopes too."""
        own = nested = 0
        for node in _statements(body):
            own += decisions(node)
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.imports.update(imported(node))
            elif isinstance(node, ast.ClassDef):
                self.classes += 1
                nested += self.scope(node.body, f"{prefix}{node.name}.")[1]
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                nested += self.function(node, prefix)
        return own, own + nested

    def function(self, node: Function, prefix: str) -> int:
        place = len(self.functions)
        own, whole = self.scope(node.body, f"{prefix}{node.name}.")
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        lines = (node.end_lineno or node.lineno) - first + 1
        self.functions.insert(place, FunctionFacts(prefix + node.name, first, lines, own + 1))
        return whole


def _statements(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The statements of a scope, those within `if`, `for`, … too, those of inner scopes not."""
    waiting = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in reversed(_NESTED):
                inner = getattr(node, name, None)
                # `body` of a lambda or a conditional expression is a single node
                if isinstance(inner, list):
                    waiting.extend(reversed(inner))


def decisions(node: ast.AST) -> int:
    """Ways that a statement adds: a branch, a loop, a handler, a case, an `and` or `or` in it.

    `and` and `or` count in the conditions of `if` and `while`, where they decide the way.
    """
    count = int(isinstance(node, _DECISIONS))
    if isinstance(node, (ast.If, ast.While)) and isinstance(node.test, ast.BoolOp):
        count += sum(
            len(part.values) - 1 for part in ast.walk(node.test) if isinstance(part, ast.BoolOp)
        )
    return count


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Top-level names that the statement imports; a relative import is the own package: none."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name.partition(".")[0]
    elif not node.level and node.module:
        yield node.module.partition(".")[0]


def measure_module(name: str, source: bytes, tree: ast.Module) -> ModuleFacts:
    """Measure a module of which the source is already parsed."""
    found = _Findings()
    _own, whole = found.scope(tree.body, "")
    return ModuleFacts(
        name=name,
        size=len(source),
        lines=len(source.splitlines()),
        classes=found.classes,
        functions=tuple(found.functions),
        imports=tuple(sorted(found.imports)),
        complexity=whole + 1,
    )
