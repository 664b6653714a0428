"""From a message's bytes to events. JSON only: whatever else comes is malformed, never executed."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec

from antflow.cluster.events.compression import unpack

LARGE = 128 * 1024  # bytes of a body from which its events' texts are cut
MAX_TEXT = 32 * 1024  # characters kept of one text of such an event
MAX_BODY = 16 * 1024 * 1024  # bytes of a message that is looked at at all

Event = dict[str, Any]

_decode_any = msgspec.json.Decoder().decode
_JSON = frozenset({"application/json", "json", None})
_TEXT = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "binary", None})


class MalformedError(ValueError):
    """A message is none that holds events."""


class _Headers(msgspec.Struct):
    compression: str | None = None


class _Properties(msgspec.Struct):
    body_encoding: str | None = None


class _Envelope(msgspec.Struct, rename="kebab"):
    """Kombu's message on a transport of its own; msgspec reads base64 texts as bytes."""

    body: bytes
    properties: _Properties
    headers: _Headers | None = None
    content_type: str | None = None
    content_encoding: str | None = None


class _PlainEnvelope(msgspec.Struct, rename="kebab"):
    """The same, sent with the transport option `body_encoding` off."""

    body: str
    properties: _Properties
    headers: _Headers | None = None
    content_type: str | None = None
    content_encoding: str | None = None


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_plain = msgspec.json.Decoder(_PlainEnvelope).decode


def decode_envelope(data: bytes | bytearray) -> tuple[list[Event], int]:
    """The events of one message of kombu's virtual transports, and how many were malformed.

    Raises:
        MalformedError: none of it can be read.
    """
    try:
        envelope = _decode_envelope(data)
        body = envelope.body
        if envelope.properties.body_encoding != "base64":
            raise msgspec.ValidationError("not base64")
    except (ValueError, RecursionError):
        envelope, body = _plain(data)
    if envelope.headers is not None and envelope.headers.compression:
        try:
            body = unpack(body, envelope.headers.compression)
        except ValueError as error:
            raise MalformedError(str(error)) from error
    return decode_body(body, envelope.content_type, envelope.content_encoding)


def _plain(data: bytes | bytearray) -> tuple[Any, bytes]:
    try:
        envelope = _decode_plain(data)
        body = envelope.body.encode()
        if envelope.properties.body_encoding == "base64":
            body = base64.b64decode(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"no message: {error}") from error
    return envelope, body


def decode_body(
    body: bytes | bytearray | str, content_type: str | None, encoding: str | None = None
) -> tuple[list[Event], int]:
    """The events of one message's body, and how many of its entries were malformed.

    Args:
        body: a JSON object, or a list of them.
        content_type: anything but JSON is refused.
        encoding: of the body's text.

    Raises:
        MalformedError: none of it can be read.
    """
    if content_type not in _JSON:
        raise MalformedError(f"content type {str(content_type)[:100]!r} is not read")
    size = len(body)
    if size > MAX_BODY:
        raise MalformedError(f"{size} bytes are too many")
    decoded = _loads(body, encoding)
    entries = decoded if type(decoded) is list else [decoded]
    events = [entry for entry in entries if type(entry) is dict]
    malformed = len(entries) - len(events)
    if size > LARGE or (size > 2_000 and _may_be_deep(body)):
        whole, events = events, []
        for event in whole:
            try:
                events.append(_cut(event))
            except RecursionError:
                malformed += 1
    return events, malformed


def _loads(body: bytes | bytearray | str, encoding: str | None) -> Any:
    try:
        if encoding is not None and encoding.lower() not in _TEXT and not isinstance(body, str):
            body = body.decode(encoding)
        try:
            return _decode_any(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # What Python's json writes and JSON has not: NaN, Infinity, halves of surrogates.
            return json.loads(body)
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        raise MalformedError(f"no JSON: {error!s:.200}") from error


def _may_be_deep(body: bytes | bytearray | str) -> bool:
    """Whether so many brackets open that it may be nested too deep to be written again."""
    if isinstance(body, str):
        return "[[[[" in body or ":{" * 4 in body or body.count("{") > 200
    return b"[[[[" in body or body.count(b"{") > 200


def _cut(event: Event) -> Event:
    """The event with every value a text of bounded length, a number, or small."""
    return {str(key)[:200]: _bounded(value) for key, value in event.items()}


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "..."
    if value is None or isinstance(value, bool | int | float):
        return value
    if (
        isinstance(value, list)
        and len(value) <= 16
        and not any(isinstance(entry, list | dict | str) for entry in value)
    ):
        return value
    return _bounded(str(value))
