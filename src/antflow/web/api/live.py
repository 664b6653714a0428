"""Routes of what changes all the time: frames and their parts, from memory, and the stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from antflow.exceptions import NotFoundError
from antflow.web.api.answers import json_answer, json_bytes
from antflow.web.api.parameters import SourceName
from antflow.web.api.parts import Parts, answers
from antflow.web.stream.feed import Feed

Topics = Annotated[
    str,
    Query(pattern=r"^(frame|events)(,(frame|events))?$", description="`events` adds raw events"),
]


def add_live(router: APIRouter, parts: Parts) -> None:
    """Add the routes to a router."""
    streams, outgoing = parts.streams, parts.outgoing

    @router.get("/sources/{source}/frame", responses=answers("frame", 404), tags=["live"])
    async def frame(source: SourceName) -> Response:
        """Everything that the live pages show; not older than a tick."""
        return json_bytes(_feed(parts, source).body())

    @router.get("/sources/{source}/workers", responses=answers("workers", 404), tags=["workers"])
    async def workers(source: SourceName) -> Response:
        """All workers."""
        return json_answer(_feed(parts, source).current().workers)

    @router.get(
        "/sources/{source}/workers/{name:path}",
        responses=answers("worker", 404, 503),
        tags=["workers"],
    )
    async def worker(source: SourceName, name: str, refresh: bool = False) -> Response:
        """One worker in full; with `refresh` it is asked anew."""
        detail = await parts.source(source).worker(name, refresh=refresh)
        if detail is None:
            raise NotFoundError(f"no worker {name[:200]!r}")
        return json_answer(outgoing.worker(detail))

    @router.get("/sources/{source}/queues", responses=answers("queues", 404), tags=["live"])
    async def queues(source: SourceName) -> Response:
        """All queues."""
        return json_answer(_feed(parts, source).current().queues)

    @router.get("/sources/{source}/failures", responses=answers("failures", 404), tags=["live"])
    async def failures(source: SourceName) -> Response:
        """The largest 50 groups of failures."""
        return json_answer(_feed(parts, source).current().failures)

    @router.get("/sources/{source}/groups", responses=answers("groups", 404), tags=["live"])
    async def groups(source: SourceName) -> Response:
        """The stages in order, or the task types."""
        return json_answer(_feed(parts, source).current().groups)

    @router.get(
        "/stream", responses=answers("messages", 404, 429, media="text/event-stream"), tags=["live"]
    )
    async def stream(
        source: Annotated[
            list[str] | None, Query(description="default: the first", max_length=50)
        ] = None,
        topics: Topics = "frame",
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        """Server-sent events: `frame`, then `diff` at each tick; with `events`, `event` too.

        See `antflow.web.stream.difference` for what a patch is.
        """
        names = [parts.site.source(name).name for name in source or [""]]
        return streams.stream(names, last_id=last_event_id, events="events" in topics.split(","))


def _feed(parts: Parts, source: str) -> Feed:
    return parts.streams.feed(parts.source(source).name)
