"""GET /api/workers and /api/queues/length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from antflow.web.flower.desk import Desk
from antflow.web.security.refusal import RefusalError

ALWAYS: Final = ("stats", "active_queues", "registered", "conf")
"""Asked of every worker; the others only of one, since they may be long."""


async def workers(desk: Desk) -> Any:
    """Answers of the workers by name, or whether they are online."""
    arguments = desk.arguments
    refresh, status = arguments.boolean("refresh"), arguments.boolean("status")
    name = arguments.text("workername")
    if status:
        return {worker.hostname: worker.online for worker in desk.cluster.state.workers.values()}
    inspector = desk.cluster.inspector
    if name is not None:
        desk.known_worker(name)
    if refresh:
        await inspector.inspect(name)
    known = inspector.workers
    if name is not None:
        return {name: _shown(desk, known[name], whole=True)} if name in known else {}
    return {worker: _shown(desk, info, whole=False) for worker, info in known.items()}


def _shown(desk: Desk, info: Mapping[str, Any], *, whole: bool) -> dict[str, Any]:
    """The answers as JSON takes them, secrets removed."""
    kept = {
        method: sorted(answer) if isinstance(answer, (set, frozenset)) else answer
        for method, answer in info.items()
        if whole or method in ALWAYS or method == "timestamp"
    }
    hidden: dict[str, Any] = desk.site.redactor.value(kept)
    return hidden


async def queue_lengths(desk: Desk) -> Any:
    """Messages in each queue that a worker takes from."""
    cluster = desk.cluster
    names = {
        queue["name"]
        for info in cluster.inspector.workers.values()
        for queue in info.get("active_queues", ())
    }
    if not names:
        names = {cluster.app.conf.task_default_queue}
    views = await cluster.queues.sample(sorted(names))
    if views and all(view.messages is None for view in views):
        raise RefusalError(404, "the broker does not tell the lengths of its queues")
    return {"active_queues": [{"name": view.name, "messages": view.messages} for view in views]}
