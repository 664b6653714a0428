"""The routes of sessions: log in, log out, and what the login page needs."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from antflow.web.security import audit
from antflow.web.security.authentication import address_of
from antflow.web.security.local_address import local_address
from antflow.web.security.login_page import STYLE, render
from antflow.web.security.refusal import RefusalError, base_path
from antflow.web.site import Site

if TYPE_CHECKING:
    from antflow.web.security.oauth.login import Login

# the browser goes on by itself, from a page of ours: a redirect would still count as the
# provider's doing, and the session's cookie would be held back
_GO_ON: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>antflow</title>
<meta http-equiv="refresh" content="0;url={address}"></head>
<body><p>Logged in. <a href="{address}">Go on</a></p></body></html>
"""
ANSWER: Final = frozenset({"code", "state", "error"})


def router(site: Site) -> APIRouter:
    """The routes."""
    routes = APIRouter(include_in_schema=False)
    desk = SessionDesk(site)
    routes.add_api_route("/login", desk.form, methods=["GET"])
    routes.add_api_route("/login", desk.login, methods=["POST"])
    routes.add_api_route("/logout", desk.logout, methods=["POST"])
    routes.add_api_route("/login.css", desk.style, methods=["GET"])
    routes.add_api_route("/oauth/start", desk.start, methods=["GET"])
    routes.add_api_route("/oauth/callback", desk.finish, methods=["GET"])
    return routes


class SessionDesk:
    """Begins and ends the sessions of a site."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._sessions = site.authentication.sessions

    async def form(self, request: Request) -> Response:
        """The login page; also an address for the provider's answer."""
        if ANSWER & request.query_params.keys():
            return await self.finish(request)
        address = local_address(request.query_params.get("next", ""))
        return self._page(request, address)

    async def login(self, request: Request) -> Response:
        """Begin a session with a name and a password."""
        form = await request.form(max_files=0, max_fields=10)
        name, password = _field(form, "name"), _field(form, "password")
        address = local_address(_field(form, "next"))
        audit.note(request, verb="login", target=name[:200])
        try:
            identity = await self._site.authentication.login(
                name, password.encode("utf-8", "replace"), address_of(request)
            )
        except RefusalError as refusal:
            return self._page(request, address, refusal)
        audit.note(request, who=identity.name)
        answer = _redirect(request, address)
        stamp = self._site.authentication.stamp_of(self._site.authentication.users[name])
        self._sessions.begin(request, answer, name, "basic", stamp=stamp)
        return answer

    async def logout(self, request: Request) -> Response:
        """End the session."""
        audit.note(request, verb="logout")
        answer = _redirect(request, "/login")
        self._sessions.end(request, answer)
        return answer

    async def style(self) -> Response:
        """The login page's style."""
        return Response(STYLE, media_type="text/css", headers={"cache-control": "no-cache"})

    async def start(self, request: Request) -> Response:
        """Send the browser to the provider."""
        address = local_address(request.query_params.get("next", ""))
        return await self._login().start(request, address)

    async def finish(self, request: Request) -> Response:
        """Take the provider's answer, and begin a session where it names somebody allowed."""
        login = self._login()
        person, address = await login.finish(request)
        identity = self._site.authentication.role_of(person.email, person.groups)
        if identity is None:
            raise RefusalError(403, "refused: the provider knows you, but nobody let you in here")
        target = html.escape(base_path(request.scope) + address[1:])
        answer = HTMLResponse(_GO_ON.format(address=target))
        login.forget(request, answer)
        self._sessions.begin(request, answer, identity.name, "oauth", groups=person.groups)
        return answer

    def _login(self) -> Login:
        if self._site.login is None:
            raise RefusalError(404, "no login by a provider is set up")
        return self._site.login

    def _page(
        self, request: Request, address: str, refusal: RefusalError | None = None
    ) -> Response:
        said = refusal.text if refusal else ""
        text = render(base_path(request.scope), self._site, next_address=address, said=said)
        if refusal is None:
            return HTMLResponse(text)
        return HTMLResponse(text, refusal.status, refusal.headers)


def _field(form: FormData, key: str) -> str:
    value = form.get(key, "")
    return value if isinstance(value, str) else ""


def _redirect(request: Request, address: str) -> RedirectResponse:
    return RedirectResponse(base_path(request.scope) + address[1:], 303)
