"""What can be asked of a source: one table that the API, the pages and the shell are made from."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

TargetKind = Literal["source", "worker", "group", "queue", "task", "tasks"]
Role = Literal["viewer", "operator", "admin"]


class Argument(Struct, frozen=True):
    """An argument of a verb.

    Attributes:
        name: as given to `Source.command`.
        type: what it takes.
        required: whether it must be given.
        default: what it is otherwise.
        minimum: of numbers.
        choices: the only values allowed; empty: any.
        help: one line.
    """

    name: str
    type: Literal["integer", "number", "string", "boolean"] = "string"
    required: bool = False
    default: Any = None
    minimum: float | None = None
    choices: tuple[str, ...] = ()
    help: str = ""


class Verb(Struct, frozen=True):
    """A command.

    Attributes:
        name: `pool_grow`.
        target: what it is done to; `tasks`: to all that match a search.
        help: one line.
        arguments: beyond the target.
        role: who may.
        destructive: ask before; `grave`: have the target's name typed.
    """

    name: str
    target: TargetKind
    help: str = ""
    arguments: tuple[Argument, ...] = ()
    role: Role = "operator"
    destructive: Literal["no", "ask", "grave"] = "no"


class Answer(Struct, frozen=True):
    """What one worker, or the source itself, answered to a command.

    Attributes:
        who: the worker, or the source's name.
        ok: whether it did what was asked.
        message: what it said.
    """

    who: str
    ok: bool
    message: str = ""
