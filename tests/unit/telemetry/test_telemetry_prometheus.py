"""What a scrape shows of a pipeline."""

from __future__ import annotations

import asyncio
import gc
import logging
import subprocess
import sys
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_parser,
)
from prometheus_client.parser import text_string_to_metric_families

from antflow import Pipeline, Stage
from antflow.telemetry.prometheus import PipelineCollector, register
from antflow.types import (
    DashboardSnapshot,
    ErrorSummary,
    PipelineStats,
    StageStats,
    WorkerMetrics,
    WorkerState,
)


def snapshot(processed: int = 7) -> DashboardSnapshot:
    stats = PipelineStats(
        items_processed=processed,
        items_failed=3,
        items_in_flight=4,
        queue_sizes={"Fetch": 2},
        stage_stats={
            "Fetch": StageStats(
                stage_name="Fetch",
                pending_items=2,
                in_progress_items=1,
                completed_items=processed,
                failed_items=3,
                waiting_items=1,
            )
        },
        items_fed=processed + 10,
        items_skipped=5,
        items_dropped=1,
        items_cancelled=2,
    )
    return DashboardSnapshot(
        worker_states={
            "Fetch-W0": WorkerState(worker_name="Fetch-W0", stage="Fetch", status="busy"),
            "Fetch-W1": WorkerState(worker_name="Fetch-W1", stage="Fetch", status="idle"),
        },
        worker_metrics={
            "Fetch-W0": WorkerMetrics(
                worker_name="Fetch-W0",
                stage="Fetch",
                items_processed=processed,
                items_failed=3,
                total_processing_time=2.5,
            )
        },
        pipeline_stats=stats,
        error_summary=ErrorSummary(
            total_failed=3, errors_by_type={"ValueError": 2, "OSError": 1}, errors_by_stage={}
        ),
        timestamp=0.0,
    )


class FakePipeline:
    def __init__(self, processed: int = 7) -> None:
        self.processed = processed
        self.scrapes = 0

    def get_dashboard_snapshot(self) -> DashboardSnapshot:
        self.scrapes += 1
        return snapshot(self.processed)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


FETCH = {"pipeline": "default", "stage": "Fetch"}
WORKER = {**FETCH, "worker": "Fetch-W0"}


@pytest.mark.parametrize(
    ("metric", "labels", "value"),
    [
        ("antflow_pipeline_items_fed_total", {"pipeline": "default"}, 17),
        ("antflow_pipeline_items_total", {"pipeline": "default", "outcome": "processed"}, 7),
        ("antflow_pipeline_items_total", {"pipeline": "default", "outcome": "failed"}, 3),
        ("antflow_pipeline_items_total", {"pipeline": "default", "outcome": "dropped"}, 1),
        ("antflow_pipeline_items_total", {"pipeline": "default", "outcome": "cancelled"}, 2),
        ("antflow_pipeline_items_skipped_total", {"pipeline": "default"}, 5),
        ("antflow_pipeline_items_in_flight", {"pipeline": "default"}, 4),
        (
            "antflow_pipeline_failures_total",
            {"pipeline": "default", "error_type": "ValueError"},
            2,
        ),
        ("antflow_stage_queue_items", FETCH, 2),
        ("antflow_stage_in_progress", FETCH, 1),
        ("antflow_stage_waiting", FETCH, 1),
        ("antflow_stage_completed_total", FETCH, 7),
        ("antflow_stage_failed_total", FETCH, 3),
        ("antflow_worker_busy", WORKER, 1),
        ("antflow_worker_busy", {**FETCH, "worker": "Fetch-W1"}, 0),
        ("antflow_worker_items_total", {**WORKER, "outcome": "processed"}, 7),
        ("antflow_worker_items_total", {**WORKER, "outcome": "failed"}, 3),
        ("antflow_worker_processing_seconds_total", WORKER, 2.5),
    ],
)
def test_a_scrape_shows(
    registry: CollectorRegistry, metric: str, labels: dict[str, str], value: float
) -> None:
    pipeline = FakePipeline()
    register(pipeline, registry)
    assert registry.get_sample_value(metric, labels) == value


def test_each_scrape_takes_one_snapshot_and_registering_none(registry: CollectorRegistry) -> None:
    pipeline = FakePipeline()
    register(pipeline, registry)
    assert pipeline.scrapes == 0
    generate_latest(registry)
    assert pipeline.scrapes == 1


def test_the_values_are_those_of_the_scrape(registry: CollectorRegistry) -> None:
    pipeline = FakePipeline()
    register(pipeline, registry)
    generate_latest(registry)
    pipeline.processed = 8
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) == 8


