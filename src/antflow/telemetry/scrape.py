"""What `/metrics` tells of a server's sources: Flower's names, and ours beside them."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from antflow.source import Frame, Source
from antflow.telemetry.flower import flower_metrics
from antflow.telemetry.frames import frame_metrics
from antflow.telemetry.prometheus import PipelineCollector
from antflow.types import DashboardSnapshot


@dataclass(frozen=True)
class Gathered:
    """What a scrape needs of the sources; taken on their event loop, in little time.

    Attributes:
        frames: of every source.
        pipelines: snapshots of the local pipelines, by name.
        states: of the clusters.
    """

    frames: list[Frame]
    pipelines: dict[str, _Snapshot]
    states: list[Any]


class _Snapshot:
    """A snapshot in the place of its pipeline."""

    def __init__(self, snapshot: DashboardSnapshot) -> None:
        self._snapshot = snapshot

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        return self._snapshot


def gather(sources: Iterable[Source]) -> Gathered:
    """What `render` needs; to be called on the sources' event loop."""
    sources = list(sources)
    local = [source for source in sources if source.kind == "pipeline"]
    states = [getattr(source, "state", None) for source in sources]
    return Gathered(
        [source.frame() for source in sources],
        {source.name: _Snapshot(source.get_dashboard_snapshot()) for source in local},
        [state for state in states if hasattr(state, "meters")],
    )


def render(gathered: Gathered) -> tuple[bytes, str]:
    """The text for Prometheus, and its content type.

    With thousands of workers it takes a second: call it on a thread.
    """
    registry = CollectorRegistry()
    registry.register(_Sources(gathered))
    return generate_latest(_process()) + generate_latest(registry), CONTENT_TYPE_LATEST


@functools.cache
def _process() -> CollectorRegistry:
    """Figures of this process, as prometheus_client has them by default."""
    registry = CollectorRegistry()
    for collector in (GCCollector, PlatformCollector, ProcessCollector):
        collector(registry=registry)
    return registry


class _Sources:
    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        if self._gathered.states:
            yield from flower_metrics(self._gathered.states)
        pipelines = PipelineCollector()
        for name, snapshot in self._gathered.pipelines.items():
            pipelines.add(snapshot, name)
        yield from pipelines.collect()
        yield from frame_metrics(self._gathered.frames)
