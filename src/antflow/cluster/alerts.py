"""Alert rules: conditions on what a frame shows, and which of them hold now."""

from __future__ import annotations

import math
import operator
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from antflow.source import Frame

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_UNITS = {"s": 1, "m": 60, "h": 3600}
_COMPARISON = re.compile(r"(?P<what>\S.*?)\s*(?P<op>>=|<=|==|!=|>|<)\s*(?P<number>\S+)(?P<rest>.*)")
_WINDOW = re.compile(r"\s+in\s+(\d+(?:\.\d+)?)\s*([smh])\s*")
_QUEUE = re.compile(r"queue\.(?P<name>.+)\.(?P<figure>messages|ready|unacked|consumers|oldest)")
_OFFLINE = re.compile(r"worker(?:\.(?P<name>\S+))?\s+offline")
_FORMS = (
    "failures > 10 in 5m, failures.TASK > 10 in 5m, queue.NAME.messages > 1000 "
    "(also ready, unacked, consumers, oldest in seconds), workers < 2, worker offline, "
    "worker.NAME offline, stale, disconnected"
)

LONGEST_WINDOW = 86400.0
"""Seconds that a rule can look back."""


class AlertRule(Struct, frozen=True):
    """When to tell whom.

    Attributes:
        name: unique among the rules of a cluster.
        condition: `failures > 10 in 5m`, `failures.proj.add > 3 in 1h`,
            `queue.celery.messages > 1000`, `queue.celery.oldest > 300` (seconds),
            `workers < 2` (online), `worker offline`, `worker.celery@a offline`, `stale`,
            `disconnected`.
        webhook: http or https address that gets the JSON.
        cooldown: seconds after it began within which it does not begin again.
    """

    name: str
    condition: str
    webhook: str
    cooldown: float = 300.0


class Alert(Struct, frozen=True):
    """What a webhook gets.

    Attributes:
        rule: the rule's name.
        condition: the rule's condition.
        status: `started` or `ended`.
        source: name of the cluster.
        at: when, Unix seconds.
        value: the figure that was compared; None where there is none.
        message: one line for people.
    """

    rule: str
    condition: str
    status: str
    source: str
    at: float
    value: float | None
    message: str


Reading = tuple[bool, float | None, str]
"""Whether a condition holds, the figure, and a few words about it."""


@dataclass
class _Watch:
    """A rule and how it stands."""

    rule: AlertRule
    read: Callable[[Frame], Reading | None]
    began: float = -math.inf
    holding: bool = False


class Alerts:
    """The rules of one cluster.

    A figure that is not known (the broker does not tell a queue's length) changes nothing.

    Args:
        rules: records, or dicts with their fields.

    Raises:
        ValueError: a rule cannot be; the text names it and says what is allowed.
    """

    def __init__(self, rules: Sequence[AlertRule | dict[str, Any]] = ()) -> None:
        made = [rule if isinstance(rule, AlertRule) else _rule(rule) for rule in rules]
        names = [rule.name for rule in made]
        if len(set(names)) < len(names):
            raise ValueError(f"two alert rules have the same name: {', '.join(sorted(names))}")
        self._watches = [_Watch(rule, _reader(rule)) for rule in made]

    @property
    def rules(self) -> list[AlertRule]:
        """The rules, in order."""
        return [watch.rule for watch in self._watches]

    def evaluate(self, frame: Frame) -> list[tuple[AlertRule, Alert]]:
        """What began or ended with this frame; called once a tick."""
        changed = []
        for watch in self._watches:
            reading = watch.read(frame)
            if reading is None or reading[0] == watch.holding:
                continue
            if reading[0] and frame.at - watch.began < watch.rule.cooldown:
                continue
            watch.holding = reading[0]
            watch.began = frame.at if watch.holding else watch.began
            changed.append((watch.rule, _alert(watch, frame, reading)))
        return changed


def _alert(watch: _Watch, frame: Frame, reading: Reading) -> Alert:
    rule, status = watch.rule, "started" if watch.holding else "ended"
    message = f"{frame.source}: {rule.name} {status}: {reading[2]} ({rule.condition})"
    return Alert(rule.name, rule.condition, status, frame.source, frame.at, reading[1], message)


