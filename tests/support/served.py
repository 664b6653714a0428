"""A real server in a thread of its own, which a test can stop and start again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

import uvicorn
from processes import free_port
from starlette.types import ASGIApp

from antflow.source import Source
from antflow.web.listening import open_socket
from antflow.web.server import make_server
from antflow.web.settings import Settings

T = TypeVar("T")

SECONDS_TO_START = 30.0


class Served:
    """Sources, served as `antflow.web.serve` does it.

    Args:
        make_sources: makes the sources, anew for each start.
        settings: further settings, by name.

    Attributes:
        port: on 127.0.0.1; the same for each start.
        sources: those of the newest start.
    """

    def __init__(self, make_sources: Callable[[], Sequence[Source]], **settings: Any) -> None:
        self.port = free_port()
        self.sources: Sequence[Source] = ()
        self._make_sources = make_sources
        self._settings = Settings(port=self.port, **settings)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready = threading.Event()

    @property
    def url(self) -> str:
        """Without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Served:
        """Serve; returns when it answers."""
        self._ready.clear()
        self._thread = threading.Thread(target=self._serve, name="served", daemon=True)
        self._thread.start()
        assert self._ready.wait(SECONDS_TO_START), "the server did not start"
        return self

    def make(self) -> uvicorn.Server:
        """The server of one start."""
        self.sources = self._make_sources()
        return make_server(self.sources, self._settings, self._ready.set)

    def _serve(self) -> None:
        with open_socket(self._settings) as listener, asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._server = self.make()
            runner.run(self._server.serve([listener]))

    def stop(self) -> None:
        """End it; whoever is connected is cut off after some seconds."""
        server, thread = self._server, self._thread
        if server is not None and thread is not None:
            stop = getattr(server, "stop", None)
            if stop is not None:
                stop()
            server.should_exit = True
            thread.join(20)
            assert not thread.is_alive(), "the server did not end"

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 20.0) -> T:
        """Run a coroutine on the server's loop, where its sources live."""
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def __enter__(self) -> Served:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()


class ServedApp(Served):
    """Somebody's own ASGI application.

    Args:
        make_app: makes the application, anew for each start.
    """

    def __init__(self, make_app: Callable[[], ASGIApp]) -> None:
        super().__init__(list)
        self._make_app = make_app

    def make(self) -> uvicorn.Server:
        """The server of one start."""
        config = uvicorn.Config(
            self._make_app(),
            lifespan="on",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        return _Ready(config, self._ready)


class _Ready(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._ready.set()
