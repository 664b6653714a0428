"""The one table of who may call which route. A route that is not in it answers nobody."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Sequence
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.routing import compile_path

from antflow.source import Verb
from antflow.web.security.identity import ROLES, Identity, Permission, require

Table = dict[tuple[str, str], Permission]

SESSION: Final[Table] = {
    ("GET", "/login"): "public",
    ("POST", "/login"): "public",
    ("GET", "/login.css"): "public",
    ("POST", "/logout"): "public",
    ("GET", "/oauth/start"): "public",
    ("GET", "/oauth/callback"): "public",
}

PAGES: Final[Table] = {
    ("GET", "/static/{file:path}"): "public",
    ("GET", "/favicon.ico"): "public",
    **{
        ("GET", path): "viewer"
        for path in (
            *("/", "/pipelines", "/pipelines/{rest:path}", "/workers", "/worker/{rest:path}"),
            *("/tasks", "/task/{rest:path}", "/queues", "/queue/{rest:path}", "/failures"),
            *("/events", "/schedule", "/about", "/broker", "/dashboard"),
        )
    },
}

SOURCE: Final = "/api/v1/sources/{source}"

API: Final[Table] = {
    ("GET", "/api/v1/session"): "viewer",
    ("GET", "/api/v1/sources"): "viewer",
    **{
        ("GET", SOURCE + path): "viewer"
        for path in (
            *("/frame", "/workers", "/workers/{name:path}", "/tasks", "/tasks.csv", "/tasks.json"),
            *("/tasks/{id:path}", "/queues", "/failures", "/groups", "/schedule", "/events"),
            *("/search", "/report.html", "/spans"),
        )
    },
    # what a verb needs beyond this is checked where the verb is known: `authorize_verb`
    ("POST", SOURCE + "/commands/{verb}"): "operator",
    ("GET", "/api/v1/stream"): "viewer",
    ("GET", "/api/v1/about"): "viewer",
    ("GET", "/api/v1/audit"): "admin",
    ("GET", "/api/v1/openapi.json"): "viewer",
    ("GET", "/api/docs"): "viewer",
}

FLOWER: Final[Table] = {
    # public unless `metrics_auth` says otherwise: see `permission_for`
    ("GET", "/metrics"): "public",
    ("GET", "/healthcheck"): "public",
    **{
        ("GET", "/api" + path): "viewer"
        for path in (
            *("/workers", "/tasks", "/task/types", "/queues/length"),
            *("/task/info/{id:path}", "/task/result/{id:path}"),
        )
    },
    **{
        ("POST", "/api" + path): "operator"
        for path in (
            *("/worker/shutdown/{worker:path}", "/worker/pool/restart/{worker:path}"),
            *("/worker/pool/grow/{worker:path}", "/worker/pool/shrink/{worker:path}"),
            *("/worker/pool/autoscale/{worker:path}", "/worker/queue/add-consumer/{worker:path}"),
            *("/worker/queue/cancel-consumer/{worker:path}", "/task/abort/{id:path}"),
            *(
                "/task/revoke/{id:path}",
                "/task/timeout/{name:path}",
                "/task/rate-limit/{name:path}",
            ),
        )
    },
    ("POST", "/api/task/apply/{name:path}"): "admin",
    ("POST", "/api/task/async-apply/{name:path}"): "admin",
    ("POST", "/api/task/send-task/{name:path}"): "admin",
}

PERMISSIONS: Final[Table] = {**SESSION, **PAGES, **API, **FLOWER}
"""Permission by method and path template, as in the route's own decorator."""

NOT_CALLED: Final = "refused: this task may not be called from here"
_CALLS: Final = re.compile(r"/api/task/(?:apply|async-apply|send-task)/(.*)", re.DOTALL)
MONITORING: Final = frozenset({"/metrics", "/healthcheck"})
_ORDER: Final[tuple[Permission, ...]] = ("public", *ROLES)


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    return compile_path(template)[0]


@functools.lru_cache(maxsize=4_096)
def templates_of(path: str) -> tuple[str, ...]:
    """The templates of the table that a path, without prefix, answers to."""
    templates = dict.fromkeys(template for _, template in PERMISSIONS)
    return tuple(template for template in templates if _pattern(template).match(path))


def permission_for(method: str, path: str, *, metrics_auth: bool = False) -> Permission | None:
    """What a request needs; None where no route of the table answers it.

    Where several templates fit, the strictest counts: a router may choose any of them. HEAD and
    OPTIONS need what GET does, or what the route's own method does.
    """
    templates = templates_of(path)
    rows = [_row(method, template) for template in templates]
    found = [permission for permission in rows if permission is not None]
    if not found:
        return None
    if metrics_auth and not MONITORING.isdisjoint(templates):
        found.append("viewer")
    return max(found, key=_ORDER.index)


def _row(method: str, template: str) -> Permission | None:
    own = PERMISSIONS.get((method, template))
    if own is not None or method not in ("HEAD", "OPTIONS"):
        return own
    others = [p for (_, other), p in PERMISSIONS.items() if other == template]
    return PERMISSIONS.get(("GET", template)) or max(others, key=_ORDER.index)


def methods_of(path: str) -> tuple[str, ...]:
    """The methods that a path answers to; empty where there is no such path."""
    templates = templates_of(path)
    return tuple(sorted({method for method, template in PERMISSIONS if template in templates}))


def authorize_verb(request: HTTPConnection, verb: Verb, target: str | None = None) -> Identity:
    """Who sent this request, where they may do what the verb says to this target.

    Raises:
        HTTPException: 403, with the reason.
    """
    identity = require(request, verb.role)
    if verb.name == "apply":
        authorize_task(request, target or "")
    return identity


def authorize_task(request: HTTPConnection, task_name: str) -> None:
    """Refuse the call of a task over HTTP that the setting `apply_tasks` does not name.

    Raises:
        HTTPException: 403.
    """
    if not may_call(task_name, request.app.state.site.settings.apply_tasks):
        raise HTTPException(403, NOT_CALLED)


def may_call(task_name: str, allowed: Sequence[str]) -> bool:
    """Whether one of the patterns, with `*` and `?`, is the task's; without patterns all are."""
    return not allowed or any(fnmatch.fnmatchcase(task_name, pattern) for pattern in allowed)


def called_task(path: str) -> str | None:
    """The task that a request to one of Flower's addresses calls; None for any other address."""
    found = _CALLS.fullmatch(path)
    return found[1] if found else None
