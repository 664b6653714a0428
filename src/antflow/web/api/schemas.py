"""The records of the API and their JSON schemas."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from antflow.source import (
    Answer,
    FailureGroup,
    Frame,
    Group,
    Health,
    QueueView,
    ScheduleEntry,
    Spans,
    TaskDetail,
    TaskPage,
    TaskView,
    Verb,
    WorkerDetail,
    WorkerView,
)
from antflow.web.security.refusal import Problem


class Session(Struct, frozen=True):
    """Who asks.

    Attributes:
        name: of the user; None where nobody has to say.
        role: what they may: `viewer`, `operator` or `admin`.
        read_only: nobody may change anything.
        auth: how they said who they are.
        tasks_columns: columns of the table of tasks that the server was told; empty: any.
    """

    name: str | None
    role: Literal["viewer", "operator", "admin"]
    read_only: bool
    auth: Literal["none", "basic", "token", "oauth"]
    tasks_columns: tuple[str, ...] = ()


class SourceView(Struct, frozen=True):
    """A source.

    Attributes:
        name: as in the addresses.
        kind: `pipeline` or `cluster`.
        tick: seconds between two frames.
        verbs: what can be asked of it.
    """

    name: str
    kind: Literal["pipeline", "cluster"]
    tick: float
    verbs: list[Verb]


class EventPage(Struct, frozen=True):
    """Raw events.

    Attributes:
        last: number of the newest event there is.
        events: those asked for, oldest first; `seq` is an event's number.
    """

    last: int
    events: list[dict[str, Any]]


class Completion(Struct, frozen=True):
    """What a search may go on with; each holds what begins with the prefix, at most 100.

    Attributes:
        qualifiers: `state:`, `runtime>`, …
        names: stages or task types.
        workers: names of workers.
        states: states of tasks there are.
    """

    qualifiers: list[str]
    names: list[str]
    workers: list[str]
    states: list[str]


class Command(Struct, frozen=True, forbid_unknown_fields=True):
    """What to do.

    Attributes:
        target: name or id of what it is done to; a search for `tasks.…`; None for the source.
        arguments: beyond the target, see the verb.
    """

    target: str | None = None
    arguments: dict[str, str | int | float | bool | None] = {}


class Answers(Struct, frozen=True):
    """What came of a command: an answer of each worker, or of the source itself."""

    answers: list[Answer]


class SourceAbout(Struct, frozen=True):
    """A source on the page about."""

    name: str
    kind: Literal["pipeline", "cluster"]
    settings: dict[str, Any]
    health: Health


class About(Struct, frozen=True):
    """The server.

    Attributes:
        version: of antflow.
        sources: what it shows.
        settings: what it was told, without secrets.
        versions: of the packages it runs on.
    """

    version: str
    sources: list[SourceAbout]
    settings: dict[str, Any]
    versions: dict[str, str]


Row = dict[str, Any]

ANSWERS: dict[str, Any] = {
    "session": Session,
    "sources": list[SourceView],
    "frame": Frame,
    "workers": list[WorkerView],
    "worker": WorkerDetail,
    "spans": Spans,
    "tasks": TaskPage,
    "export": list[TaskView],
    "task": TaskDetail,
    "queues": list[QueueView],
    "failures": list[FailureGroup],
    "groups": list[Group],
    "schedule": list[ScheduleEntry],
    "events": EventPage,
    "search": Completion,
    "answers": Answers,
    "about": About,
    "audit": list[Row],
    "document": Row,
    "problem": Problem,
    "command": Command,
}
"""Types of the answers, by the words that the routes use."""


def schemas_and_components() -> tuple[dict[str, Any], dict[str, Any]]:
    """JSON schemas by the words of `ANSWERS`, and the components that they refer to."""
    schemas, components = msgspec.json.schema_components(
        ANSWERS.values(), ref_template="#/components/schemas/{name}"
    )
    return dict(zip(ANSWERS, schemas, strict=True)), components
