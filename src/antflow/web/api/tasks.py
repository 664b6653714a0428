"""Routes of tasks: pages of rows, one in full, exports."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from antflow.exceptions import NotFoundError
from antflow.source import TaskPage, TaskQuery
from antflow.web.api.answers import as_file, json_answer
from antflow.web.api.exports import csv_chunks, json_chunks
from antflow.web.api.parameters import Limit, Offset, Search, Sort, SourceName
from antflow.web.api.parts import Parts, answers


def add_tasks(router: APIRouter, parts: Parts) -> None:
    """Add the routes to a router."""
    outgoing = parts.outgoing

    @router.get("/sources/{source}/tasks", responses=answers("tasks", 400, 404), tags=["tasks"])
    async def tasks(
        source: SourceName,
        search: Search = "",
        sort: Sort = "-received",
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Response:
        """Rows of tasks that match; long texts are cut to 200 characters."""
        page = await parts.source(source).find_tasks(TaskQuery(search, sort, limit, offset))
        return json_answer(TaskPage(await outgoing.rows(page.tasks), page.total, page.offset))

    @router.get(
        "/sources/{source}/tasks.csv",
        responses=answers("rows", 400, 404, media="text/csv"),
        tags=["tasks"],
    )
    async def tasks_csv(source: SourceName, search: Search = "") -> Response:
        """All that match, newest first, as CSV that a spreadsheet takes for text."""
        rows = parts.source(source).iter_tasks(search)
        return _download(source, "csv", csv_chunks(rows, outgoing), "text/csv; charset=utf-8")

    @router.get(
        "/sources/{source}/tasks.json", responses=answers("export", 400, 404), tags=["tasks"]
    )
    async def tasks_json(source: SourceName, search: Search = "") -> Response:
        """All that match, newest first, as a JSON list."""
        rows = parts.source(source).iter_tasks(search)
        return _download(source, "json", json_chunks(rows, outgoing), "application/json")

    @router.get(
        "/sources/{source}/tasks/{id:path}", responses=answers("task", 404, 503), tags=["tasks"]
    )
    async def task(source: SourceName, id: str) -> Response:  # noqa: A002 — its name in the address
        """One task in full."""
        detail = await parts.source(source).task(id)
        if detail is None:
            raise NotFoundError(f"no task {id[:200]!r}")
        return json_answer(await outgoing.detail(detail))

    @router.get("/sources/{source}/spans", responses=answers("spans", 404, 503), tags=["workers"])
    async def spans(
        source: SourceName,
        since: Annotated[float, Query(description="Unix seconds; not what ended before")] = 0.0,
        worker: Annotated[str | None, Query(description="only this one's")] = None,
        limit: Limit = 1_000,
    ) -> Response:
        """What workers did of late that has ended, as far as it is known."""
        return json_answer(outgoing.spans(await parts.source(source).spans(since, worker, limit)))

    @router.get("/sources/{source}/events", responses=answers("events", 404), tags=["tasks"])
    async def events(
        source: SourceName,
        after: Annotated[int, Query(ge=0, le=2**53, description="number of an event")] = 0,
        limit: Annotated[int, Query(ge=0, le=10_000)] = 500,
    ) -> Response:
        """Raw events after one of them."""
        last, found = parts.source(source).events(after, limit)
        return json_answer({"last": last, "events": outgoing.value(found)})


def _download(source: str, kind: str, chunks: object, media: str) -> Response:
    return StreamingResponse(
        chunks,  # type: ignore[arg-type]
        media_type=media,
        headers={**as_file(f"{source}-tasks.{kind}"), "cache-control": "no-store"},
    )
