"""Bodies of requests, read whole before a route sees them: bounded in size and in time."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import Message, Receive

from antflow.web.security.refusal import RefusalError


async def read_body(receive: Receive, headers: Headers, limit: int, seconds: float) -> bytes:
    """The body.

    Raises:
        RefusalError: 413, it is longer than `limit` bytes; 408, it takes longer; 400,
            the caller left half-way.
    """
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length[:20]) > limit:
        raise RefusalError(413, f"the body is larger than {limit} bytes", {"connection": "close"})
    try:
        return await asyncio.wait_for(_read(receive, limit), seconds)
    except TimeoutError:
        text = f"the body did not come within {seconds:g} seconds"
        raise RefusalError(408, text, {"connection": "close"}) from None


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusalError(400, "the request ended before its body did")
        body += message.get("body", b"")
        if len(body) > limit:
            raise RefusalError(
                413, f"the body is larger than {limit} bytes", {"connection": "close"}
            )
        if not message.get("more_body", False):
            return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives a body that was read before, then what else comes."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
