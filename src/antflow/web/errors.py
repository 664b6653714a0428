"""How errors that routes raise are answered."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from antflow.exceptions import (
    AntFlowError,
    BrokerConnectionError,
    CommandRefusedError,
    HistoryError,
    InspectionTimeoutError,
    NotFoundError,
    ResultBackendError,
    SearchError,
)
from antflow.web.security.refusal import RefusalError, error_response, is_our_api
from antflow.web.site import Site
from antflow.web.stream import TooManyStreamsError

STATUS: Final[dict[type[Exception], int]] = {
    NotFoundError: 404,
    SearchError: 400,
    CommandRefusedError: 409,
    InspectionTimeoutError: 503,
    BrokerConnectionError: 503,
    ResultBackendError: 503,
    HistoryError: 503,
    TooManyStreamsError: 429,
}
"""Of those errors whose text is meant for the person who asked."""


def status_of(error: Exception) -> int | None:
    """What an error is over HTTP; None for one that nobody foresaw."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), None)


def answer_errors(app: FastAPI, site: Site) -> None:
    """Give each kind of error its answer; what is not here is a defect, and answered with 500."""
    text = site.redactor.text

    async def known(request: Request, error: Exception) -> Response:
        status = status_of(error)
        if status is None:
            # a source of ours refuses so what cannot be done now; elsewhere nobody asked for it
            if not is_our_api(request.scope):
                raise error
            status = 409
        headers = {"retry-after": "5"} if status in {429, 503} else None
        position = getattr(error, "position", None)
        return error_response(request, status, text(str(error)), headers, position)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return error_response(request, error.status_code, text(str(error.detail)), error.headers)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusalError)
        return error_response(request, error.status, error.text, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return error_response(request, 422, text(_invalid(error)))

    async def too_deep(request: Request, error: Exception) -> Response:
        return error_response(request, 400, "the body is nested too deeply")

    app.add_exception_handler(AntFlowError, known)
    app.add_exception_handler(TooManyStreamsError, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RefusalError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(RecursionError, too_deep)


def _invalid(error: RequestValidationError) -> str:
    # without the input itself, which may be huge, or a secret
    parts = []
    for one in error.errors()[:5]:
        where = ".".join(str(step) for step in one["loc"])
        parts.append(f"{where}: {one['msg']}")
    return "; ".join(parts)[:1_000]
