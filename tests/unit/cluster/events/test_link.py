"""What is said of the connection."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from antflow.cluster.events import link as links
from antflow.cluster.events.backoff import delays
from antflow.cluster.events.link import Link


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    times = SimpleNamespace(monotonic=lambda: clock.now, time=lambda: clock.now + 1e9)
    monkeypatch.setattr(links, "time", times)
    return clock


@pytest.fixture
def link(clock: SimpleNamespace) -> Link:
    link = Link()
    link.address = "redis://h:1/0"
    link.started()
    return link


def test_deaf_from_the_last_sign_of_life_to_the_reconnect(
    link: Link, clock: SimpleNamespace
) -> None:
    assert link.up() is None
    clock.now += 10
    link.alive()
    clock.now += 5
    link.down(OSError("gone"))
    assert link.deaf() == 5
    clock.now += 20
    assert link.deaf() == 25
    assert link.up() == 25
    clock.now += 100
    assert link.deaf() == 25


def test_a_failed_attempt_says_why_and_where(link: Link) -> None:
    link.down(OSError("refused\nmore"))
    assert link.reason() == "no connection to redis://h:1/0: refused"
    link.up()
    assert link.reason() is None


def test_a_silent_broker_is_said(link: Link, clock: SimpleNamespace) -> None:
    link.up()
    clock.now += 2.4
    assert link.reason() is None
    clock.now += 1.6
    assert link.reason() == "redis://h:1/0 has been silent for 4 s"


def test_a_cut_by_the_server_is_said_for_a_minute(link: Link, clock: SimpleNamespace) -> None:
    link.cut()
    link.up()
    assert "events were lost" in (link.reason() or "")
    clock.now += 61
    link.alive()
    assert link.reason() is None
    assert link.cuts == 1


def test_attempts_are_never_more_than_three_seconds_apart_and_vary() -> None:
    waits = list(itertools.islice(delays(), 200))
    assert max(waits) <= 3.0
    assert waits[0] <= 0.1
    assert min(waits[10:]) >= 1.5
    assert len(set(waits[10:])) > 100
