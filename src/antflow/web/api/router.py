"""`router`: all routes of the API."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from antflow.web.api.answers import json_answer
from antflow.web.api.commands import add_commands
from antflow.web.api.document import PREFIX, document_of
from antflow.web.api.general import add_general
from antflow.web.api.live import add_live
from antflow.web.api.outgoing import Outgoing
from antflow.web.api.page import api_page
from antflow.web.api.parts import Parts, answers
from antflow.web.api.report import add_report
from antflow.web.api.tasks import add_tasks
from antflow.web.site import Site
from antflow.web.stream import Streams


def router(site: Site) -> APIRouter:
    """The routes under `/api/v1`, and the page `/api/docs`."""
    outgoing = Outgoing(site.redactor)
    streams = Streams(
        site.sources,
        outgoing.frame,
        outgoing.value,
        closing=site.closing,
        most=site.settings.max_streams,
    )
    parts = Parts(site, streams, outgoing)
    routes = APIRouter(prefix=PREFIX)
    for add in (add_general, add_live, add_tasks, add_commands, add_report):
        add(routes, parts)

    def document(request: Request) -> dict[str, object]:
        return document_of(routes, list(site.sources), request.scope.get("root_path", ""))

    @routes.get("/openapi.json", responses=answers("document"), tags=["server"])
    async def openapi(request: Request) -> Response:
        """This document."""
        return json_answer(document(request))

    async def docs(request: Request) -> Response:
        """The API as a page to read."""
        return Response(api_page(document(request)), media_type="text/html; charset=utf-8")

    # the one address without the prefix
    routes.routes.append(APIRoute("/api/docs", docs, methods=["GET"], include_in_schema=False))
    return routes
