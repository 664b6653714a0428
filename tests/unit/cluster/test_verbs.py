"""The table of verbs, and the check of arguments against it."""

from __future__ import annotations

from typing import Any

import pytest

from antflow.cluster.verbs import VERBS, checked, find_verb


def test_every_verb_is_named_after_its_target() -> None:
    assert all(key == f"{verb.target}.{verb.name}" for key, verb in VERBS.items())


def test_purging_and_calling_tasks_are_for_admins() -> None:
    admins = {name for name, verb in VERBS.items() if verb.role == "admin"}
    assert admins == {"queue.purge", "group.apply"}


def test_an_unknown_verb_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"unknown verb 'dance'.*worker\.pool_grow"):
        find_verb("dance")


def test_defaults_are_filled_in() -> None:
    assert checked(find_verb("worker.pool_grow"), None) == {"n": 1}


def test_none_stands_for_the_default() -> None:
    assert checked(find_verb("task.revoke"), {"signal": None})["signal"] == "SIGTERM"


@pytest.mark.parametrize(
    ("verb", "given", "text"),
    [
        ("worker.pool_grow", {"n": "1"}, "must be of type integer"),
        ("worker.pool_grow", {"n": True}, "must be of type integer"),
        ("worker.pool_grow", {"n": 1.0}, "must be of type integer"),
        ("worker.pool_grow", {"n": 0}, "at least 1"),
        ("worker.pool_grow", {"m": 1}, "takes no m; it takes: n"),
        ("worker.shutdown", {"now": True}, "it takes: none"),
        ("worker.autoscale", {"min": 1}, "max is missing"),
        ("worker.add_consumer", {"queue": ""}, "queue is missing"),
        ("group.time_limit", {"soft": float("nan")}, "must be of type number"),
        ("task.revoke", {"terminate": 1}, "must be of type boolean"),
        ("task.revoke", {"signal": "SIGSTOP"}, "one of SIGTERM"),
    ],
)
def test_wrong_arguments_are_refused(verb: str, given: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        checked(find_verb(verb), given)
