"""Fakes and clocks for testing pipelines without waiting.

A test on the virtual clock takes no time, whatever its tasks sleep:

    from antflow.testing import run_virtual

    def test_retries_wait_a_minute():
        results = run_virtual(pipeline_with_long_waits())

The time of the loop stands still while anything is ready to run, and jumps to the next timer
when nothing is.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Hashable
from contextlib import suppress
from typing import Any, TypeVar

from antflow.types import DashboardSnapshot, ErrorSummary, PipelineResult, StatusEvent

T = TypeVar("T")


class _JumpingSelector:
    """A selector that moves a clock on instead of sleeping; sockets and threads still count."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        """Events that are there now; without any, the clock moves on by `timeout` seconds."""
        if timeout is None:
            return self._selector.select(None)
        events = self._selector.select(0)
        if not events and timeout > 0:
            self.now += timeout
        return events

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)


class VirtualClockLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer when nothing is ready to run.

    Pipelines, executors and `asyncio.sleep` live by it. A plain function on a thread takes
    real time, in which the clock may jump on: give such tasks no timeout.
    """

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)  # type: ignore[arg-type]

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now

    @property
    def virtual_clock(self) -> Callable[[], float]:
        """The clock that antflow takes instead of `time.monotonic`."""
        return self.time


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on a `VirtualClockLoop`: same rules, no waiting."""
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        return runner.run(main)


async def settle(rounds: int = 50) -> None:
    """Let everything that is ready on the loop run, without letting time pass.

    Args:
        rounds: of the loop; each lets every ready coroutine go on to its next await.
    """
    for _ in range(rounds):
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any], timeout: float = 10.0) -> None:
    """Return as soon as `condition()` is true.

    Args:
        condition: called about every 5 ms.
        timeout: seconds.

    Raises:
        TimeoutError: it did not become true in time.
    """
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 — the condition is anybody's
            await asyncio.sleep(0.005)


class Recording:
    """A subscriber that keeps the events it gets: `tracker.subscribe(Recording())`.

    Attributes:
        events: in the order of arrival.
    """

    def __init__(self) -> None:
        self.events: list[StatusEvent] = []

    def __call__(self, event: StatusEvent) -> None:
        """Keep the event."""
        self.events.append(event)

    def statuses(self, item_id: Hashable) -> list[str]:
        """The item's statuses, in order."""
        return [event.status for event in self.events if event.item_id == item_id]


class RecordingDashboard:
    """A `DashboardProtocol` that keeps what it is shown.

    Attributes:
        started: the totals given to `on_start`.
        snapshots: given to `on_update`.
        finished: the results and summaries given to `on_finish`.
    """

    def __init__(self) -> None:
        self.started: list[int | None] = []
        self.snapshots: list[DashboardSnapshot] = []
        self.finished: list[tuple[list[PipelineResult], ErrorSummary]] = []

    def on_start(self, pipeline: Any, total: int | None) -> None:
        """Keep the total."""
        self.started.append(total)

    def on_update(self, snapshot: DashboardSnapshot) -> None:
        """Keep the snapshot."""
        self.snapshots.append(snapshot)

    def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> None:
        """Keep the end."""
        self.finished.append((results, summary))


class Flaky:
    """An async task that fails the first times for each value, then returns it.

    Args:
        failures: how often it fails for each value.
        error: what it raises, made anew each time.

    Attributes:
        calls: how often it was called, by value.
    """

    def __init__(self, failures: int, error: Callable[[], BaseException] = ValueError) -> None:
        self.failures = failures
        self.error = error
        self.calls: dict[Hashable, int] = {}

    async def __call__(self, value: Any) -> Any:
        """Fail, or return the value."""
        calls = self.calls[value] = self.calls.get(value, 0) + 1
        if calls <= self.failures:
            raise self.error()
        return value


class Gate:
    """An async task that holds every item until `open()`; shows how many it holds.

    Attributes:
        held: the values inside, in the order of arrival.
        most: the most that were inside at once.
    """

    def __init__(self) -> None:
        self.held: list[Any] = []
        self.most = 0
        self._opened = asyncio.Event()

    async def __call__(self, value: Any) -> Any:
        """Return the value once the gate is open."""
        self.held.append(value)
        self.most = max(self.most, len(self.held))
        try:
            await self._opened.wait()
        finally:
            with suppress(ValueError):
                self.held.remove(value)
        return value

    def open(self) -> None:
        """Let all go, also those still to come."""
        self._opened.set()
