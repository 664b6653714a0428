"""`Site`: what the routes of one server share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from antflow.exceptions import NotFoundError
from antflow.redaction import Redactor
from antflow.source import Source

if TYPE_CHECKING:
    from antflow.web.security.audit import Audit
    from antflow.web.security.authentication import Authentication
    from antflow.web.security.oauth.login import Login
    from antflow.web.settings import Settings

Step = Callable[[], Awaitable[object]]
STOP_SECONDS: Final = 5.0

log = logging.getLogger("antflow.web")


@dataclass
class Site:
    """One server's sources, settings and guards; `request.app.state.site`.

    Attributes:
        sources: by name, in order; the first is the default.
        settings: what the server was told.
        redactor: hides secrets on the way out.
        audit: who asked for which change.
        authentication: who is who.
        login: the way by a provider; None where none is set up.
        on_start: awaited once, in order, after the sources were started.
        on_stop: awaited once, the newest first, before they are stopped.
        closing: set when the server begins to shut down; streams end then.
    """

    sources: Mapping[str, Source]
    settings: Settings
    redactor: Redactor
    audit: Audit
    authentication: Authentication
    login: Login | None = None
    on_start: list[Step] = field(default_factory=list)
    on_stop: list[Step] = field(default_factory=list)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def source(self, name: str | None = None) -> Source:
        """The source of that name; the first without one.

        Raises:
            NotFoundError: there is none of that name; the text names those that are.
        """
        if not name:
            return next(iter(self.sources.values()))
        try:
            return self.sources[name]
        except KeyError:
            known = ", ".join(self.sources)
            raise NotFoundError(f"no source {name!r}; there are: {known}") from None

    async def start(self) -> None:
        """Start the sources, side by side; one that cannot start is shown, not fatal."""
        self.closing.clear()
        sources = list(self.sources.values())
        outcomes = await asyncio.gather(*(s.start() for s in sources), return_exceptions=True)
        for source, outcome in zip(sources, outcomes, strict=True):
            if isinstance(outcome, Exception):
                said = self.redactor.text(str(outcome))
                log.error("the source %s could not start: %s", source.name, said)
            elif outcome is not None:
                raise outcome
        for step in self.on_start:
            await step()

    async def stop(self) -> None:
        """End the streams, then stop the sources; each has 5 seconds."""
        self.closing.set()
        for step in reversed(self.on_stop):
            await self._bounded(step, "a part of the server")
        stops = (self._bounded(s.stop, f"the source {s.name}") for s in self.sources.values())
        await asyncio.gather(*stops)

    async def _bounded(self, step: Step, what: str) -> None:
        try:
            await asyncio.wait_for(step(), STOP_SECONDS)
        except TimeoutError:
            log.warning("%s did not stop within %g s", what, STOP_SECONDS)
        except Exception as error:
            log.error("%s failed to stop: %s", what, self.redactor.text(repr(error)))


def by_name(sources: Sequence[Source]) -> dict[str, Source]:
    """Sources by name, in their order.

    Raises:
        ValueError: there is none, or two have the same name.
    """
    if not sources:
        raise ValueError("a server needs at least one source")
    named = {source.name: source for source in sources}
    if len(named) < len(sources):
        names = ", ".join(source.name for source in sources)
        raise ValueError(f"two sources have the same name: {names}")
    return named
