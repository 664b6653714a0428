"""Asks an ASGI application as a client would, and notes how long each answer takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2

from antflow.source import Source
from antflow.web import create_app


class Reply(NamedTuple):
    """What one request got."""

    path: str
    status: int
    seconds: float
    text: str


class Client:
    """A client of one application; its requests may go side by side."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, path: str, body: Any = None) -> Reply:
        began = time.monotonic()
        reply = await self._client.request(method, path, json=body)
        return Reply(path, reply.status_code, time.monotonic() - began, reply.text[:300])

    async def all(self, requests: Sequence[tuple[str, str, Any]]) -> list[Reply]:
        return await asyncio.gather(*(self.ask(*request) for request in requests))


@asynccontextmanager
async def served(source: Source) -> AsyncIterator[Client]:
    """The server's application around a source, started, without a socket."""
    app = create_app([source])
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        base = "http://127.0.0.1:5555"
        async with httpx2.AsyncClient(transport=transport, base_url=base, timeout=60) as client:
            yield Client(client)
