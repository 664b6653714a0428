"""The routes of Flower's contract."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from antflow.web.flower import applying, steering, tasks, workers
from antflow.web.flower.desk import Handler, endpoint
from antflow.web.flower.health import router as health_router
from antflow.web.site import Site

QUESTIONS: Final[dict[str, Handler]] = {
    "/api/workers": workers.workers,
    "/api/queues/length": workers.queue_lengths,
    "/api/tasks": tasks.tasks,
    "/api/task/types": tasks.task_types,
    "/api/task/info/{id}": tasks.task_info,
    "/api/task/result/{id}": applying.result,
}
COMMANDS: Final[dict[str, Handler]] = {
    "/api/worker/shutdown/{worker}": steering.shutdown,
    "/api/worker/pool/restart/{worker}": steering.pool_restart,
    "/api/worker/pool/grow/{worker}": steering.pool_grow,
    "/api/worker/pool/shrink/{worker}": steering.pool_shrink,
    "/api/worker/pool/autoscale/{worker}": steering.pool_autoscale,
    "/api/worker/queue/add-consumer/{worker}": steering.add_consumer,
    "/api/worker/queue/cancel-consumer/{worker}": steering.cancel_consumer,
    "/api/task/apply/{name}": applying.apply,
    "/api/task/async-apply/{name}": applying.async_apply,
    "/api/task/send-task/{name}": applying.send_task,
    "/api/task/abort/{id}": steering.abort,
    "/api/task/revoke/{id}": steering.revoke,
    "/api/task/timeout/{name}": steering.time_limit,
    "/api/task/rate-limit/{name}": steering.rate_limit,
}


def router(site: Site) -> APIRouter:
    """All of them; each path answers OPTIONS with 204, and HEAD with 405."""
    routes = APIRouter(include_in_schema=False)
    for method, table in (("GET", QUESTIONS), ("POST", COMMANDS)):
        for path, handler in table.items():
            routes.add_api_route(
                path, endpoint(site, handler), methods=[method], response_model=None
            )
            routes.add_api_route(path, _options, methods=["OPTIONS"], response_model=None)
    routes.include_router(health_router(site))
    return routes


async def _options(request: Request) -> Response:
    """Nothing to say."""
    return Response(status_code=204)
