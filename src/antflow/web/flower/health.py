"""GET /metrics and /healthcheck: public, as with Flower."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from antflow.telemetry.cluster import exposition
from antflow.web.site import Site


def router(site: Site) -> APIRouter:
    """Both routes."""
    routes = APIRouter(include_in_schema=False)

    async def metrics(request: Request) -> Response:
        text, kind = exposition(site.sources.values())
        return Response(text, media_type=kind)

    async def healthcheck(request: Request) -> Response:
        for source in site.sources.values():
            health = source.frame().health
            if not health.connected:
                reason = site.redactor.text(health.reason or "it does not answer")
                return PlainTextResponse(f"{source.name}: {reason}", 503)
        return PlainTextResponse("OK")

    async def options(request: Request) -> Response:
        return Response(status_code=204)

    for path, handler in (("/metrics", metrics), ("/healthcheck", healthcheck)):
        routes.add_api_route(path, handler, methods=["GET"], response_model=None)
        routes.add_api_route(path, options, methods=["OPTIONS"], response_model=None)
    return routes
