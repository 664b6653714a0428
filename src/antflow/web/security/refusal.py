"""How a refusal or an error is told: JSON under /api/v1, plain text everywhere else."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from antflow.web.encoding import encoded, plain


class RefusalError(Exception):
    """A request is not let through; `status` and the text are the answer."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.text = text
        self.headers = dict(headers or {})
        super().__init__(text)


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


def route_path(scope: Scope) -> str:
    """The path inside the site: without the prefix of a proxy or of a mount; `/` at least."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    return path or "/"


def base_path(scope: Scope) -> str:
    """The path that the site stands under, with a slash at both ends."""
    return f"{scope.get('root_path', '').rstrip('/')}/"


def is_our_api(scope: Scope) -> bool:
    """Whether errors are JSON here."""
    path = route_path(scope)
    return path == "/api/v1" or path.startswith("/api/v1/")


def error_response(
    request: HTTPConnection,
    status: int,
    text: str,
    headers: Mapping[str, str] | None = None,
    position: int | None = None,
) -> Response:
    """An error in the form that the routes of this address promise."""
    if is_our_api(request.scope):
        body = encoded(Problem(text, status, position))
        return Response(body, status, headers, media_type="application/json")
    return PlainTextResponse(plain(text), status, headers)
