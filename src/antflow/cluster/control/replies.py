"""What workers reply to commands, read: what they did, or why they would not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from antflow.exceptions import CommandRefusedError
from antflow.source import Answer

_CANNOT: Final = {
    "pool_grow": "pool cannot grow",
    "pool_shrink": "pool cannot shrink",
    "pool_restart": "pool cannot restart",
    "autoscale": "pool cannot autoscale",
    "revoke": "task cannot be revoked so",
}

_ADVICE: Final = {
    "pool_restart": "; set worker_pool_restarts = True in the worker's configuration",
    "autoscale": "; start the worker with --autoscale=max,min",
}

_FIXED: Final = "its pool has a fixed size; prefork, gevent and eventlet pools can be changed"

_REPR = re.compile(r"(?s)\w+\((['\"])(.*)\1,?\)")


def answer_of(worker: str, command: str, reply: Any) -> Answer:
    """A reply as a record."""
    if isinstance(reply, Mapping) and "error" in reply:
        return Answer(worker, False, refusal(command, str(reply["error"])))
    if isinstance(reply, Mapping) and "ok" in reply:
        return Answer(worker, True, str(reply["ok"]))
    # `revoke` without `terminate` replies with the ids themselves in some versions
    return Answer(worker, True, "" if reply is None else str(reply))


def refusal(command: str, error: str) -> str:
    """Why a worker would not, in its own words and with what to do.

    Args:
        command: what was asked.
        error: its text, or the repr of an exception.
    """
    found = _REPR.fullmatch(error)
    why = found.group(2) if found else error
    if command in {"pool_grow", "pool_shrink"} and error.startswith("AttributeError"):
        why = _FIXED
    if command == "revoke" and error.startswith(("NotImplementedError", "AttributeError")):
        why = "its pool cannot end a running task; prefork, gevent and eventlet pools can"
    advice = _ADVICE.get(command, "") if "not enabled" in why else ""
    return f"{_CANNOT.get(command, f'{command} refused')}: {why}{advice}"


def raise_if_refused(command: str, reply: Any) -> None:
    """Raise CommandRefusedError where the reply is an error."""
    answer = answer_of("", command, reply)
    if not answer.ok:
        raise CommandRefusedError(answer.message)


def answers_of(command: str, replies: Mapping[str, Any]) -> list[Answer]:
    """Replies of several workers as records, by name.

    Raises:
        CommandRefusedError: all of them are errors.
    """
    answers = [answer_of(worker, command, replies[worker]) for worker in sorted(replies)]
    if answers and not any(answer.ok for answer in answers):
        texts = dict.fromkeys(answer.message for answer in answers)
        raise CommandRefusedError("; ".join(texts))
    return answers
