"""`mount`: the server inside somebody's own application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.applications import Starlette

from antflow.source import Source
from antflow.web.app import create_app
from antflow.web.settings import Settings


def mount(
    app: Starlette,
    source: Source | Sequence[Source],
    path: str = "/antflow",
    settings: Settings | None = None,
) -> FastAPI:
    """Put the pages and the API into an application, before it starts.

    The application's own lifespan goes on to run, inside ours: sources are started before it and
    stopped after it. Without authentication in the settings only this machine is answered. A
    server that is called by a name needs that name in `allowed_hosts`.

    Args:
        app: a Starlette or FastAPI application.
        source: what to show; several as a sequence.
        path: where to put it, such as `/antflow`.
        settings: as of `create_app`; address, port, prefix and certificates do not count here.

    Returns:
        The application that was mounted.

    Raises:
        ValueError: the path does not begin with a slash, or is the root.
    """
    if not path.startswith("/") or not path.strip("/"):
        raise ValueError(f"a path to mount at begins with a slash and has a name, not {path!r}")
    sources = [source] if isinstance(source, Source) else list(source)
    ours = create_app(sources, settings)
    app.mount(path.rstrip("/"), ours, name="antflow")
    theirs = app.router.lifespan_context

    @asynccontextmanager
    async def both(outer: Any) -> AsyncIterator[Any]:
        async with ours.router.lifespan_context(ours), theirs(outer) as state:
            yield state

    app.router.lifespan_context = both
    return ours
