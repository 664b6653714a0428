"""The history of an item, kept as one record a stage and expanded when read."""

from __future__ import annotations

from typing import Any

import pytest

from antflow.tracker.visit import (
    Attempt,
    Ending,
    Entry,
    Place,
    Visit,
    ending,
    history,
    last,
    status,
    stays,
)

LAST = Place("B", 1000.0, 1)
FIRST = Place("A", 1000.0, 1, LAST)


def events(entry: Entry) -> list[tuple[str | None, str, str | None, float]]:
    return [(e.stage, e.status, e.worker, e.timestamp) for e in history("x", entry)]


def entry(**fields: Any) -> Entry:
    return Entry(FIRST, queued=1.0, **fields)


def test_an_item_that_waits_is_queued() -> None:
    waiting = entry()
    assert status(waiting) == "queued"
    assert events(waiting) == [("A", "queued", None, 1001.0)]


def test_an_item_in_a_workers_hands_is_in_progress() -> None:
    running = entry(worker="A-W0", started=2.0)
    assert status(running) == "in_progress"
    assert events(running)[1:] == [("A", "in_progress", "A-W0", 1002.0)]


def test_an_item_that_completed_a_stage_is_queued_for_the_next() -> None:
    done = entry(worker="A-W0", started=2.0, ended=3.0)
    assert status(done) == "queued"
    assert events(done)[2:] == [("A", "completed", "A-W0", 1003.0), ("B", "queued", None, 1003.0)]


def test_an_item_that_completed_the_last_stage_is_completed() -> None:
    following = Visit(LAST, "B-W1", 4.0, 5.0)
    done = entry(worker="A-W0", started=2.0, ended=3.0, following=following)
    assert status(last(done)) == "completed"
    assert [event[1] for event in events(done)] == [
        "queued",
        "in_progress",
        "completed",
        "queued",
        "in_progress",
        "completed",
    ]
    assert events(done)[3] == ("B", "queued", None, 1003.0)


def test_an_item_between_two_attempts_is_retrying() -> None:
    tried = entry(worker="A-W0", extra=[Attempt("A-W0", 2.0, 3.0, {"attempt": 2})])
    assert status(tried) == "retrying"
    assert events(tried)[1:] == [
        ("A", "in_progress", "A-W0", 1002.0),
        ("A", "retrying", "A-W0", 1003.0),
    ]
    assert list(history("x", tried))[-1].metadata == {"attempt": 2}


@pytest.mark.parametrize("how", ["failed", "dropped", "cancelled"])
def test_an_item_that_ended_otherwise_says_how(how: Any) -> None:
    ended = entry(worker="A-W0", started=2.0, ended=3.0, extra=[Ending(how, {"why": "so"})])
    assert status(ended) == how
    assert ending(ended) == Ending(how, {"why": "so"})
    assert events(ended)[-1] == ("A", how, "A-W0", 1003.0)
    assert list(history("x", ended))[-1].metadata == {"why": "so"}


def test_an_item_that_ended_without_a_worker_has_none() -> None:
    ended = entry(ended=3.0, extra=[Ending("cancelled", {})])
    assert events(ended) == [("A", "queued", None, 1001.0), ("A", "cancelled", None, 1003.0)]


def test_an_attempt_followed_by_the_end() -> None:
    extra: list[Attempt | Ending] = [Attempt("A-W0", 2.0, 3.0, {}), Ending("failed", {})]
    ended = entry(worker="A-W1", started=5.0, ended=6.0, extra=extra)
    assert [(event[1], event[2]) for event in events(ended)] == [
        ("queued", None),
        ("in_progress", "A-W0"),
        ("retrying", "A-W0"),
        ("in_progress", "A-W1"),
        ("failed", "A-W1"),
    ]


def test_every_read_gives_fresh_metadata() -> None:
    ended = entry(ended=3.0, extra=[Ending("failed", {"error": "no"})])
    list(history("x", ended))[-1].metadata.clear()
    assert list(history("x", ended))[-1].metadata == {"error": "no"}


def test_stays_are_the_visits_in_order() -> None:
    following = Visit(LAST)
    first = entry(following=following)
    assert list(stays(first)) == [first, following]
    assert list(stays(None)) == []
    assert last(first) is following


def test_a_place_is_what_it_is_and_not_what_it_says() -> None:
    """Two runs have places of the same name; they are never equal."""
    assert Place("A", 1000.0, 1) != Place("A", 1000.0, 1)
