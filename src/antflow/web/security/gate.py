"""`Gate`: what every request passes before a route sees it, and every answer on its way out."""

from __future__ import annotations

import logging
import traceback
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from antflow.web.security.authentication import challenge
from antflow.web.security.bodies import read_body, replay
from antflow.web.security.exchange import Exchange
from antflow.web.security.hosts import SAFE_METHODS, HostList, check_origin
from antflow.web.security.identity import SCOPE_KEY, Identity
from antflow.web.security.login_page import login_page
from antflow.web.security.permissions import (
    NOT_CALLED,
    SESSION,
    called_task,
    may_call,
    methods_of,
    permission_for,
)
from antflow.web.security.refusal import RefusalError, error_response, route_path
from antflow.web.site import Site

log = logging.getLogger("antflow.web")

LONGEST_PATH: Final = 4_096
LOGIN_BODY: Final = 16_384
STREAM: Final = "/api/v1/stream"


class Gate:
    """ASGI middleware: sizes, Host, Origin, identity, permission, read-only, audit.

    Args:
        app: what is behind it.
        site: the server's settings and guards.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site
        self._hosts = HostList(site.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(_under_prefix(scope, self._site.settings.prefix))
        exchange = Exchange(request, self._site, send)
        try:
            await self._pass(request, receive, exchange)
        except RefusalError as refusal:
            await self._refuse(request, receive, exchange, refusal)
        except Exception as error:
            await self._fail(request, receive, exchange, error)
        finally:
            exchange.record()

    async def _pass(self, request: HTTPConnection, receive: Receive, exchange: Exchange) -> None:
        scope = request.scope
        method, path = scope["method"], route_path(scope)
        self._check_form(request, method, path)
        identity = await self._site.authentication.identify(request)
        scope[SCOPE_KEY] = identity
        self._check_permission(identity, method, path)
        if method not in SAFE_METHODS:
            exchange.body = await self._body(request, receive, path)
            await self._app(scope, replay(exchange.body, receive), exchange.send)
        elif path == STREAM:
            await exchange.until(self._site.closing, self._app(scope, receive, exchange.send))
        else:
            await self._app(scope, receive, exchange.send)

    def _check_form(self, request: HTTPConnection, method: str, path: str) -> None:
        settings = self._site.settings
        if len(request.scope["query_string"]) > settings.max_query:
            raise RefusalError(414, f"the query is longer than {settings.max_query} bytes")
        if len(path) > LONGEST_PATH:
            raise RefusalError(414, f"the path is longer than {LONGEST_PATH} characters")
        host = self._hosts.check(request.headers)
        if method not in SAFE_METHODS:
            has_session = self._site.authentication.sessions.is_sent(request)
            check_origin(request.headers, host, has_session=has_session)

    def _check_permission(self, identity: Identity, method: str, path: str) -> None:
        needed = permission_for(method, path, metrics_auth=self._site.settings.metrics_auth)
        if not identity.may(needed or "viewer"):
            if identity.role is None:
                raise RefusalError(*self._who_are_you())
            raise RefusalError(403, f"this needs the role {needed}; {identity.name} has not got it")
        task = called_task(path)
        if task is not None and not may_call(task, self._site.settings.apply_tasks):
            raise RefusalError(403, NOT_CALLED)
        if needed is None:
            methods = methods_of(path)
            if methods:
                raise RefusalError(405, "method not allowed", {"allow": ", ".join(methods)})
            raise RefusalError(404, "not found")
        is_change = method not in SAFE_METHODS and (method, path) not in SESSION
        if is_change and self._site.settings.read_only:
            raise RefusalError(403, "refused: this server is read-only")

    def _who_are_you(self) -> tuple[int, str]:
        if self._site.authentication.is_configured:
            return 401, "unauthorized: say who you are"
        return (
            403,
            "refused: only this machine is answered without authentication",
        )

    async def _body(self, request: HTTPConnection, receive: Receive, path: str) -> bytes:
        settings = self._site.settings
        limit = min(LOGIN_BODY, settings.max_body) if path == "/login" else settings.max_body
        return await read_body(receive, request.headers, limit, settings.body_timeout)

    async def _refuse(
        self, request: HTTPConnection, receive: Receive, exchange: Exchange, refusal: RefusalError
    ) -> None:
        headers = refusal.headers
        if refusal.status == 401:
            headers = {**challenge(request.headers), **headers}
            page = login_page(request, self._site)
            if page is not None:
                await page(request.scope, receive, exchange.send)
                return
        answer = error_response(request, refusal.status, refusal.text, headers)
        await answer(request.scope, receive, exchange.send)

    async def _fail(
        self, request: HTTPConnection, receive: Receive, exchange: Exchange, error: Exception
    ) -> None:
        text = "".join(traceback.format_exception(error))
        where = f"{request.scope['method']} {route_path(request.scope)}"
        log.error("%s failed:\n%s", where, self._site.redactor.text(text))
        if not exchange.is_started:
            answer = error_response(request, 500, "internal server error")
            await answer(request.scope, receive, exchange.send)


def _under_prefix(scope: Scope, prefix: str) -> Scope:
    """The scope under the prefix, whether or not the proxy in front strips it from the path."""
    root = scope.get("root_path", "")
    if not prefix or root.endswith(prefix):
        return scope
    path: str = scope["path"]
    inside = path.removeprefix(root)
    if not (inside == prefix or inside.startswith(prefix + "/")):
        inside = prefix + inside
    return {**scope, "path": root + inside, "root_path": root + prefix}
