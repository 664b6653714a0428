"""What can be asked of a cluster, and the check of what was asked against that table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from antflow.source import Argument, Verb

_QUEUE = Argument("queue", required=True, help="name of the queue")
_WORKER = Argument("worker", help="one worker only; else all")
_TERMINATE = Argument("terminate", "boolean", default=False, help="also end it where it runs")
_SIGNAL = Argument(
    "signal",
    default="SIGTERM",
    choices=("SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", "SIGUSR1"),
    help="what ends it",
)
_MOST = Argument("limit", "integer", default=1_000, minimum=1, help="tasks at most, newest first")


def _count(help_text: str) -> Argument:
    return Argument("n", "integer", default=1, minimum=1, help=help_text)


_WORKER_VERBS = (
    Verb("shutdown", "worker", "Let it finish its tasks and end", destructive="grave"),
    Verb("pool_restart", "worker", "Restart its pool", destructive="ask"),
    Verb("pool_grow", "worker", "Add processes to its pool", (_count("processes to add"),)),
    Verb("pool_shrink", "worker", "Take processes away", (_count("processes to take away"),)),
    Verb(
        "autoscale",
        "worker",
        "Set the bounds of its pool (where it was started with autoscale)",
        (
            Argument("min", "integer", required=True, minimum=0, help="processes at least"),
            Argument("max", "integer", required=True, minimum=1, help="processes at most"),
        ),
    ),
    Verb("add_consumer", "worker", "Take tasks from a queue", (_QUEUE,)),
    Verb("cancel_consumer", "worker", "Take no more from a queue", (_QUEUE,), destructive="ask"),
)

_GROUP_VERBS = (
    Verb(
        "rate_limit",
        "group",
        "Start no more than so many a second, minute or hour, per worker"
        " (on Redis crawls once the prefetch is used up)",
        (Argument("rate", required=True, help="10/s, 100/m, 1000/h; 0: no limit"), _WORKER),
    ),
    Verb(
        "time_limit",
        "group",
        "End those that run longer",
        (
            Argument("soft", "number", minimum=0, help="seconds until SoftTimeLimitExceeded"),
            Argument("hard", "number", minimum=0, help="seconds until its process is killed"),
            _WORKER,
        ),
    ),
    Verb(
        "apply",
        "group",
        "Call the task",
        (
            Argument("args", default="[]", help="positional arguments, a JSON list"),
            Argument("kwargs", default="{}", help="keyword arguments, a JSON object"),
            Argument("queue", help="where to; else as the application routes it"),
        ),
        role="admin",
    ),
)

_QUEUE_VERBS = (
    Verb("pause", "queue", "Have no worker take from it", destructive="ask"),
    Verb("resume", "queue", "Have its workers take from it again"),
    Verb("purge", "queue", "Throw all its messages away", role="admin", destructive="grave"),
)

_TASK_VERBS = (
    Verb("revoke", "task", "Do not run it", (_TERMINATE, _SIGNAL), destructive="ask"),
    Verb("retry", "task", "Send it again, with the same arguments, under a new id"),
    Verb("abort", "task", "Ask an AbortableTask to end", destructive="ask"),
    Verb("retry", "tasks", "Send all again that failed and match", (_MOST,), destructive="ask"),
    Verb(
        "revoke",
        "tasks",
        "Run none of those that match",
        (_TERMINATE, _SIGNAL, _MOST),
        destructive="grave",
    ),
)

VERBS: dict[str, Verb] = {
    f"{verb.target}.{verb.name}": verb
    for verb in (*_WORKER_VERBS, *_GROUP_VERBS, *_QUEUE_VERBS, *_TASK_VERBS)
}
"""By `target.name`: `worker.pool_grow`, `queue.purge`, `tasks.retry`."""

_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
}


def find_verb(name: str) -> Verb:
    """The verb of this name.

    Raises:
        ValueError: there is none; the text lists all.
    """
    if name not in VERBS:
        raise ValueError(f"unknown verb {name!r}; there are {', '.join(sorted(VERBS))}")
    return VERBS[name]


def checked(verb: Verb, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The arguments as the verb takes them, defaults included.

    Raises:
        ValueError: a missing or unknown one, a wrong type, a value that is not allowed.
    """
    values = {name: value for name, value in (given or {}).items() if value is not None}
    if unknown := sorted(set(values) - {each.name for each in verb.arguments}):
        allowed = ", ".join(each.name for each in verb.arguments) or "none"
        raise ValueError(f"{verb.name} takes no {', '.join(unknown)}; it takes: {allowed}")
    return {each.name: _value(verb, each, values.get(each.name)) for each in verb.arguments}


def _value(verb: Verb, argument: Argument, value: Any) -> Any:
    what = f"{verb.name}: {argument.name}"
    if value is None or (value == "" and argument.required):
        if argument.required:
            raise ValueError(f"{what} is missing: {argument.help}")
        return argument.default
    if not _is_of(argument.type, value):
        raise ValueError(f"{what} must be of type {argument.type}, not {value!r}")
    if argument.minimum is not None and value < argument.minimum:
        raise ValueError(f"{what} must be at least {argument.minimum:g}, not {value!r}")
    if argument.choices and value not in argument.choices:
        raise ValueError(f"{what} must be one of {', '.join(argument.choices)}, not {value!r}")
    return value


def _is_of(type_name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return type_name == "boolean"
    return isinstance(value, _TYPES[type_name]) and not (
        isinstance(value, float) and not math.isfinite(value)
    )