def _rule(fields: dict[str, Any]) -> AlertRule:
    try:
        return AlertRule(**fields)
    except TypeError as error:
        allowed = ", ".join(AlertRule.__struct_fields__)
        raise ValueError(f"alert rule {fields!r}: {error}; its fields are {allowed}") from None


def _reader(rule: AlertRule) -> Callable[[Frame], Reading | None]:
    """Check a rule, and make of its condition what reads it from a frame."""
    if not rule.name:
        raise ValueError(f"an alert rule has no name: {rule.condition!r}")
    address = urlsplit(rule.webhook)
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise ValueError(f"alert rule {rule.name!r}: webhook must be an http(s) address")
    if not 0 <= rule.cooldown < math.inf:
        raise ValueError(f"alert rule {rule.name!r}: cooldown must be seconds, at least 0")
    try:
        return _condition(rule.condition.strip())
    except ValueError as error:
        raise ValueError(
            f"alert rule {rule.name!r}: {rule.condition!r}: {error}; conditions are {_FORMS}"
        ) from None


def _condition(text: str) -> Callable[[Frame], Reading | None]:
    if text in {"stale", "disconnected"}:
        return lambda frame: _health(frame, text)
    if offline := _OFFLINE.fullmatch(text):
        return lambda frame: _offline(frame, offline["name"])
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise ValueError("no such condition")
    try:
        number = float(found["number"])
    except ValueError:
        raise ValueError(f"{found['number']!r} is no number") from None
    figure = _figure(found["what"], found["rest"])
    holds = _OPERATORS[found["op"]]

    def read(frame: Frame) -> Reading | None:
        value = figure(frame)
        return None if value is None else (holds(value, number), value, f"{value:g}")

    return read


def _figure(what: str, rest: str) -> Callable[[Frame], float | None]:
    if what == "failures" or what.startswith("failures."):
        return _Failures(what.partition(".")[2] or None, _window(rest))
    if rest.strip():
        raise ValueError(f"{rest.strip()!r} has no meaning there")
    if what == "workers":
        return lambda frame: float(sum(each.status != "offline" for each in frame.workers))
    if queue := _QUEUE.fullmatch(what):
        return lambda frame: _queue(frame, queue["name"], queue["figure"])
    raise ValueError(f"no such figure: {what!r}")


def _window(rest: str) -> float:
    found = _WINDOW.fullmatch(rest)
    if found is None:
        raise ValueError("failures need a time: in 5m, in 30s, in 1h")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= LONGEST_WINDOW:
        raise ValueError("the time must be above 0 and a day at most")
    return seconds


@dataclass
class _Failures:
    """Failures within a window, from the counts of the frames; the first frame is the start."""

    group: str | None
    window: float
    counts: deque[tuple[float, int]] = field(default_factory=deque)

    def __call__(self, frame: Frame) -> float:
        failed = sum(g.failed for g in frame.groups if self.group in {None, g.name})
        counts = self.counts
        if counts and failed < counts[-1][1]:  # counted anew, or types were forgotten
            counts.clear()
        counts.append((frame.at, failed))
        while len(counts) > 1 and counts[1][0] <= frame.at - self.window:
            counts.popleft()
        return float(failed - counts[0][1])


def _health(frame: Frame, state: str) -> Reading:
    wrong = {"stale", "disconnected"} if state == "stale" else {state}
    return frame.health.state in wrong, None, frame.health.reason or frame.health.state


def _offline(frame: Frame, name: str | None) -> Reading:
    gone = [w.name for w in frame.workers if w.status == "offline" and name in {None, w.name}]
    return bool(gone), float(len(gone)), ", ".join(gone[:10]) or "all online"


def _queue(frame: Frame, name: str, figure: str) -> float | None:
    for queue in frame.queues:
        if queue.name == name:
            value = getattr(queue, figure)
            if figure == "oldest":
                return 0.0 if value is None else frame.at - float(value)
            return None if value is None else float(value)
    return None
