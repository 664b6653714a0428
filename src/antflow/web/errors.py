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

STATUS: Final[dict[type[AntFlowError], int]] = {
    NotFoundError: 404,
    SearchError: 400,
    CommandRefusedError: 409,
    InspectionTimeoutError: 503,
    BrokerConnectionError: 503,
    ResultBackendError: 503,
    HistoryError: 503,
}
"""Of those errors whose text is meant for the person who asked."""


def answer_errors(app: FastAPI, site: Site) -> None:
    """Give each kind of error its answer; what is not here is a defect, and answered with 500."""

    def answer(request: Request, status: int, text: str) -> Response:
        return error_response(request, status, site.redactor.text(text))

    async def known(request: Request, error: Exception) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        return answer(request, status, str(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        text = site.redactor.text(str(error.detail))
        return error_response(request, error.status_code, text, error.headers)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, RefusalError)
        return error_response(request, error.status, error.text, error.headers)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, 422 if is_our_api(request.scope) else 400, _first(error))

    async def too_deep(request: Request, error: Exception) -> Response:
        return answer(request, 400, "the body is nested too deeply")

    for kind in STATUS:
        app.add_exception_handler(kind, known)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RefusalError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(RecursionError, too_deep)


def _first(error: RequestValidationError) -> str:
    # without the input itself, which may be huge, or a secret
    told = error.errors()[0] if error.errors() else {}
    where = ".".join(str(part) for part in told.get("loc", ()))[:200]
    return f"{where}: {str(told.get('msg', 'invalid'))[:300]}"
