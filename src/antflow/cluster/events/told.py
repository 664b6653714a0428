"""What workers said of themselves last, as raw fields."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from antflow.cluster.events.decoding import Event

# A worker says it is online before it listens to commands: it is asked at heartbeats again.
ASK_AGAIN = 4


class Told:
    """The last event of each worker: its heartbeat, or a task's event before the first of those.

    Attributes:
        workers: fields of the last event, by name.
        arrived: workers that came, or came back, lately, and that are to be asked for events.
        malformed: events that the state could not use.
    """

    def __init__(self) -> None:
        self.workers: dict[str, dict[str, Any]] = {}
        self.arrived: set[str] = set()
        self.malformed = 0
        self._ask: dict[str, int] = {}

    def take(self, events: list[Event], malformed: int) -> None:
        """Note what these events tell of their workers."""
        self.malformed += malformed
        workers = self.workers
        for event in events:
            kind = event.get("type")
            name = event.get("hostname")
            if type(name) is not str or type(kind) is not str:
                continue
            if kind[:7] == "worker-":
                if kind == "worker-online" or name not in workers:
                    self._ask[name] = ASK_AGAIN
                if name in self._ask:
                    self._came(name)
                workers[name] = event
            elif name not in workers and kind[:5] == "task-" and kind != "task-sent":
                self._ask[name] = ASK_AGAIN
                self._came(name)
                workers[name] = event

    def _came(self, name: str) -> None:
        self.arrived.add(name)
        self._ask[name] -= 1
        if self._ask[name] <= 0:
            del self._ask[name]

    def forget_all_but(self, known: Container[str]) -> None:
        """Forget workers that are no longer known."""
        for name in [name for name in self.workers if name not in known]:
            del self.workers[name]
            self._ask.pop(name, None)
