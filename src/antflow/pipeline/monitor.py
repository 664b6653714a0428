"""Displays: finding one by name, and keeping it up to date while a pipeline runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any

from antflow.callbacks import Guard
from antflow.pipeline.session import total_of
from antflow.ticker import Ticker
from antflow.types import DashboardProtocol, PipelineResult

if TYPE_CHECKING:
    from antflow.pipeline.pipeline import Pipeline

PATIENCE = 5.0
"""Seconds that a display's `on_start` and `on_finish` may take."""

GROUP = "antflow.dashboards"
"""The entry-point group in which displays are found by name."""


def find_displays(progress: bool, dashboard: str | None, custom: Any) -> list[DashboardProtocol]:
    """The displays that `run`'s arguments name.

    Raises:
        ValueError: progress together with dashboard, or an unknown name.
        TypeError: a custom dashboard without the three methods.
    """
    if progress and dashboard is not None:
        raise ValueError("Cannot use both progress=True and dashboard=…; choose one")
    name = "progress" if progress else dashboard
    displays: list[DashboardProtocol] = []
    if name is not None:
        displays.append(_load(name))
    if custom is not None:
        if not isinstance(custom, DashboardProtocol):
            raise TypeError(
                f"custom_dashboard must have on_start, on_update and on_finish, got {custom!r}"
            )
        displays.append(custom)
    return displays


def _load(name: str) -> DashboardProtocol:
    from importlib.metadata import entry_points  # costs more than the rest of the package

    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        known = ", ".join(sorted(found)) or "none: install the package, with its metadata"
        raise ValueError(f"dashboard {name!r} not found; there are {known}")
    display: DashboardProtocol = found[name].load()()
    return display


class Monitor(AbstractAsyncContextManager["Monitor"]):
    """Shows a run on some displays, from before its first item to after its last.

    Args:
        pipeline: what to show.
        displays: where; their errors are logged once per kind and change nothing.
        items: the source, for its length.
        interval: seconds between updates.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        displays: Iterable[DashboardProtocol],
        items: Any,
        interval: float,
    ) -> None:
        self.results: list[PipelineResult] = []
        self._pipeline = pipeline
        self._displays = list(displays)
        self._total = total_of(items)
        self._guard = Guard("a display")
        self._ticker = Ticker(self._update, interval, what="a display") if self._displays else None

    async def _update(self) -> None:
        snapshot = self._pipeline.get_dashboard_snapshot()
        for display in self._displays:
            await self._guard.call(display.on_update, snapshot)

    async def __aenter__(self) -> Monitor:
        for display in self._displays:
            await self._call(display.on_start, self._pipeline, self._total)
        if self._ticker is not None:
            await self._ticker.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._ticker is not None:
                await self._ticker.stop()
        finally:
            for display in self._displays:
                summary = self._pipeline.get_error_summary()
                await self._call(display.on_finish, self.results, summary)

    async def _call(self, method: Callable[..., Any], *args: Any) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._guard.call(method, *args)
