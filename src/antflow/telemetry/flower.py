"""Flower's own metrics, by Flower's names, from the states of clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

PAIR = ("worker", "task")


def flower_metrics(states: list[Any]) -> Iterator[Metric]:
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
