"""What is counted in a module."""

from __future__ import annotations

import ast
import textwrap

import pytest

from antflow.demo.measure import FunctionFacts, ModuleFacts, measure_module


def measure(text: str) -> ModuleFacts:
    source = textwrap.dedent(text).strip().encode()
    return measure_module("m.py", source, ast.parse(source))


def test_an_empty_module_has_one_way_through_it_and_nothing_else() -> None:
    assert measure("") == ModuleFacts("m.py", 0, 0, 0, (), (), 1)


def test_size_is_in_bytes_and_lines_count_the_last_one_without_a_newline() -> None:
    facts = measure("a = 'ü'\nb = 1")
    assert (facts.size, facts.lines) == (14, 2)


def test_functions_are_named_by_what_they_stand_in_from_the_top_down() -> None:
    facts = measure(
        """
        class Outer:
            class Inner:
                async def method(self): pass
            def other(self):
                def local(): pass
        def last(): pass
        """
    )
    names = [function.name for function in facts.functions]
    assert names == ["Outer.Inner.method", "Outer.other", "Outer.other.local", "last"]
    assert facts.classes == 2


def test_a_function_under_a_condition_is_found() -> None:
    facts = measure(
        """
        try:
            import fast
        except ImportError:
            if True:
                def slow(): pass
        """
    )
    assert [function.name for function in facts.functions] == ["slow"]


def test_a_function_is_as_long_as_its_decorators_and_its_body() -> None:
    facts = measure(
        """
        x = 1
        @one
        @two
        def f():
            return [
                1,
            ]
        """
    )
    assert facts.functions == (FunctionFacts("f", line=2, lines=6, complexity=1),)


def test_imports_are_top_level_names_once_each_and_sorted() -> None:
    facts = measure(
        """
        import sys, os.path
        from os import sep
        from collections.abc import Iterator
        def f():
            import json
        """
    )
    assert facts.imports == ("collections", "json", "os", "sys")


def test_a_relative_import_is_its_own_package() -> None:
    assert measure("from . import a\nfrom .b import c\nfrom ..d import e").imports == ()


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        ("pass", 1),
        ("if a: pass", 2),
        ("if a: pass\nelif b: pass\nelse: pass", 3),
        ("for a in b: pass\nelse: pass", 2),
        ("while a: pass", 2),
        ("while a and b: pass", 3),
        ("if a and b or not (c or d): pass", 5),
        ("try: pass\nexcept A: pass\nexcept B: pass\nfinally: pass", 3),
        ("with a:\n  if b: pass", 2),
        ("match a:\n  case 1: pass\n  case _:\n    if b: pass", 4),
        ("async for a in b: pass", 2),
        ("a = lambda: b if c else d", 1),
    ],
)
def test_ways_through_a_function(body: str, ways: int) -> None:
    facts = measure("async def f():\n" + textwrap.indent(body, "    "))
    assert facts.functions[0].complexity == ways
    assert facts.complexity == ways


def test_a_nested_function_counts_for_itself_and_for_the_module() -> None:
    facts = measure(
        """
        if a:
            def outer():
                if b:
                    def inner():
                        if c: pass
        """
    )
    assert [function.complexity for function in facts.functions] == [2, 2]
    assert facts.complexity == 4


def test_a_long_chain_of_branches_needs_no_deep_stack() -> None:
    chain = "if a: pass\n" + "".join(f"elif a{n}: pass\n" for n in range(60))
    assert measure(chain * 20).complexity == 1 + 61 * 20
