"""The small parts: numbers of raw events, subscribers, workers' last words, loops, lag."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from polling import eventually_async

from antflow.cluster.events.handover import Handover
from antflow.cluster.events.lag import Lag
from antflow.cluster.events.loops import asyncio_loop
from antflow.cluster.events.recent import Recent
from antflow.cluster.events.subscribers import Subscribers
from antflow.cluster.events.told import Told


def test_raw_events_are_numbered_and_paged() -> None:
    recent = Recent(keep=100)
    recent.add([{"type": "a"}, {"type": "b"}, {"type": "c"}])
    assert recent.after(0, 2) == (3, [{"type": "a", "seq": 1}, {"type": "b", "seq": 2}])
    assert recent.after(2, 500) == (3, [{"type": "c", "seq": 3}])
    assert recent.after(3, 500) == (3, [])


def test_raw_events_that_left_the_ring_show_as_a_gap() -> None:
    recent = Recent(keep=2)
    recent.add([{"n": n} for n in range(5)])
    assert recent.after(0, 500) == (5, [{"n": 3, "seq": 4}, {"n": 4, "seq": 5}])


async def test_a_subscriber_that_raises_is_logged_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    subscribers, got = Subscribers("a subscriber"), []

    def broken(_event: object) -> None:
        raise ValueError("mine")

    async def broken_later(_event: object) -> None:
        raise KeyError("later")

    subscribers.add(broken)
    subscribers.add(broken_later)
    subscribers.add(got.append)
    with caplog.at_level(logging.ERROR, "antflow"):
        subscribers.call("x")
        subscribers.call("y")
        await eventually_async(lambda: len(caplog.records) == 2)
    assert got == ["x", "y"]


def test_a_subscription_ends_even_while_called() -> None:
    subscribers, got = Subscribers("a subscriber"), []

    def once(event: str) -> None:
        got.append(event)
        end()

    end = subscribers.add(once)
    subscribers.call("x")
    subscribers.call("y")
    end()
    assert got == ["x"]
    assert not subscribers


def test_a_workers_last_words_are_its_heartbeats() -> None:
    told = Told()
    beat = {"type": "worker-heartbeat", "hostname": "w", "active": 3}
    told.take([beat, {"type": "task-started", "hostname": "w"}], 0)
    assert told.workers == {"w": beat}


def test_a_worker_is_known_by_its_first_task_and_a_client_is_no_worker() -> None:
    told = Told()
    told.take(
        [{"type": "task-started", "hostname": "w"}, {"type": "task-sent", "hostname": "client"}], 0
    )
    assert list(told.workers) == ["w"]


def asked(told: Told, kind: str, times: int) -> list[bool]:
    answers = []
    for _ in range(times):
        told.arrived = set()
        told.take([{"type": kind, "hostname": "w"}], 0)
        answers.append(told.arrived == {"w"})
    return answers


def test_workers_that_come_or_come_back_are_asked_a_few_times() -> None:
    told = Told()
    assert asked(told, "worker-heartbeat", 6) == [True] * 4 + [False] * 2
    assert asked(told, "worker-online", 1) == [True]
    assert asked(told, "worker-heartbeat", 6) == [True] * 3 + [False] * 3


def test_events_of_odd_fields_are_passed_over() -> None:
    told = Told()
    told.take([{}, {"type": 5, "hostname": "w"}, {"type": "worker-x", "hostname": ["w"]}], 2)
    assert told.workers == {}
    assert told.malformed == 2


def test_forgotten_workers_leave() -> None:
    told = Told()
    told.take([{"type": "worker-heartbeat", "hostname": name} for name in "ab"], 0)
    told.forget_all_but({"b"})
    assert list(told.workers) == ["b"]


async def test_every_kind_of_loop_is_taken() -> None:
    running = asyncio.get_running_loop()
    assert asyncio_loop() is running
    assert asyncio_loop(running) is running
    assert asyncio_loop(SimpleNamespace(asyncio_loop=running)) is running


def test_no_loop_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="give io_loop"):
        asyncio_loop()
    with pytest.raises(TypeError, match="no event loop: int"):
        asyncio_loop(5)


def lag_of(drift: float, delay: float) -> float:
    workers: dict[str, Any] = {"w": SimpleNamespace(drift=drift)}
    lag = Lag(Handover(), workers)
    lag.applied({"timestamp": 1000.0 + drift - delay, "hostname": "w"}, 1000.0)
    return lag.seconds()


def test_lag_is_the_events_delay_without_the_clocks_drift() -> None:
    assert lag_of(0.0, 2.0) == 2.0
    assert lag_of(300.0, 2.0) == 2.0
    assert lag_of(-300.0, 0.0) == 0.0


@pytest.mark.parametrize("event", [{}, {"timestamp": "x"}, {"timestamp": 1.0, "hostname": []}])
def test_lag_of_odd_events_is_not_measured(event: dict[str, Any]) -> None:
    lag = Lag(Handover(), {})
    lag.applied(event, 1.0)
    assert lag.seconds() == 0.0
