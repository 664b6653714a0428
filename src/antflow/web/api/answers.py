"""How the API answers: JSON of msgspec."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from antflow.web.encoding import encoded


def json_answer(value: Any) -> Response:
    """An answer of the value as JSON."""
    return json_bytes(encoded(value))


def json_bytes(body: bytes) -> Response:
    """An answer of JSON that is encoded already."""
    return Response(body, media_type="application/json")
