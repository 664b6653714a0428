"""The page that asks who you are: plain HTML, no script."""

from __future__ import annotations

import html
import urllib.parse
from typing import TYPE_CHECKING, Final

from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, Response

from antflow.web.security.authentication import challenge
from antflow.web.security.permissions import PAGES, templates_of
from antflow.web.security.refusal import base_path, route_path

if TYPE_CHECKING:
    from antflow.web.site import Site

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>antflow: log in</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{base}login.css"></head>
<body><main><h1>antflow</h1>{said}{form}{provider}</main></body></html>
"""
_FORM: Final = """<form method="post" action="{base}login">
<input type="hidden" name="next" value="{next}">
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password"
 required></label>
<button type="submit">Log in</button></form>"""
_PROVIDER: Final = """<p><a class="provider" href="{base}oauth/start?next={next}">Log in with
 {provider}</a></p>"""

STYLE: Final = """:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}
main{width:min(22rem,90vw)}h1{font-size:1.4rem}label{display:block;margin:.8rem 0}
input{display:block;width:100%;box-sizing:border-box;font:inherit;padding:.5rem}
button,.provider{font:inherit;padding:.5rem 1rem}.said{font-weight:600}
"""


def login_page(request: HTTPConnection, site: Site) -> Response | None:
    """The page in place of the one asked for, with 401; None where no browser asks for a page."""
    is_page = any(
        ("GET", template) in PAGES for template in templates_of(route_path(request.scope))
    )
    if request.scope["method"] != "GET" or not is_page:
        return None
    if "text/html" not in request.headers.get("accept", ""):
        return None
    query = request.scope["query_string"].decode("latin-1")
    address = route_path(request.scope) + (f"?{query}" if query else "")
    text = render(base_path(request.scope), site, next_address=address)
    return HTMLResponse(text, 401, challenge(request.headers))


def render(base: str, site: Site, *, next_address: str = "/", said: str = "") -> str:
    """The page's HTML; `said` tells why it is shown again."""
    base = html.escape(base)
    form = _FORM.format(base=base, next=html.escape(next_address))
    provider = ""
    if site.settings.oauth_provider:
        quoted = urllib.parse.quote(next_address, safe="")
        name = html.escape(site.settings.oauth_provider)
        provider = _PROVIDER.format(base=base, next=quoted, provider=name)
    return _PAGE.format(
        base=base,
        said=f'<p class="said" role="alert">{html.escape(said)}</p>' if said else "",
        form=form if site.authentication.users else "",
        provider=provider,
    )
