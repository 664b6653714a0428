"""/metrics: Flower's names with right values, from events of a made-up small run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from antflow.cluster import Cluster
from antflow.telemetry.scrape import gather, render

START = 1_767_225_600.0
HOSTILE = 'a"b\\c\nd} 1\n# HELP x\x00é'
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def event(kind: str, at: float, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "hostname": "w@h", "timestamp": START + at, **fields}


def run_of(uuid: str, at: float, *, name: str = "shop.pay", runtime: float = 0.2) -> list[Any]:
    """The events of one task that succeeds."""
    return [
        event("task-received", at, uuid=uuid, name=name),
        event("task-started", at + 0.5, uuid=uuid),
        event("task-succeeded", at + 0.7, uuid=uuid, runtime=runtime, result="1"),
    ]


def cluster(name: str, *events: dict[str, Any]) -> Cluster:
    made = Cluster(broker="memory://", name=name)
    for each in [event("worker-online", 0, freq=2.0), *events]:
        made.state.apply([each], START)
    return made


def samples(*clusters: Cluster) -> Samples:
    """What a Prometheus would read; a series that comes twice fails."""
    text, kind = render(gather(clusters))
    assert kind.startswith("text/plain")
    read = [
        (sample.name, frozenset(sample.labels.items()), sample.value)
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    ]
    doubled = [key for key, count in Counter(each[:2] for each in read).items() if count > 1]
    assert doubled == []
    return {(name, labels): value for name, labels, value in read}


def of(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


PAIR = {"worker": "w@h", "task": "shop.pay"}


def test_events_are_counted_by_worker_type_and_task() -> None:
    found = samples(cluster("a", *run_of("1", 1), *run_of("2", 2)))
    for kind in ("task-received", "task-started", "task-succeeded"):
        assert of(found, "flower_events_total", **PAIR, type=kind) == 2


def test_runtimes_are_a_histogram_with_sum_and_count() -> None:
    found = samples(cluster("a", *run_of("1", 1, runtime=0.2), *run_of("2", 2, runtime=20.0)))
    name = "flower_task_runtime_seconds"
    assert of(found, f"{name}_count", **PAIR) == 2
    assert of(found, f"{name}_sum", **PAIR) == pytest.approx(20.2)
    assert of(found, f"{name}_bucket", **PAIR, le="0.1") == 0
    assert of(found, f"{name}_bucket", **PAIR, le="0.25") == 1
    assert of(found, f"{name}_bucket", **PAIR, le="10.0") == 1
    assert of(found, f"{name}_bucket", **PAIR, le="+Inf") == 2


def test_prefetched_tasks_and_their_wait() -> None:
    waiting = [event("task-received", 3 + n, uuid=f"w{n}", name="shop.pay") for n in range(3)]
    found = samples(cluster("a", *run_of("1", 1), *waiting))
    assert of(found, "flower_worker_prefetched_tasks", **PAIR) == 3
    assert of(found, "flower_task_prefetch_time_seconds", **PAIR) == pytest.approx(0.5)


def test_a_worker_that_runs_a_task_is_online_with_one() -> None:
    found = samples(cluster("a", *run_of("1", 1)[:2]))
    assert of(found, "flower_worker_online", worker="w@h") == 1
    running = "flower_worker_number_of_currently_executing_tasks"
    assert of(found, running, worker="w@h") == 1


def test_a_worker_that_died_goes_to_0() -> None:
    dead = cluster("a", *run_of("1", 1)[:2], event("task-received", 2, uuid="2", name="shop.pay"))
    dead.state.tick(START + 1_000)
    dead.state.tick(START + 2_000)
    found = samples(dead)
    assert of(found, "flower_worker_online", worker="w@h") == 0
    running = "flower_worker_number_of_currently_executing_tasks"
    assert of(found, running, worker="w@h") == 0
    assert of(found, "flower_worker_prefetched_tasks", **PAIR) == 0


def test_two_clusters_with_the_same_names_are_added_up() -> None:
    one, two = cluster("a", *run_of("1", 1)), cluster("b", *run_of("1", 1, runtime=2.0))
    found = samples(one, two)
    assert of(found, "flower_events_total", **PAIR, type="task-succeeded") == 2
    assert of(found, "flower_task_runtime_seconds_count", **PAIR) == 2
    assert of(found, "flower_task_runtime_seconds_sum", **PAIR) == pytest.approx(2.2)
    assert of(found, "flower_task_runtime_seconds_bucket", **PAIR, le="1.0") == 1
    assert of(found, "flower_worker_online", worker="w@h") == 1
    assert of(found, "antflow_connected", source="a") in {0, 1}
    assert of(found, "antflow_connected", source="b") in {0, 1}


def test_hostile_names_come_back_as_they_were_and_make_no_lines() -> None:
    events = [
        event("task-received", 1, uuid="1", name=HOSTILE, hostname=HOSTILE),
        event("task-started", 2, uuid="1", hostname=HOSTILE),
        event("task-failed", 3, uuid="1", hostname=HOSTILE, exception=f"{HOSTILE}(1)"),
    ]
    found = samples(cluster("a", *events))
    named = {dict(labels).get("task") for name, labels in found if name == "flower_events_total"}
    (name,) = named
    assert name is not None
    assert 'a"b\\c\nd} 1\n# HELP x' in name


def test_halves_of_surrogates_in_names_do_not_break_the_text() -> None:
    events = [event("task-received", 1, uuid="1", name="x\ud800", hostname="w\udfff")]
    assert of(samples(cluster("a", *events)), "antflow_connected", source="a") in {0, 1}


def test_without_a_cluster_or_without_events_there_is_a_text() -> None:
    assert samples(cluster("a"))
    assert any(name == "process_start_time_seconds" for name, _ in samples())


def test_failures_and_outcomes_are_told_by_task_type() -> None:
    failed = [*run_of("1", 1)[:2], event("task-failed", 2, uuid="1", exception="KeyError('x')")]
    found = samples(cluster("a", *failed, *run_of("2", 3)))
    own = {"source": "a", "group": "shop.pay"}
    assert of(found, "antflow_tasks_total", **own, outcome="failed") == 1
    assert of(found, "antflow_tasks_total", **own, outcome="succeeded") == 1
    assert of(found, "antflow_failures", **own, exception="KeyError") == 1
