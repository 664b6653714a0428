"""How the API answers: JSON of msgspec, and errors of one shape."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from antflow.exceptions import (
    AntFlowError,
    BrokerConnectionError,
    CommandRefusedError,
    InspectionTimeoutError,
    NotFoundError,
    ResultBackendError,
    SearchError,
)
from antflow.web.encoding import encoded
from antflow.web.stream import TooManyStreamsError

STATUSES: tuple[tuple[type[Exception], int], ...] = (
    (NotFoundError, 404),
    (SearchError, 400),
    (CommandRefusedError, 409),
    (BrokerConnectionError, 503),
    (InspectionTimeoutError, 503),
    (ResultBackendError, 503),
    (TooManyStreamsError, 429),
    (AntFlowError, 409),
)
"""What an error is over HTTP; the first that fits counts."""


class Problem(Struct, frozen=True, omit_defaults=True):
    """Why there is no answer.

    Attributes:
        error: in one line.
        status: of HTTP.
        position: of a search: index of the offending character, from 0.
    """

    error: str
    status: int
    position: int | None = None


def json_answer(value: Any, status: int = 200) -> Response:
    """An answer of the value as JSON."""
    return json_bytes(encoded(value), status)


def json_bytes(
    body: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer of JSON that is encoded already."""
    return Response(body, status, headers=headers, media_type="application/json")


def problem_answer(
    status: int, text: str, position: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that says why there is none."""
    return json_bytes(encoded(Problem(text, status, position)), status, headers)


def answer_to(error: Exception, text: Callable[[str], str]) -> Response | None:
    """The answer to an error; None for one that nobody foresaw.

    Args:
        error: what was raised.
        text: removes secrets from a text.
    """
    if isinstance(error, RequestValidationError):
        return problem_answer(422, _invalid(error))
    if isinstance(error, HTTPException):
        detail = error.detail or HTTPStatus(error.status_code).phrase
        return problem_answer(error.status_code, str(detail), headers=error.headers)
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return problem_answer(
                status,
                text(str(error)),
                getattr(error, "position", None),
                {"retry-after": "5"} if status in {429, 503} else None,
            )
    return None


def _invalid(error: RequestValidationError) -> str:
    parts = []
    for one in error.errors()[:5]:
        where = ".".join(str(step) for step in one["loc"])
        parts.append(f"{where}: {one['msg']}")
    return "; ".join(parts)[:1_000]


def route_class(text: Callable[[str], str]) -> type[APIRoute]:
    """A route whose every error is a `Problem`.

    Args:
        text: removes secrets from a text.
    """

    class ProblemRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handler(request: Request) -> Response:
                try:
                    return await handle(request)
                except Exception as error:
                    answer = answer_to(error, text)
                    if answer is None:
                        raise
                    return answer

            return handler

    return ProblemRoute
