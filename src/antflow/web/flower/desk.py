"""`Desk`: what every handler is given, and what becomes of its answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from antflow.exceptions import NotFoundError
from antflow.web.encoding import encoded, plain
from antflow.web.flower.arguments import Arguments, arguments_of
from antflow.web.flower.refusal import refusal_of
from antflow.web.security.audit import note
from antflow.web.security.refusal import RefusalError
from antflow.web.site import Site

if TYPE_CHECKING:
    from antflow.cluster import Cluster

log = logging.getLogger("antflow.web")
JSON: Final = "application/json; charset=UTF-8"


@dataclass
class Desk:
    """One request of Flower's contract.

    Attributes:
        site: what the server's routes share.
        cluster: which cluster is asked: the first, or the one that `?cluster=` names.
        request: the request.
        arguments: its parameters, of the query and the form.
    """

    site: Site
    cluster: Cluster
    request: Request
    arguments: Arguments

    @property
    def target(self) -> str:
        """What the path names: a worker, a task, a task type."""
        return str(next(iter(self.request.path_params.values())))

    def known_worker(self, name: str) -> str:
        """The name, where such a worker is known.

        Raises:
            RefusalError: 404.
        """
        if name not in self.cluster.state.workers and name not in self.cluster.inspector.workers:
            raise RefusalError(404, f"Unknown worker {name!r}")
        return name


Handler = Callable[[Desk], Awaitable[Any]]


def endpoint(site: Site, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """A handler as an endpoint: its answer as JSON, its refusals as plain text."""

    async def answer(request: Request) -> Response:
        try:
            arguments = await arguments_of(request)
            cluster = _cluster(site, request.query_params.get("cluster"))
            desk = Desk(site, cluster, request, arguments)
            if request.path_params:
                note(request, verb=handler.__name__, target=desk.target)
                if not desk.target:
                    raise RefusalError(404, "not found")
            found = await handler(desk)
        except RefusalError as refusal:
            return _plain(site, refusal)
        except Exception as error:
            known = refusal_of(error)
            if known is None:
                raise
            return _plain(site, known)
        return found if isinstance(found, Response) else Response(encoded(found), media_type=JSON)

    answer.__doc__ = handler.__doc__
    return answer


async def options(request: Request) -> Response:
    """OPTIONS of any path of the contract: nothing to say."""
    return Response(status_code=204)


def _plain(site: Site, refusal: RefusalError) -> Response:
    return PlainTextResponse(plain(site.redactor.text(refusal.text)), refusal.status)


def _cluster(site: Site, name: str | None) -> Cluster:
    if name is not None:
        source = site.source(name)
    else:
        clusters = (source for source in site.sources.values() if source.kind == "cluster")
        source = next(clusters, None) or site.source()
    if source.kind != "cluster" or not hasattr(source, "inspector"):
        raise NotFoundError("Flower's routes tell of Celery clusters, and there is none here")
    return cast("Cluster", source)
