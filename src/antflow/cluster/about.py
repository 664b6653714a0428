"""What a cluster was told and what it runs on, for the page about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import celery
import kombu

from antflow.cluster.broker import public_url

if TYPE_CHECKING:
    from antflow.cluster.parts import Parts


def settings(parts: Parts) -> dict[str, Any]:
    """Settings and versions, without passwords."""
    conf = parts.app.conf
    reconciler = parts.reconciler
    return {
        "application": parts.app.main,
        "broker": _public(conf.broker_url),
        "result_backend": _public(conf.result_backend),
        "result_extended": bool(conf.result_extended),
        "task_send_sent_event": bool(conf.task_send_sent_event),
        "history": parts.memory.told(),
        "reconciliation": {
            "rounds": reconciler.rounds,
            "last": reconciler.last,
            "problem": reconciler.problem,
        },
        "alerts": [{"name": r.name, "condition": r.condition} for r in parts.alerts.rules],
        "versions": {"celery": celery.__version__, "kombu": kombu.__version__},
    }


def _public(address: Any) -> str | None:
    # a backend may be a class
    return public_url(address if isinstance(address, list | tuple) else str(address or "")) or None
