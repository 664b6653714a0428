"""`create_app`: puts sources, routes and guards together."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from antflow import __version__
from antflow.redaction import DEFAULT, Redactor
from antflow.redaction.redactor import Hook
from antflow.source import Source
from antflow.web.errors import answer_errors
from antflow.web.security.audit import Audit
from antflow.web.security.authentication import Authentication
from antflow.web.security.gate import Gate
from antflow.web.settings import Settings
from antflow.web.site import Site, by_name

if TYPE_CHECKING:
    from antflow.web.security.oauth.login import Login

log = logging.getLogger("antflow.web")

PARTS: Final = (
    "antflow.web.security.session_routes",
    "antflow.web.api",
    "antflow.web.flower",
    "antflow.web.pages",
)
"""Modules with a `router(site)`; in the order in which they are asked."""


def create_app(
    sources: Sequence[Source], settings: Settings | None = None, *, redact: Hook | None = None
) -> FastAPI:
    """The whole server as an ASGI application; it starts and stops the sources in its lifespan.

    Args:
        sources: what it shows; the first is the default.
        settings: what it is told; all defaults without.
        redact: called with (key, value) for every value of a mapping that is shown and with
            ("", text) for every text; what it returns is shown instead.

    Raises:
        ValueError: no source, two of one name, or a pattern for secrets that is none.
        AccountError: users or tokens cannot be read.
        AllowListError: `oauth_allow` cannot be read.
        ProviderError: the settings of the login by a provider are not whole.
    """
    site = make_site(sources, settings or Settings(), redact)
    app = FastAPI(
        title="antflow",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.site = site
    answer_errors(app, site)
    for part in PARTS:
        # as they are: `include_router` would work out every route once more
        app.router.routes.extend(importlib.import_module(part).router(site).routes)
    app.add_middleware(Gate, site=site)
    return app


def make_site(sources: Sequence[Source], settings: Settings, redact: Hook | None = None) -> Site:
    """What the routes share; raises as `create_app` does."""
    return Site(
        sources=by_name(sources),
        settings=settings,
        redactor=Redactor((*DEFAULT, *settings.redact), redact),
        audit=Audit(settings.audit_file),
        authentication=Authentication(settings),
        login=_login(settings),
    )


def _login(settings: Settings) -> Login | None:
    if settings.oauth_provider is None:
        return None
    # what it takes to log in at a provider fills 10 MB, which few need
    login = importlib.import_module("antflow.web.security.oauth.login")
    found: Login | None = login.make_login(settings)
    return found


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    site: Site = app.state.site
    try:
        await site.start()
        yield
    finally:
        await site.stop()
        site.authentication.verifier.close()