def test_the_text_is_valid_in_both_formats(registry: CollectorRegistry) -> None:
    pipelines = FakePipeline(), FakePipeline()
    register(pipelines[0], registry, name="one")
    register(pipelines[1], registry, name="two")
    text = generate_latest(registry).decode()
    names = [family.name for family in text_string_to_metric_families(text)]
    assert len(names) == len(set(names)) == 13
    assert list(openmetrics_parser(openmetrics(registry).decode()))


def test_every_metric_has_a_help_text_and_the_pipelines_label() -> None:
    pipeline = FakePipeline()
    for family in PipelineCollector(pipeline, name="etl").collect():
        assert family.documentation.endswith(".")
        assert all(sample.labels["pipeline"] == "etl" for sample in family.samples)


def test_two_pipelines_share_a_registry(registry: CollectorRegistry) -> None:
    one, two = FakePipeline(1), FakePipeline(2)
    assert register(one, registry, name="one") is register(two, registry, name="two")
    for name, completed in (("one", 1), ("two", 2)):
        labels = {"pipeline": name, "stage": "Fetch"}
        assert registry.get_sample_value("antflow_stage_completed_total", labels) == completed


def test_a_name_belongs_to_one_living_pipeline(registry: CollectorRegistry) -> None:
    one, two = FakePipeline(), FakePipeline()
    register(one, registry)
    register(one, registry)
    with pytest.raises(ValueError, match="'default' is exported already"):
        register(two, registry)


def test_a_pipeline_that_nobody_holds_is_gone(registry: CollectorRegistry) -> None:
    pipeline = FakePipeline()
    collector = register(pipeline, registry)
    del pipeline
    gc.collect()
    assert all(not family.samples for family in collector.collect())
    successor = FakePipeline(9)
    register(successor, registry)
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) == 9


def test_a_removed_pipeline_is_exported_no_more(registry: CollectorRegistry) -> None:
    pipeline = FakePipeline()
    register(pipeline, registry).remove()
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) is None
    assert pipeline.scrapes == 0


def test_a_collector_that_was_unregistered_comes_back(registry: CollectorRegistry) -> None:
    pipeline = FakePipeline()
    registry.unregister(register(pipeline, registry))
    register(pipeline, registry)
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) == 7


def test_an_object_without_weak_references_is_held(registry: CollectorRegistry) -> None:
    class Slotted:
        __slots__ = ()

        def get_dashboard_snapshot(self) -> DashboardSnapshot:
            return snapshot()

    register(Slotted(), registry)
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) == 7


def test_a_broken_pipeline_hides_no_other(
    registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def get_dashboard_snapshot(self) -> Any:
            raise RuntimeError("closed")

    broken, sound = Broken(), FakePipeline()
    register(broken, registry, name="broken")
    register(sound, registry)
    assert registry.get_sample_value("antflow_stage_completed_total", FETCH) == 7
    assert {(record.name, record.levelno) for record in caplog.records} == {
        ("antflow", logging.ERROR)
    }


def test_the_global_registry_is_the_default() -> None:
    code = (
        "from prometheus_client import generate_latest\n"
        "from antflow.telemetry.prometheus import register\n"
        "class Empty:\n"
        "    def get_dashboard_snapshot(self): raise AssertionError\n"
        "empty = Empty()\n"
        "register(empty).remove()\n"
        "assert b'antflow_pipeline_items_total' in generate_latest()"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


async def test_a_real_pipeline_is_scraped_while_it_runs_from_another_thread(
    registry: CollectorRegistry,
) -> None:
    seen = []

    async def look(value: int) -> int:
        text = await asyncio.to_thread(generate_latest, registry)
        seen.append(text.decode())
        if value == 2:
            raise ValueError("odd one out")
        return value

    pipeline = Pipeline([Stage("Look", 2, [look], task_attempts=1)])
    register(pipeline, registry, name="live")
    await pipeline.run(range(6))
    assert 'antflow_worker_busy{pipeline="live",stage="Look",worker="Look-W0"} 1.0' in seen[0]
    labels = {"pipeline": "live", "outcome": "processed"}
    assert registry.get_sample_value("antflow_pipeline_items_total", labels) == 5
    labels = {"pipeline": "live", "error_type": "ValueError"}
    assert registry.get_sample_value("antflow_pipeline_failures_total", labels) == 1
    labels = {"pipeline": "live"}
    assert registry.get_sample_value("antflow_pipeline_items_in_flight", labels) == 0


async def test_a_finished_real_pipeline_can_go(registry: CollectorRegistry) -> None:
    pipeline = Pipeline([Stage("Look", 2, [str])])
    collector = register(pipeline, registry)
    await pipeline.run(range(3))
    del pipeline
    gc.collect()
    assert all(not family.samples for family in collector.collect())
