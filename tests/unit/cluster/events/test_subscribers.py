"""Those who get each raw event."""

from __future__ import annotations

import logging

import pytest
from polling import eventually_async

from antflow.cluster.events.subscribers import Subscribers


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
