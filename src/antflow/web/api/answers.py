"""How the API answers: JSON of msgspec, and files to keep."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from antflow.web.encoding import encoded


def json_answer(value: Any) -> Response:
    """An answer of the value as JSON."""
    return json_bytes(encoded(value))


def json_bytes(body: bytes) -> Response:
    """An answer of JSON that is encoded already."""
    return Response(body, media_type="application/json")


def as_file(name: str) -> dict[str, str]:
    """Headers of an answer that a browser saves under this name, whatever letters are in it."""
    said = quote(name, safe="")
    named = f'filename="{name}"' if said == name else f"filename*=utf-8''{said}"
    return {"content-disposition": f"attachment; {named}"}
