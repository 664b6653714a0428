"""GET /metrics and /healthcheck: public, as with Flower."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from antflow.telemetry.scrape import gather, render
from antflow.threads import WorkerThread
from antflow.web.flower.desk import options
from antflow.web.site import Site

SHARED: Final = 1.0
"""Seconds for which the same text answers all who scrape."""


class Scrapes:
    """The text of `/metrics`, made on a thread, and once a second at most."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._thread = WorkerThread("antflow-metrics")
        self._lock = asyncio.Lock()
        self._made = (b"", "")
        self._at = float("-inf")

    async def newest(self) -> tuple[bytes, str]:
        """The text and its content type."""
        async with self._lock:
            if time.monotonic() - self._at >= SHARED:
                gathered = gather(self._site.sources.values())
                self._made = await self._thread.run(render, gathered)
                self._at = time.monotonic()
            return self._made


def add_health(routes: APIRouter, site: Site) -> None:
    """Add both routes to a router."""
    scrapes = Scrapes(site)

    async def metrics(request: Request) -> Response:
        text, kind = await scrapes.newest()
        return Response(text, media_type=kind)

    async def healthcheck(request: Request) -> Response:
        for source in site.sources.values():
            health = source.frame().health
            if not health.connected:
                reason = site.redactor.text(health.reason or "it does not answer")
                return PlainTextResponse(f"{source.name}: {reason}", 503)
        return PlainTextResponse("OK")

    for path, handler in (("/metrics", metrics), ("/healthcheck", healthcheck)):
        routes.add_api_route(path, handler, methods=["GET"], response_model=None)
        routes.add_api_route(path, options, methods=["OPTIONS"], response_model=None)
