"""Between thread and loop: in order, bounded, and what is lost is counted."""

from __future__ import annotations

from antflow.cluster.events.handover import Handover


def events(*names: str) -> list[dict[str, str]]:
    return [{"uuid": name} for name in names]


def drain(handover: Handover) -> list[str]:
    names = []
    while (batch := handover.take()) is not None:
        names += [event["uuid"] for event in batch.events]
    return names


def test_events_leave_in_the_order_they_came() -> None:
    handover = Handover()
    handover.put(events("a", "b"), 10)
    handover.put(events("c"), 10)
    assert handover.waiting == 3
    assert drain(handover) == ["a", "b", "c"]
    assert handover.waiting == 0


def test_the_rest_of_a_batch_comes_first_again() -> None:
    handover = Handover()
    handover.put(events("a", "b"), 10)
    handover.put(events("c"), 10)
    batch = handover.take()
    assert batch is not None
    handover.back(batch._replace(events=batch.events[1:]))
    assert drain(handover) == ["b", "c"]


def test_above_the_bound_of_events_the_oldest_are_lost_and_counted() -> None:
    handover = Handover(max_events=3)
    for name in "abcd":
        handover.put(events(name), 1)
    assert drain(handover) == ["b", "c", "d"]
    assert handover.dropped == 1


def test_above_the_bound_of_bytes_likewise() -> None:
    handover = Handover(max_bytes=100)
    handover.put(events("a"), 60)
    assert not handover.full()
    handover.put(events("b"), 60)
    assert drain(handover) == ["b"]
    assert handover.dropped == 1


def test_the_newest_batch_is_never_lost() -> None:
    handover = Handover(max_events=1)
    handover.put(events("a", "b", "c"), 1)
    assert drain(handover) == ["a", "b", "c"]


def test_age_is_that_of_the_oldest_and_0_when_empty() -> None:
    handover = Handover()
    assert handover.age() == 0.0
    handover.put(events("a"), 1)
    assert handover.age() > 0.0
    handover.clear()
    assert handover.age() == 0.0
    assert handover.waiting == 0
