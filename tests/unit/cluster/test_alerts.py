"""Alert rules: what they hold on, how often they tell."""

from __future__ import annotations

from typing import Any

import pytest

from antflow.cluster.alerts import AlertRule, Alerts
from antflow.source import Frame, Group, Health, QueueView, Totals, WorkerView

HOOK = "http://127.0.0.1:1/hook"
START = 1_000_000.0


def frame(at: float = 0.0, state: str = "running", **parts: Any) -> Frame:
    return Frame("cluster", START + at, Health(state), Totals(), **parts)  # type: ignore[arg-type]


def failed(at: float, count: int, name: str = "proj.add") -> Frame:
    return frame(at, groups=[Group(name, failed=count)])


def watched(condition: str, cooldown: float = 0.0) -> Alerts:
    return Alerts([AlertRule("rule", condition, HOOK, cooldown)])


def told(alerts: Alerts, *frames: Frame) -> list[str]:
    return [alert.status for each in frames for _, alert in alerts.evaluate(each)]


def test_failures_are_counted_within_their_window() -> None:
    alerts = watched("failures > 10 in 5m")
    assert told(alerts, failed(0, 100), failed(60, 110)) == []
    assert told(alerts, failed(61, 111)) == ["started"]
    assert told(alerts, failed(120, 111), failed(361, 111)) == ["ended"]


def test_failures_of_one_type_leave_others_out() -> None:
    alerts = watched("failures.proj.add > 0 in 1m")
    assert told(alerts, failed(0, 0), failed(1, 5, "other")) == []
    assert told(alerts, failed(2, 1)) == ["started"]


@pytest.mark.parametrize(
    ("condition", "wrong", "right"),
    [
        (
            "queue.celery.messages > 1000",
            frame(queues=[QueueView("celery", messages=1001)]),
            frame(1, queues=[QueueView("celery", messages=1000)]),
        ),
        (
            "queue.a.b.oldest > 300",
            frame(queues=[QueueView("a.b", oldest=START - 301)]),
            frame(1, queues=[QueueView("a.b", oldest=None)]),
        ),
        (
            "worker offline",
            frame(workers=[WorkerView("celery@a", "offline")]),
            frame(1, workers=[WorkerView("celery@a", "idle")]),
        ),
        (
            "worker.celery@b offline",
            frame(workers=[WorkerView("celery@b", "offline")]),
            frame(1, workers=[WorkerView("celery@a", "offline"), WorkerView("celery@b", "busy")]),
        ),
        ("workers < 2", frame(), frame(1, workers=[WorkerView(n, "idle") for n in "ab"])),
        ("stale", frame(state="disconnected"), frame(1)),
        ("disconnected", frame(state="disconnected"), frame(1, state="stale")),
    ],
)
def test_a_condition_begins_and_ends(condition: str, wrong: Frame, right: Frame) -> None:
    assert told(watched(condition), wrong, wrong, right, right) == ["started", "ended"]


def test_an_unknown_figure_changes_nothing() -> None:
    alerts = watched("queue.celery.messages > 1")
    begun = frame(queues=[QueueView("celery", messages=2)])
    unknown = frame(1, queues=[QueueView("celery", messages=None)])
    assert told(alerts, begun, unknown, frame(2)) == ["started"]


def test_within_the_cooldown_it_does_not_begin_again() -> None:
    alerts = watched("stale", cooldown=60)
    assert told(alerts, frame(0, "stale"), frame(1), frame(2, "stale")) == ["started", "ended"]
    assert told(alerts, frame(61, "stale")) == ["started"]


def test_the_alert_says_what_where_and_how_much() -> None:
    _, alert = watched("workers < 2").evaluate(frame())[0]
    assert (alert.source, alert.rule, alert.value, alert.at) == ("cluster", "rule", 0.0, START)
    assert alert.message == "cluster: rule started: 0 (workers < 2)"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"name": "r", "condition": "failures > 10", "webhook": HOOK}, "need a time"),
        ({"name": "r", "condition": "failures > 10 in 2d", "webhook": HOOK}, "need a time"),
        ({"name": "r", "condition": "failures > 10 in 48h", "webhook": HOOK}, "a day at most"),
        ({"name": "r", "condition": "failures > many in 5m", "webhook": HOOK}, "is no number"),
        ({"name": "r", "condition": "queue.a.colour > 1", "webhook": HOOK}, "no such figure"),
        ({"name": "r", "condition": "workers < 2 in 5m", "webhook": HOOK}, "no meaning"),
        ({"name": "r", "condition": "whatever", "webhook": HOOK}, "no such condition"),
        ({"name": "r", "condition": "stale", "webhook": "file:///etc/passwd"}, "http"),
        ({"name": "r", "condition": "stale", "webhook": HOOK, "cooldown": -1}, "cooldown"),
        ({"name": "", "condition": "stale", "webhook": HOOK}, "no name"),
        ({"name": "r", "condition": "stale"}, "its fields are"),
    ],
)
def test_a_bad_rule_is_refused_when_it_is_configured(rule: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Alerts([rule])


def test_two_rules_of_one_name_are_refused() -> None:
    rule = AlertRule("same", "stale", HOOK)
    with pytest.raises(ValueError, match="same name"):
        Alerts([rule, rule])
