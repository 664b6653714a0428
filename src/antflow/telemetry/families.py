"""The Prometheus metrics of a pipeline: their names, labels, and where a snapshot has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from antflow.types import DashboardSnapshot

Sample = tuple[tuple[str, ...], float]
Reader = Callable[[DashboardSnapshot], Iterable[Sample]]
Family = tuple[
    type[CounterMetricFamily] | type[GaugeMetricFamily], str, str, tuple[str, ...], Reader
]


def _items(snapshot: DashboardSnapshot) -> Iterator[Sample]:
    stats = snapshot.pipeline_stats
    yield ("processed",), stats.items_processed
    yield ("failed",), stats.items_failed
    yield ("dropped",), stats.items_dropped
    yield ("cancelled",), stats.items_cancelled


def _stages(field: str) -> Reader:
    def read(snapshot: DashboardSnapshot) -> Iterator[Sample]:
        for stage, stats in snapshot.pipeline_stats.stage_stats.items():
            yield (stage,), getattr(stats, field)

    return read


def _totals(field: str) -> Reader:
    return lambda snapshot: [((), getattr(snapshot.pipeline_stats, field))]


def _failures(snapshot: DashboardSnapshot) -> Iterator[Sample]:
    for kind, count in snapshot.error_summary.errors_by_type.items():
        yield (kind,), count


def _busy(snapshot: DashboardSnapshot) -> Iterator[Sample]:
    for state in snapshot.worker_states.values():
        yield (state.worker_name, state.stage), float(state.status == "busy")


def _worker_items(snapshot: DashboardSnapshot) -> Iterator[Sample]:
    for metrics in snapshot.worker_metrics.values():
        yield (metrics.worker_name, metrics.stage, "processed"), metrics.items_processed
        yield (metrics.worker_name, metrics.stage, "failed"), metrics.items_failed


def _worker_seconds(snapshot: DashboardSnapshot) -> Iterator[Sample]:
    for metrics in snapshot.worker_metrics.values():
        yield (metrics.worker_name, metrics.stage), metrics.total_processing_time


_C, _G = CounterMetricFamily, GaugeMetricFamily
_STAGE, _WORKER = ("stage",), ("worker", "stage")

FAMILIES: tuple[Family, ...] = (
    (_C, "antflow_pipeline_items_fed_total", "Items taken in.", (), _totals("items_fed")),
    (_C, "antflow_pipeline_items_total", "Items that ended, by outcome.", ("outcome",), _items),
    (
        _C,
        "antflow_pipeline_items_skipped_total",
        "Items that at least one stage skipped; they end with an outcome like the others.",
        (),
        _totals("items_skipped"),
    ),
    (
        _G,
        "antflow_pipeline_items_in_flight",
        "Items taken in that have no outcome yet.",
        (),
        _totals("items_in_flight"),
    ),
    (
        _C,
        "antflow_pipeline_failures_total",
        "Failed items, by class of the exception.",
        ("error_type",),
        _failures,
    ),
    (_G, "antflow_stage_queue_items", "Items before the stage.", _STAGE, _stages("pending_items")),
    (
        _G,
        "antflow_stage_in_progress",
        "Items in a task of the stage.",
        _STAGE,
        _stages("in_progress_items"),
    ),
    (
        _G,
        "antflow_stage_waiting",
        "Items that wait for their next attempt.",
        _STAGE,
        _stages("waiting_items"),
    ),
    (
        _C,
        "antflow_stage_completed_total",
        "Items completed or skipped in the stage.",
        _STAGE,
        _stages("completed_items"),
    ),
    (
        _C,
        "antflow_stage_failed_total",
        "Items that failed in the stage.",
        _STAGE,
        _stages("failed_items"),
    ),
    (_G, "antflow_worker_busy", "1 while the worker holds an item.", _WORKER, _busy),
    (
        _C,
        "antflow_worker_items_total",
        "Items that ended with the worker, by outcome.",
        (*_WORKER, "outcome"),
        _worker_items,
    ),
    (
        _C,
        "antflow_worker_processing_seconds_total",
        "Time that the worker spent in tasks.",
        _WORKER,
        _worker_seconds,
    ),
)
