"""What `/metrics` tells of a server's sources: Flower's names, and ours beside them."""

from __future__ import annotations

import functools
import time
from collections import Counter
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
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from antflow.source import Frame, Source
from antflow.telemetry.prometheus import PipelineCollector
from antflow.types import DashboardSnapshot

PAIR = ("worker", "task")


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


def exposition(sources: Iterable[Source]) -> tuple[bytes, str]:
    """Both at once."""
    return render(gather(sources))


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
            yield from _flower(self._gathered.states)
        pipelines = PipelineCollector()
        for name, snapshot in self._gathered.pipelines.items():
            pipelines.add(snapshot, name)
        yield from pipelines.collect()
        yield from _ours(self._gathered.frames)


def _flower(states: list[Any]) -> Iterator[Metric]:
    """Flower's own metrics, of all clusters together."""
    meters = [state.meters for state in states]
    yield _added(
        CounterMetricFamily("flower_events", "Number of events", labels=("worker", "type", "task")),
        (meter.events_total for meter in meters),
    )
    runtimes = HistogramMetricFamily("flower_task_runtime_seconds", "Task runtime", labels=PAIR)
    for labels, buckets, total in _runtimes(meters):
        runtimes.add_metric(labels, buckets, total)
    yield runtimes
    yield _added(
        GaugeMetricFamily(
            "flower_task_prefetch_time_seconds",
            "The time the task spent waiting at the celery worker to be executed.",
            labels=PAIR,
        ),
        (meter.prefetch_time for meter in meters),
    )
    yield _added(
        GaugeMetricFamily(
            "flower_worker_prefetched_tasks",
            "Number of tasks of given type prefetched at a worker",
            labels=PAIR,
        ),
        (meter.prefetched for meter in meters),
    )
    workers = [worker for state in states for worker in list(state.workers.values())]
    online = GaugeMetricFamily("flower_worker_online", "Worker online status", labels=("worker",))
    active = GaugeMetricFamily(
        "flower_worker_number_of_currently_executing_tasks",
        "Number of tasks currently executing at a worker",
        labels=("worker",),
    )
    for name, is_online, count in _by_name(workers):
        online.add_metric((name,), float(is_online))
        active.add_metric((name,), float(count))
    yield online
    yield active


def _runtimes(
    meters: Iterable[Any],
) -> Iterator[tuple[tuple[str, str], list[tuple[str, float]], float]]:
    """Labels, buckets and sum of each histogram; those with the same labels are added up."""
    buckets: dict[tuple[str, str], Counter[float]] = {}
    totals: Counter[tuple[str, str]] = Counter()
    for meter in meters:
        for labels, found in meter.runtimes.items():
            buckets.setdefault(labels, Counter()).update(dict(found.cumulative()))
            totals[labels] += found.total
    for labels, counts in buckets.items():
        yield labels, [(_bound(bound), counts[bound]) for bound in sorted(counts)], totals[labels]


def _bound(seconds: float) -> str:
    return "+Inf" if seconds == float("inf") else str(seconds)


def _by_name(workers: Iterable[Any]) -> Iterator[tuple[str, bool, int]]:
    """Name, whether it is online, and tasks running; one row where two clusters share a name."""
    rows: dict[str, tuple[bool, int]] = {}
    for worker in workers:
        online, count = rows.get(worker.hostname, (False, 0))
        active = max(worker.active, len(worker.running)) if worker.online else 0
        rows[worker.hostname] = (online or worker.online, count + active)
    for name, (online, count) in rows.items():
        yield name, online, count


def _added(family: Any, parts: Iterable[dict[tuple[str, ...], float]]) -> Metric:
    """The samples of all parts; those with the same labels are added up."""
    sums: Counter[tuple[str, ...]] = Counter()
    for part in parts:
        sums.update(part)
    for labels, value in sums.items():
        family.add_metric(labels, value)
    metric: Metric = family
    return metric


def _ours(frames: list[Frame]) -> Iterator[Metric]:
    yield from _of_health(frames)
    yield from _of_queues(frames)
    yield from _of_groups(frames)


def _of_health(frames: list[Frame]) -> Iterator[Metric]:
    source, now = ("source",), time.time()
    rows = [((frame.source,), frame.health) for frame in frames]
    connected = GaugeMetricFamily("antflow_connected", "1 while it can be reached.", labels=source)
    lag = GaugeMetricFamily(
        "antflow_event_lag_seconds", "How far the newest event applied is behind.", labels=source
    )
    age = GaugeMetricFamily(
        "antflow_event_age_seconds", "Since the newest event came.", labels=source
    )
    events = CounterMetricFamily("antflow_events", "Events that came.", labels=source)
    lost = CounterMetricFamily("antflow_events_lost", "Events known to be lost.", labels=source)
    malformed = CounterMetricFamily(
        "antflow_events_malformed", "Events that could not be read.", labels=source
    )
    deaf = CounterMetricFamily(
        "antflow_deaf_seconds", "Time during which no event could come.", labels=source
    )
    for labels, health in rows:
        connected.add_metric(labels, float(health.connected))
        lag.add_metric(labels, health.lag)
        if health.last_event is not None:
            age.add_metric(labels, max(0.0, now - health.last_event))
        events.add_metric(labels, health.received)
        lost.add_metric(labels, health.lost)
        malformed.add_metric(labels, health.malformed)
        deaf.add_metric(labels, health.deaf)
    yield from (connected, lag, age, events, lost, malformed, deaf)


def _of_queues(frames: list[Frame]) -> Iterator[Metric]:
    labels, now = ("source", "queue"), time.time()
    length = GaugeMetricFamily("antflow_queue_messages", "Messages in it.", labels=labels)
    oldest = GaugeMetricFamily(
        "antflow_queue_oldest_seconds", "Age of the oldest message, at least.", labels=labels
    )
    for frame in frames:
        for queue in frame.queues:
            if queue.messages is not None:
                length.add_metric((frame.source, queue.name), queue.messages)
            if queue.oldest is not None:
                oldest.add_metric((frame.source, queue.name), max(0.0, now - queue.oldest))
    yield from (length, oldest)


def _of_groups(frames: list[Frame]) -> Iterator[Metric]:
    labels = ("source", "group")
    running = GaugeMetricFamily("antflow_tasks_running", "Tasks that run.", labels=labels)
    stuck = GaugeMetricFamily(
        "antflow_tasks_stuck", "Tasks that run far longer than usual.", labels=labels
    )
    ended = CounterMetricFamily("antflow_tasks", "Tasks that ended.", labels=(*labels, "outcome"))
    failures = GaugeMetricFamily(
        "antflow_failures",
        "Failures that are kept, by class of the exception.",
        labels=(*labels, "exception"),
    )
    for frame in frames:
        for group in frame.groups:
            own = (frame.source, group.name)
            running.add_metric(own, group.running)
            stuck.add_metric(own, group.stuck)
            ended.add_metric((*own, "succeeded"), group.succeeded)
            ended.add_metric((*own, "failed"), group.failed)
        for failure in frame.failures:
            failures.add_metric((frame.source, failure.group, failure.exception), failure.count)
    yield from (running, stuck, ended, failures)
