"""Prometheus metrics of pipelines, read from a snapshot when they are scraped.

Nothing is counted twice: the pipeline's own counts are translated, so that a pipeline which
nobody scrapes pays nothing.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import Metric

from antflow.telemetry.families import FAMILIES
from antflow.types import DashboardSnapshot

_log = logging.getLogger("antflow")


class Watched(Protocol):
    """What can be exported: a pipeline, or anything else that gives its snapshots."""

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        """A consistent copy of the counts and states."""


class PipelineCollector:
    """A custom collector of prometheus_client for any number of pipelines.

    It holds a pipeline weakly: when nobody else holds it any more, its metrics end.

    Args:
        pipeline: the first one; more come by `add`.
        name: its value of the label `pipeline`.
    """

    def __init__(self, pipeline: Watched | None = None, name: str = "default") -> None:
        self._pipelines: dict[str, Callable[[], Watched | None]] = {}
        if pipeline is not None:
            self.add(pipeline, name)

    def add(self, pipeline: Watched, name: str = "default") -> None:
        """Export this pipeline too.

        Raises:
            ValueError: another living pipeline has the name.
        """
        holder = self._pipelines.get(name)
        other = None if holder is None else holder()
        if other is not None and other is not pipeline:
            raise ValueError(f"a pipeline {name!r} is exported already; give another name=")
        self._pipelines[name] = _weakly(pipeline)

    def remove(self, name: str = "default") -> None:
        """Export this pipeline no more; an unknown name is ignored."""
        self._pipelines.pop(name, None)

    def describe(self) -> Iterator[Metric]:
        """The metrics without values, so that registering takes no snapshot."""
        for kind, name, text, labels, _ in FAMILIES:
            yield kind(name, text, labels=("pipeline", *labels))

    def collect(self) -> Iterator[Metric]:
        """The metrics of all living pipelines, from one snapshot each."""
        snapshots = list(self._snapshots())
        for kind, name, text, labels, read in FAMILIES:
            family = kind(name, text, labels=("pipeline", *labels))
            for pipeline, snapshot in snapshots:
                for values, number in read(snapshot):
                    family.add_metric((pipeline, *values), number)
            yield family

    def _snapshots(self) -> Iterator[tuple[str, DashboardSnapshot]]:
        for name, holder in list(self._pipelines.items()):
            pipeline = holder()
            if pipeline is None:
                self.remove(name)
                continue
            try:
                yield name, pipeline.get_dashboard_snapshot()
            except Exception:  # one broken pipeline must not hide the application's other metrics
                _log.exception("no metrics of pipeline %r: its snapshot failed", name)


_collectors: weakref.WeakKeyDictionary[CollectorRegistry, PipelineCollector] = (
    weakref.WeakKeyDictionary()
)


def register(
    pipeline: Watched, registry: CollectorRegistry | None = None, name: str = "default"
) -> PipelineCollector:
    """Export a pipeline's metrics through a registry, beside those registered there before.

    Args:
        pipeline: held weakly.
        registry: None takes prometheus_client's global one.
        name: value of the label `pipeline`; one for each living pipeline of the registry.

    Returns:
        The registry's collector; its `remove(name)` undoes the call.

    Raises:
        ValueError: another living pipeline has the name.
    """
    registry = REGISTRY if registry is None else registry
    collector = _collectors.get(registry)
    if collector is None:
        collector = PipelineCollector()
        registry.register(collector)
        _collectors[registry] = collector
    else:
        with suppress(ValueError):  # it is there still, unless somebody unregistered it
            registry.register(collector)
    collector.add(pipeline, name)
    return collector


def _weakly(pipeline: Watched) -> Callable[[], Watched | None]:
    try:
        return weakref.ref(pipeline)
    except TypeError:  # a class with __slots__ and no __weakref__
        return lambda: pipeline
