"""The page of a report: plain HTML with its own style, no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Literal

from antflow.source import FailureGroup, Frame, Latency, Totals

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
th,td{border-bottom:1px solid #8886;padding:.25rem .5rem;text-align:left;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
pre{overflow:auto;max-height:20rem;background:#8881;padding:.5rem;white-space:pre-wrap}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}
"""

Kind = Literal["pipeline", "cluster"]


def report_page(frame: Frame, kind: Kind) -> str:
    """How a source stood at this frame.

    Args:
        frame: the picture; secrets removed already.
        kind: for the words.
    """
    words = ("Stages", "stage") if kind == "pipeline" else ("Task types", "type")
    title = f"{escape(frame.source)}: report of {_when(frame.at)}"
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>",
            _summary(frame),
            f"<h2>{words[0]}</h2>{_groups(frame, words[1])}",
            f"<h2>Workers</h2>{_workers(frame)}",
            f"<h2>Queues</h2>{_queues(frame)}" if frame.queues else "",
            f"<h2>Failures</h2>{_failures(frame.failures)}",
            "</body></html>",
        )
    )


def _summary(frame: Frame) -> str:
    totals, health = frame.totals, frame.health
    why = f" ({escape(health.reason)})" if health.reason else ""
    rows = (
        ("state", f"{escape(health.state)}{why}"),
        ("started", _when(totals.started)),
        ("done", _done(totals)),
        ("came in", f"{totals.fed:,}"),
        ("succeeded", f"{totals.succeeded:,}"),
        ("failed", f"{totals.failed:,}"),
        ("dropped", f"{totals.dropped:,}"),
        ("cancelled", f"{totals.cancelled:,}"),
        ("in flight", f"{totals.in_flight:,}"),
        ("further attempts", _count(totals.retried)),
        ("throughput", f"{totals.throughput:,.1f} a second"),
        ("time left", _seconds(totals.eta)),
        ("events lost", f"{health.lost:,}"),
    )
    return _table(("", ""), rows)


def _done(totals: Totals) -> str:
    """How many ended, and the share where it is known how many there will be."""
    ended = totals.succeeded + totals.failed + totals.dropped + totals.cancelled
    if totals.expected is None:
        return f"{ended:,}"
    share = ended / totals.expected if totals.expected else 1.0
    return f"{ended:,} of {totals.expected:,} ({share:.1%})"


def _groups(frame: Frame, word: str) -> str:
    head = (
        word,
        "queued",
        "running",
        "succeeded",
        "failed",
        "retried",
        "p50",
        "p95",
        "p99",
        "notes",
    )
    rows = (
        (
            escape(group.name),
            _queued(group.queued, group.capacity),
            f"{group.running:,}",
            f"{group.succeeded:,}",
            f"{group.failed:,}",
            _count(group.retried),
            *_latency(group.running_time),
            _notes(paused=group.paused, bottleneck=group.bottleneck),
        )
        for group in frame.groups
    )
    return _table(head, rows)


def _notes(*, paused: bool, bottleneck: str | None) -> str:
    notes = ["paused"] if paused else []
    if bottleneck:
        notes.append(f"sets the pace: {escape(bottleneck)}")
    return "; ".join(notes)


def _workers(frame: Frame) -> str:
    head = ("worker", "state", "active", "processed", "succeeded", "failed", "last seen")
    rows = (
        (
            escape(worker.name),
            worker.status,
            f"{worker.active:,}",
            f"{worker.processed:,}",
            f"{worker.succeeded:,}",
            f"{worker.failed:,}",
            _when(worker.last_seen),
        )
        for worker in frame.workers
    )
    return _table(head, rows)


def _queues(frame: Frame) -> str:
    head = ("queue", "messages", "consumers", "oldest since")
    rows = (
        (escape(one.name), _count(one.messages), _count(one.consumers), _when(one.oldest))
        for one in frame.queues
    )
    return _table(head, rows)


def _failures(groups: Iterable[FailureGroup]) -> str:
    parts = [
        f"<h3>{escape(group.exception)} in {escape(group.group)}: {group.count:,}</h3>"
        f"<p>{escape(group.message)}</p><p>first {_when(group.first)}, last {_when(group.last)}</p>"
        + (f"<pre>{escape(group.traceback)}</pre>" if group.traceback else "")
        for group in groups
    ]
    return "".join(parts) or "<p>None.</p>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    names = "".join(f"<th>{name}</th>" for name in head)
    lines = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{lines}</tbody></table>"


def _when(at: float | None) -> str:
    if at is None:
        return "unknown"
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _seconds(seconds: float | None) -> str:
    return "unknown" if seconds is None else f"{seconds:,.1f} s"


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _queued(queued: int, capacity: int | None) -> str:
    return f"{queued:,}" if capacity is None else f"{queued:,} of {capacity:,}"


def _latency(latency: Latency) -> tuple[str, str, str]:
    def text(seconds: float | None) -> str:
        return "" if seconds is None else f"{seconds:,.3f} s"

    return text(latency.p50), text(latency.p95), text(latency.p99)
