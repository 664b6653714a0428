"""The routes of Flower's contract."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from antflow.web.flower import applying, steering, tasks, workers
from antflow.web.flower.desk import Handler, endpoint, options
from antflow.web.flower.health import add_health
from antflow.web.site import Site

QUESTIONS: Final[dict[str, Handler]] = {
    "/api/workers": workers.workers,
    "/api/queues/length": workers.queue_lengths,
    "/api/tasks": tasks.tasks,
    "/api/task/types": tasks.task_types,
    "/api/task/info/{id:path}": tasks.task_info,
    "/api/task/result/{id:path}": applying.result,
}
COMMANDS: Final[dict[str, Handler]] = {
    "/api/worker/shutdown/{worker:path}": steering.shutdown,
    "/api/worker/pool/restart/{worker:path}": steering.pool_restart,
    "/api/worker/pool/grow/{worker:path}": steering.pool_grow,
    "/api/worker/pool/shrink/{worker:path}": steering.pool_shrink,
    "/api/worker/pool/autoscale/{worker:path}": steering.pool_autoscale,
    "/api/worker/queue/add-consumer/{worker:path}": steering.add_consumer,
    "/api/worker/queue/cancel-consumer/{worker:path}": steering.cancel_consumer,
    "/api/task/apply/{name:path}": applying.apply,
    "/api/task/async-apply/{name:path}": applying.async_apply,
    "/api/task/send-task/{name:path}": applying.send_task,
    "/api/task/abort/{id:path}": steering.abort,
    "/api/task/revoke/{id:path}": steering.revoke,
    "/api/task/timeout/{name:path}": steering.time_limit,
    "/api/task/rate-limit/{name:path}": steering.rate_limit,
}


def router(site: Site) -> APIRouter:
    """All of them; each path answers OPTIONS with 204, and HEAD with 405."""
    routes = APIRouter(include_in_schema=False)
    for method, table in (("GET", QUESTIONS), ("POST", COMMANDS)):
        for path, handler in table.items():
            routes.add_api_route(
                path, endpoint(site, handler), methods=[method], response_model=None
            )
            routes.add_api_route(path, options, methods=["OPTIONS"], response_model=None)
    add_health(routes, site)
    return routes
