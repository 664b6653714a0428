"""One inspection under way, which several callers may wait for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from antflow.cluster.inspector.heartbeats import LISTENING
from antflow.cluster.inspector.offload import in_thread
from antflow.cluster.inspector.remote import GRACE, Remote, Reply
from antflow.cluster.inspector.timers import Timer, call_on


@dataclass(eq=False)
class Run:
    """Questions to some workers, or to everybody.

    Attributes:
        remote: how they are asked.
        loop: where it is followed.
        commands: arguments by command.
        destination: the workers asked; None: everybody.
        covers: workers that it tells of, as far as known: who asks for one of them shares it.
        conclude: told of the end, on the loop, before those who wait.
        replies: what came so far.
        error: why there is nothing more; None while it goes on, and when it went well.
        asked: whether all replies are in, and only heartbeats are waited for.
        done: whether it is over.
        at: when it ended, Unix seconds.
    """

    remote: Remote
    loop: asyncio.AbstractEventLoop
    commands: Mapping[str, Mapping[str, Any]]
    destination: frozenset[str] | None
    covers: frozenset[str]
    conclude: Callable[[Run], None]
    replies: Reply = field(default_factory=dict)
    error: Exception | None = None
    asked: bool = False
    done: bool = False
    at: float = 0.0
    _waiters: list[Callable[[], None]] = field(default_factory=list)
    _listening: Future[None] | None = None
    _timer: Timer | None = None

    def start(self, listen: Callable[[Run], None] | None = None) -> None:
        """Ask, in a thread.

        Args:
            listen: blocks, in a thread of its own, while heartbeats are to be waited for.
        """
        if listen is not None:
            self._listening = in_thread(lambda: listen(self), "heartbeats")
        self._timer = Timer(self.loop, self.remote.timeout + GRACE, self._give_up)
        asking = in_thread(self._ask, "inspect")
        asking.add_done_callback(lambda future: call_on(self.loop, self._answered, future))

    def wait(self, loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        """Call back on that loop when it is over; soon, where it is already."""
        if self.done:
            call_on(loop, callback)
        else:
            self._waiters.append(lambda: call_on(loop, callback))

    @property
    def answered(self) -> set[str]:
        """The workers that answered something."""
        return {worker for found in list(self.replies.values()) for worker in list(found)}

    @property
    def silent(self) -> frozenset[str]:
        """Those that should have answered and did not."""
        return (self.destination or frozenset()) - self.answered

    def _ask(self) -> Reply:
        return self.remote.ask(self.commands, self.destination, replies=self.replies)

    def _answered(self, future: Future[Reply]) -> None:
        if self.done:
            return
        assert self._timer is not None
        self._timer.cancel()
        self.asked = True
        error = future.exception()
        listening = self._listening
        if error is not None or listening is None or listening.done() or not self.answered:
            assert error is None or isinstance(error, Exception)
            self._end(error)
            return
        self._timer = timer = Timer(self.loop, LISTENING + GRACE, self._end)
        listening.add_done_callback(lambda _future: call_on(self.loop, timer.fire))

    def _give_up(self) -> None:
        # Whoever answered counts; the broker is to blame only where nobody could.
        self._end(None if self.answered else self.remote.gave_up())

    def _end(self, error: Exception | None = None) -> None:
        self.done, self.error, self.at = True, error, time.time()
        try:
            self.conclude(self)
        finally:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                waiter()


def covering(runs: Collection[Run], worker: str) -> Run | None:
    """The run under way that tells of this worker."""
    return next((run for run in runs if not run.done and worker in run.covers), None)
