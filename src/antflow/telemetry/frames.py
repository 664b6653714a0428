"""What the frames of sources tell as metrics: health, queues, stages or task types."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from antflow.source import Frame


def frame_metrics(frames: list[Frame]) -> Iterator[Metric]:
    """Of all sources together; each sample has its source's name."""
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
