"""`WebDashboard`: `pipeline.run(items, dashboard="web")`."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from antflow.types import DashboardSnapshot, ErrorSummary, PipelineResult
from antflow.web.settings import Settings

if TYPE_CHECKING:
    from antflow.pipeline import Pipeline
    from antflow.source import Source
    from antflow.web.server import Server
    from antflow.web.sources.across_loops import AcrossLoops

GRACE: Final = 1.5
"""Seconds that those who watch have to get the final state."""

END_WITHIN: Final = 3.0
"""Seconds that the server has to end; its thread does not hold up the program beyond them."""


class WebDashboard:
    """The page of a run, in a browser, while the run goes on.

    It listens on this machine only, without authentication, and prints its address on stderr.
    It ends with the run: whoever watches at that moment gets the final state first, for which the
    run waits 1.5 seconds at most, and keeps it on the screen. Nobody watches: it ends at once.
    The next run of the same program is shown at the same address.

    The server has a thread and an event loop of its own, so that a task which blocks the
    pipeline's loop does not freeze the page that is there to show it.

    Args:
        port: where to listen on 127.0.0.1; None: 5555, or a free one where that is taken.
        name: of the pipeline, on the page.

    Attributes:
        address: to open in a browser; None while it does not run.
        needs_tracker: a pipeline without a tracker gets one, so that items can be looked up.

    Raises:
        ModuleNotFoundError: the extra `web` is not installed; names what is missing.
    """

    needs_tracker: ClassVar[bool] = True

    def __init__(self, *, port: int | None = None, name: str = "pipeline") -> None:
        check_extra()
        self.port = port
        self.name = name
        self.address: str | None = None
        self._source: AcrossLoops | None = None
        self._page: Page | None = None

    async def on_start(self, pipeline: Pipeline, total: int | None) -> None:
        """Listen, and print the address.

        Raises:
            ListenError: the port is taken, or the server could not start.
        """
        from antflow.web.sources.across_loops import AcrossLoops
        from antflow.web.sources.local import LocalSource

        before = pipeline.get_stats().items_fed
        expected = None if total is None else before + total
        self._source = AcrossLoops(LocalSource(pipeline, self.name, expected=expected))
        self._page = Page(self._source, settings_for(self.port))
        self.address = await self._page.open()
        sys.stderr.write(f"The page of this run: {self.address}\n{self._page.remark}")
        sys.stderr.flush()
        await self._source.follow()

    def on_update(self, snapshot: DashboardSnapshot) -> None:
        """Nothing: the page has a pace of its own."""

    async def on_finish(self, results: list[PipelineResult], summary: ErrorSummary) -> None:
        """Show the final state to those who watch, and end."""
        source, page = self._source, self._page
        self._source = self._page = self.address = None
        if source is None or page is None:
            return
        try:
            await source.finish(GRACE)
        finally:
            await page.close()


class Page:
    """A server in a thread of its own.

    Args:
        source: what it shows.
        settings: where it listens.

    Attributes:
        remark: a line for people, where something is amiss; else empty.
    """

    def __init__(self, source: Source, settings: Settings) -> None:
        from antflow.web.listening import address_shown, open_socket
        from antflow.web.pages import are_built
        from antflow.web.server import make_server

        self.remark = "" if are_built() else "The pages are not built: there is the API only.\n"
        self._loop = asyncio.get_running_loop()
        self._ready = asyncio.Event()
        self._over = asyncio.Event()
        self._server: Server = make_server([source], settings, lambda: self._tell(self._ready))
        self._listener = open_socket(settings)
        self._address = address_shown(settings, self._listener)
        self._thread = threading.Thread(target=self._serve, name="antflow-web", daemon=True)

    async def open(self) -> str:
        """Serve; returns the address once it answers.

        Raises:
            ListenError: the server could not start.
        """
        from antflow.web.listening import ListenError

        self._thread.start()
        waits = [asyncio.ensure_future(event.wait()) for event in (self._ready, self._over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        except BaseException:
            self._server.stop()
            raise
        finally:
            for wait in waits:
                wait.cancel()
        if not self._ready.is_set():
            raise ListenError("the server could not start; the log says why")
        return self._address

    async def close(self) -> None:
        """End; whoever is connected is cut off after 3 seconds."""
        self._server.stop()
        try:
            await asyncio.wait_for(self._over.wait(), END_WITHIN)
        except TimeoutError:
            return
        self._thread.join(END_WITHIN)

    def _serve(self) -> None:
        try:
            with self._listener:
                self._server.run(sockets=[self._listener])
        finally:
            self._tell(self._over)

    def _tell(self, event: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(event.set)


def settings_for(port: int | None) -> Settings:
    """Settings to listen on 127.0.0.1: at this port, or by None at 5555 or a free one.

    Raises:
        ListenError: there is no port to listen on.
    """
    from antflow.web.listening import ListenError, open_socket

    usual = Settings()
    if port is not None:
        return Settings(port=port)
    try:
        open_socket(usual).close()
    except ListenError:
        return Settings(port=0)
    return usual


def check_extra() -> None:
    """See to it that the server can be imported.

    Raises:
        ModuleNotFoundError: a package of the extra `web` is missing.
    """
    try:
        importlib.import_module("antflow.web.server")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "antflow":
            raise
        text = f"the dashboard 'web' needs the extra web, antflow[web]; there is no {error.name}"
        raise ModuleNotFoundError(text, name=error.name) from error
