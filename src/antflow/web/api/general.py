"""Routes about the server and its sources."""

from __future__ import annotations

import platform
from dataclasses import asdict, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from antflow._version import __version__
from antflow.source import Frame
from antflow.web.api.answers import json_answer
from antflow.web.api.parameters import SourceName
from antflow.web.api.parts import Parts, answers
from antflow.web.api.schemas import About, Completion, Session, SourceAbout, SourceView
from antflow.web.security.identity import current

PACKAGES = ("msgspec", "fastapi", "starlette", "uvicorn", "celery", "kombu", "redis", "sqlalchemy")
QUALIFIERS = (
    *("name:", "state:", "worker:", "args:", "kwargs:", "result:", "exception:", "traceback:"),
    *("queue:", "root:", "received>", "received<", "started>", "started<", "runtime>", "runtime<"),
)
_SUGGESTED = 100


def add_general(router: APIRouter, parts: Parts) -> None:
    """Add the routes to a router."""
    site, outgoing = parts.site, parts.outgoing

    @router.get("/session", responses=answers("session"), tags=["server"])
    async def session(request: Request) -> Response:
        """Who asks, and what they may."""
        who = current(request)
        role = who.role or "viewer"
        told = site.settings
        return json_answer(Session(who.name, role, told.read_only, who.auth, told.tasks_columns))

    @router.get("/sources", responses=answers("sources"), tags=["server"])
    async def sources() -> Response:
        """What there is to see; the first is shown by default."""
        found = site.sources.values()
        return json_answer(
            [SourceView(s.name, s.kind, s.tick, list(s.verbs.values())) for s in found]
        )

    @router.get("/sources/{source}/schedule", responses=answers("schedule", 404), tags=["live"])
    async def schedule(source: SourceName) -> Response:
        """What runs by the clock."""
        return json_answer(outgoing.value(parts.source(source).schedule()))

    @router.get("/sources/{source}/search", responses=answers("search", 404), tags=["tasks"])
    async def search(
        source: SourceName, prefix: Annotated[str, Query(max_length=200)] = ""
    ) -> Response:
        """What a search may go on with."""
        frame = parts.streams.feed(parts.source(source).name).current()
        return json_answer(completion(frame, prefix))

    @router.get("/about", responses=answers("about"), tags=["server"])
    async def about() -> Response:
        """Settings, versions and health."""
        return json_answer(_about(parts))

    @router.get("/audit", responses=answers("audit"), tags=["server"])
    async def audit() -> Response:
        """The newest 500 changes that were asked for, newest first."""
        return json_answer([msgspec.to_builtins(record) for record in site.audit.newest(500)])


def completion(frame: Frame, prefix: str) -> Completion:
    """What begins with the prefix, in any case."""
    wanted = prefix.lower()

    def some(words: Any) -> list[str]:
        return [word for word in words if word.lower().startswith(wanted)][:_SUGGESTED]

    return Completion(
        some(QUALIFIERS),
        some(group.name for group in frame.groups),
        some(worker.name for worker in frame.workers),
        some(frame.states),
    )


def _about(parts: Parts) -> About:
    sources = [
        SourceAbout(
            source.name,
            source.kind,
            parts.outgoing.value(source.settings()),
            parts.streams.feed(source.name).current().health,
        )
        for source in parts.site.sources.values()
    ]
    settings = parts.site.settings
    shown = {field.name for field in fields(settings) if field.repr}
    told = {name: value for name, value in asdict(settings).items() if name in shown}
    return About(__version__, sources, parts.outgoing.value(told), _versions())


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
