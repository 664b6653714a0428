"""Which stage is named as the bottleneck, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from antflow.flow import Flow, StageLoad, find_bottleneck
from antflow.types import DashboardSnapshot


def load(name: str, **known: Any) -> StageLoad:
    fields: dict[str, Any] = {
        "workers": 5, "busy": 5, "held": {}, "queued": 0, "capacity": 50, "rate_in": 9,
        "rate_out": 9,
    }  # fmt: skip
    return StageLoad(name, **(fields | known))


def test_a_stage_with_busy_workers_and_a_full_queue() -> None:
    found = find_bottleneck([load("Fetch", busy=1), load("Parse", queued=46), load("Save", busy=1)])
    assert found is not None
    assert found.stage == "Parse"
    assert found.reason == "5/5 workers busy, queue 46/50"


def test_the_last_of_several_backed_up_stages() -> None:
    """All before it back up because of it."""
    found = find_bottleneck([load("Fetch", queued=50), load("Parse", queued=50), load("Save")])
    assert found is not None
    assert found.stage == "Parse"


def test_a_stage_that_another_waits_for() -> None:
    before = load("Fetch", held={"room": 3}, queued=50)
    found = find_bottleneck([before, load("Parse", queued=20)])
    assert found is not None
    assert found.stage == "Parse"
    assert found.reason == "5/5 workers busy, queue 20/50, Fetch waits for room"


def test_a_pull_stage_has_no_queue_to_tell_of() -> None:
    found = find_bottleneck([load("Fetch", held={"room": 5}), load("Parse", capacity=0)])
    assert found is not None
    assert found.reason == "5/5 workers busy, Fetch waits for room"


def test_workers_that_wait_for_room_are_not_to_blame() -> None:
    held = load("Fetch", queued=50, held={"room": 5})
    found = find_bottleneck([held, load("Parse", queued=50)])
    assert found is not None
    assert found.stage == "Parse"


def test_a_queue_without_bound_that_grows() -> None:
    found = find_bottleneck([load("Fetch", capacity=None, queued=900, rate_in=30, rate_out=10)])
    assert found is not None
    assert found.reason == "5/5 workers busy, queue 900, growing"


def test_a_stage_held_by_its_rate_limit_says_so() -> None:
    found = find_bottleneck([load("Fetch", held={"rate": 4}, queued=50)])
    assert found is not None
    assert found.reason == "held by its rate limit, queue 50/50"


def test_a_stage_that_lets_nothing_through() -> None:
    """A paused stage has idle workers before a full queue."""
    paused = load("Parse", busy=0, queued=50, rate_out=0)
    found = find_bottleneck([load("Fetch", held={"room": 5}), paused])
    assert found is not None
    assert found.stage == "Parse"
    assert found.reason == "nothing leaves it, 0/5 workers busy, queue 50/50"


def test_a_busy_stage_that_works_off_the_last_of_its_queue() -> None:
    """Also where the source has ended and no queue is half full any more."""
    found = find_bottleneck([load("A", busy=0), load("B", queued=12), load("C", queued=6)])
    assert found is not None
    assert found.stage == "B"


def test_none_where_the_source_is_the_slowest() -> None:
    assert find_bottleneck([load("Fetch", busy=1), load("Parse", busy=2)]) is None


def test_none_where_workers_are_busy_and_nothing_waits() -> None:
    assert find_bottleneck([load("Fetch"), load("Parse")]) is None


def test_none_where_idle_workers_are_about_to_take_what_waits() -> None:
    assert find_bottleneck([load("Fetch", busy=0, queued=50, rate_out=500)]) is None


def test_none_without_stages_or_workers() -> None:
    assert find_bottleneck([]) is None
    assert find_bottleneck([load("Fetch", workers=0, busy=0, queued=3, rate_out=1)]) is None


def test_one_odd_snapshot_does_not_change_the_name(
    snapshot: Callable[..., DashboardSnapshot],
) -> None:
    """The name stays put: it is found over seconds, not at a moment."""
    flow = Flow({"Slow": 20})
    slow = {"queued": 20, "busy": 2}
    for half in range(10):
        flow.observe(snapshot(half / 2, {"Slow": slow}, in_flight=22))
    report = flow.observe(snapshot(5, {"Slow": {"queued": 20, "busy": 1}}, in_flight=21))
    assert report.bottleneck is not None
    assert report.bottleneck.stage == "Slow"


def test_no_bottleneck_once_all_is_done(snapshot: Callable[..., DashboardSnapshot]) -> None:
    flow = Flow({"Slow": 20})
    flow.observe(snapshot(0, {"Slow": {"queued": 20, "busy": 2}}, in_flight=22))
    assert flow.observe(snapshot(1, {"Slow": {"done": 22}})).bottleneck is None
