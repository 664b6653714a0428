"""How long the oldest message of a queue waits, from task-sent events."""

from __future__ import annotations

from antflow.cluster.state import TaskRecord
from antflow.cluster.waiting import Waiting
from antflow.source import QueueView

NOW = 1_000.0


def sent(uuid: str, at: float, state: str = "PENDING") -> TaskRecord:
    return TaskRecord(uuid, state=state, queue="q", sent=at)


def test_the_first_sent_that_nobody_received_is_the_oldest() -> None:
    waiting = Waiting()
    waiting.see([sent("a", 1.0), sent("b", 2.0)])
    waiting.see([sent("a", 1.0, "RECEIVED")])
    assert waiting.oldest("q") == 2.0


def test_a_queue_is_dated_by_its_oldest_task() -> None:
    waiting = Waiting()
    waiting.see([sent("a", 900.0)])
    view = waiting.dated(QueueView("q", messages=1, oldest=990.0, oldest_at_least=True), NOW)
    assert (view.oldest, view.oldest_at_least) == (900.0, False)


def test_what_was_seen_at_the_head_before_is_older() -> None:
    waiting = Waiting()
    waiting.see([sent("a", 900.0)])
    seen = QueueView("q", messages=2, oldest=800.0, oldest_at_least=True)
    assert waiting.dated(seen, NOW) == seen


def test_an_empty_queue_has_no_oldest_and_forgets_what_left_unseen() -> None:
    waiting = Waiting()
    waiting.see([sent("a", 900.0), sent("b", NOW - 1)])
    assert waiting.dated(QueueView("q", messages=0), NOW).oldest is None
    assert waiting.oldest("q") == NOW - 1
