"""The route of the report."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from antflow.web.api.answers import as_file
from antflow.web.api.parameters import SourceName
from antflow.web.api.parts import Parts, answers
from antflow.web.report import report_page


def add_report(router: APIRouter, parts: Parts) -> None:
    """Add the route to a router."""

    @router.get(
        "/sources/{source}/report.html",
        responses=answers("report", 404, media="text/html"),
        tags=["live"],
    )
    async def report(source: SourceName) -> Response:
        """How things stand now, as one self-contained HTML file."""
        shown = parts.source(source)
        frame = parts.streams.feed(shown.name).current()
        return Response(
            report_page(frame, shown.kind),
            media_type="text/html; charset=utf-8",
            headers=as_file(f"{shown.name}-report.html"),
        )
