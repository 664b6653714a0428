"""What is read from workers' replies, and what is refused before anybody is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from celery import Celery

from antflow.cluster.control import Control, worker_pool_grow
from antflow.cluster.control.checks import ids, signal_name
from antflow.cluster.control.pausing import options_of
from antflow.cluster.control.replies import answer_of, answers_of, refusal
from antflow.exceptions import CommandRefusedError


def test_a_good_reply_is_its_text() -> None:
    answer = answer_of("w@h", "pool_grow", {"ok": "pool will grow"})
    assert (answer.who, answer.ok, answer.message) == ("w@h", True, "pool will grow")


@pytest.mark.parametrize(
    ("command", "error", "text"),
    [
        ("pool_grow", "ValueError('too many')", "pool cannot grow: too many"),
        ("pool_restart", "ValueError('Pool restarts not enabled')", "worker_pool_restarts = True"),
        ("autoscale", 'ValueError("Autoscale not enabled")', "--autoscale=max,min"),
        ("pool_shrink", "AttributeError('no attribute shrink')", "a pool of a fixed size"),
        ("rate_limit", "unknown task", "rate_limit refused: unknown task"),
    ],
)
def test_a_refusal_has_the_workers_reason(command: str, error: str, text: str) -> None:
    if text == "a pool of a fixed size":
        text = "pool cannot shrink: its pool has a fixed size"
    assert text in refusal(command, error)


def test_one_that_obeys_is_enough() -> None:
    answers = answers_of("revoke", {"b": {"error": "x"}, "a": {"ok": "y"}})
    assert [(each.who, each.ok) for each in answers] == [("a", True), ("b", False)]


def test_the_same_refusal_of_all_is_told_once() -> None:
    with pytest.raises(CommandRefusedError) as caught:
        answers_of("time_limit", {"a": {"error": "x"}, "b": {"error": "x"}})
    assert str(caught.value) == "time_limit refused: x"


def test_signals_are_found_by_any_spelling() -> None:
    assert {signal_name(each) for each in ("SIGKILL", "KILL", "kill")} == {"SIGKILL"}
    with pytest.raises(ValueError, match="no signal"):
        signal_name("SIGNOPE")


def test_ids_are_one_or_several_without_doubles() -> None:
    assert ids("a") == ["a"]
    assert ids(["a", "b", "a"]) == ["a", "b"]
    with pytest.raises(ValueError, match="at least one"):
        ids([])


def test_a_queue_on_the_default_exchange_stays_there() -> None:
    options = options_of({"exchange": {"name": "", "type": "direct"}, "routing_key": "q"})
    assert (options["exchange"], options["routing_key"]) == ("", "q")


WRONG: list[Callable[[Control], Coroutine[Any, Any, Any]]] = [
    lambda control: control.pool_grow("w@h", 0),
    lambda control: control.pool_shrink("w@h", -1),
    lambda control: control.pool_grow("", 1),
    lambda control: control.autoscale("w@h", 5, 2),
    lambda control: control.add_consumer("w@h", ""),
    lambda control: control.time_limit("t", soft=5, hard=2),
    lambda control: control.time_limit("t", soft=0),
    lambda control: control.revoke("a", signal="nope"),
    lambda control: control.purge(""),
]


@pytest.mark.parametrize("wrong", range(len(WRONG)))
async def test_arguments_that_cannot_be_right_are_refused_without_a_broker(wrong: int) -> None:
    control = Control(Celery(broker="redis://127.0.0.1:1/0", set_as_current=False))
    with pytest.raises(ValueError):
        await WRONG[wrong](control)


def test_the_current_application_is_that_of_the_callers_thread() -> None:
    found: list[str] = []

    async def other_thread(call: Coroutine[Any, Any, Any]) -> None:
        try:
            await call
        except ConnectionError as error:
            found.append(str(error))

    Celery(broker="redis://127.0.0.1:1/7").set_current()
    call = worker_pool_grow("w@h")
    Celery(broker="redis://127.0.0.1:1/9").set_current()
    asyncio.run(other_thread(call))
    assert "127.0.0.1:1/7" in found[0]
