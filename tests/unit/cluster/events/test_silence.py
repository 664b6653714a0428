"""Silence of the connection is not held against the workers; their own is."""

from __future__ import annotations

import pytest

from antflow.cluster.events.link import Link
from antflow.cluster.events.silence import DOUBTFUL, Silence, until_workers_are_back


class Broker:
    """A link of which a test says how it is, and what it made of that."""

    def __init__(self) -> None:
        self.link = Link()
        self.behind = 0.0
        self.forgiven: list[float] = []
        self.silence = Silence(self.link, lambda: self.behind, self.forgiven.append)

    def silent_for(self, seconds: float) -> None:
        self.link.alive_at -= seconds


@pytest.fixture
def broker() -> Broker:
    broker = Broker()
    broker.link.started()
    broker.link.up()
    broker.silence.is_theirs()
    broker.forgiven.clear()
    return broker


def test_while_the_broker_lives_silence_is_the_workers_own(broker: Broker) -> None:
    assert broker.silence.is_theirs()
    assert broker.forgiven == []


def test_nobody_is_judged_while_there_is_no_connection(broker: Broker) -> None:
    broker.link.down(OSError("gone"))
    assert not broker.silence.is_theirs()
    assert broker.forgiven == []


def test_an_outage_is_forgiven_once_with_time_to_come_back(broker: Broker) -> None:
    broker.silent_for(30.0)
    broker.link.down(OSError("gone"))
    broker.link.up()
    assert broker.silence.is_theirs()
    assert broker.silence.is_theirs()
    assert broker.forgiven == [pytest.approx(30.0 + until_workers_are_back(30.0), abs=1.0)]


def test_an_outage_between_two_looks_is_forgiven_too(broker: Broker) -> None:
    broker.link.down(OSError("gone"))
    broker.silent_for(0.0)
    broker.link.up()
    assert broker.silence.is_theirs()
    assert len(broker.forgiven) == 1


def test_a_broker_that_was_silent_and_speaks_again_is_forgiven(broker: Broker) -> None:
    broker.silent_for(DOUBTFUL + 0.5)
    assert not broker.silence.is_theirs()
    broker.link.alive()
    assert broker.silence.is_theirs()
    assert broker.forgiven[0] >= DOUBTFUL


def test_nobody_is_judged_by_events_that_wait_to_be_applied(broker: Broker) -> None:
    broker.behind = DOUBTFUL + 1.0
    assert not broker.silence.is_theirs()
    broker.behind = 0.0
    assert broker.silence.is_theirs()
    assert broker.forgiven[0] >= DOUBTFUL + 1.0


def test_the_time_before_the_first_connection_is_forgiven() -> None:
    """Tasks that a history gave back belong to workers that could not be heard yet."""
    broker = Broker()
    broker.link.started()
    assert not broker.silence.is_theirs()
    broker.link.up()
    assert broker.silence.is_theirs()
    assert broker.forgiven


@pytest.mark.parametrize(("away", "attempt"), [(2.0, 6.0), (6.0, 12.0), (30.0, 42.0)])
def test_workers_have_the_time_of_celerys_next_attempt(away: float, attempt: float) -> None:
    """Attempts come after 2, 6, 12, 20, 30, 42, … seconds."""
    assert attempt - away <= until_workers_are_back(away) <= 30.0
