"""Delivery of events to subscribers, off the hot path: a round of the loop at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from antflow.tracker.subscriber import Subscriber

_FAREWELL = 0.1
"""Seconds that a cancelled callback has to end, where whoever waits for it is cancelled, too."""


class Pressure:
    """Whether the pipeline has to wait for a subscriber."""

    __slots__ = ("full",)

    def __init__(self) -> None:
        self.full = False


class Outbox:
    """Collects the events of one round of the loop and hands them to the subscribers.

    Attributes:
        subscribers: who gets the events.
        events: collected in this round; whoever adds the first calls `arm`.
        pressure: set where one of them is full.
    """

    def __init__(self) -> None:
        self.subscribers: list[Subscriber] = []
        self.pressure = Pressure()
        self.events: list[Any] = []

    def publish(self, event: Any) -> None:
        """Pass the event on, at the start of the loop's next round."""
        if not self.events:
            self.arm()
        self.events.append(event)

    def arm(self) -> None:
        """Have `events` handed over at the start of the loop's next round."""
        asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Hand over what was collected."""
        if self.events:
            for subscriber in tuple(self.subscribers):
                subscriber.accept(self.events)
            self.events.clear()
            self.pressure.full = self.pressure.full or self.full

    def relieve(self) -> None:
        """A subscriber has gone: let the pipeline look again whether it has to wait."""
        self.pressure.full = self.full

    @property
    def full(self) -> bool:
        """Whether the pipeline has to wait for one of the subscribers."""
        return any(subscriber.full for subscriber in self.subscribers)

    async def room(self) -> None:
        """Return when no subscriber holds the pipeline up."""
        self.flush()
        for subscriber in tuple(self.subscribers):
            await subscriber.room()


async def drain(outboxes: Iterable[Outbox], patience: float) -> None:
    """Return when every subscriber got everything, or had its patience."""
    subscribers = []
    for outbox in outboxes:
        outbox.flush()
        # a subscriber that asks for this itself would wait for its own end
        subscribers += [s for s in outbox.subscribers if s.task is not asyncio.current_task()]
    try:
        await asyncio.gather(*(subscriber.drain(patience) for subscriber in subscribers))
    except asyncio.CancelledError:
        tasks = [task for subscriber in subscribers if (task := subscriber.give_up())]
        if tasks:
            await asyncio.wait(tasks, timeout=_FAREWELL)
        raise
