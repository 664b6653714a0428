"""`serve`: runs the server until it is told to stop."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

import uvicorn

from antflow.source import Source
from antflow.web.app import create_app
from antflow.web.listening import ListenError, address_shown, check_exposure, open_socket
from antflow.web.pages import are_built
from antflow.web.protocol import LARGEST_HEAD, GuardedProtocol
from antflow.web.settings import Settings
from antflow.web.site import Site
from antflow.web.stream import abortable

SECONDS_TO_END: Final = 3


class Server(uvicorn.Server):
    """A server that ends its streams as soon as it is told to stop.

    Args:
        config: uvicorn's.
        site: whose streams they are.
        on_ready: called once, when it listens and its sources have started.
    """

    def __init__(
        self, config: uvicorn.Config, site: Site, on_ready: Callable[[], None] | None = None
    ) -> None:
        super().__init__(config)
        self._site = site
        self._on_ready = on_ready
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        if self.started and not self.should_exit and self._on_ready is not None:
            self._on_ready()

    def stop(self) -> None:
        """Begin to shut down; may be called from any thread."""
        self.should_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._site.closing.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal told it to stop."""
        super().handle_exit(sig, frame)
        self.stop()


def make_server(
    sources: Sequence[Source],
    settings: Settings,
    on_ready: Callable[[], None] | None = None,
) -> Server:
    """A server that does not run yet.

    Raises:
        ExposedError: it would be open to other machines without authentication.
        ListenError: the certificate or its key cannot be read.
        AntFlowError, ValueError: as `create_app`.
    """
    check_exposure(settings)
    app = create_app(sources, settings)
    proxies = list(settings.trusted_proxies)
    config = uvicorn.Config(
        app,
        http=abortable(GuardedProtocol),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_graceful_shutdown=SECONDS_TO_END,
        ssl_certfile=settings.certfile,
        ssl_keyfile=settings.keyfile,
        ssl_ca_certs=settings.ca_certs,
        ssl_cert_reqs=ssl.CERT_REQUIRED if settings.ca_certs else ssl.CERT_NONE,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise ListenError(f"the certificate or its key cannot be read: {error}") from None
    return Server(config, app.state.site, on_ready)


def serve(
    source: Source | Sequence[Source],
    settings: Settings | None = None,
    *,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; streams end at once, requests have 3 seconds.

    Args:
        source: what to show; several as a sequence.
        settings: what the server is told.
        on_ready: called with the address to open, once it listens and its sources have started.

    Raises:
        ExposedError: it would be open to other machines without authentication.
        ListenError: the address is taken, or none of this machine's.
        AntFlowError, ValueError: as `create_app`.
    """
    settings = settings or Settings()
    sources = [source] if isinstance(source, Source) else list(source)
    check_exposure(settings)
    with open_socket(settings) as listener:
        shown = address_shown(settings, listener)
        server = make_server(sources, settings, lambda: _ready(shown, on_ready))
        server.run(sockets=[listener])
    if not server.started:
        raise ListenError("the server could not start; the log says why")


def _ready(shown: str, on_ready: Callable[[str], None] | None) -> None:
    if not are_built():
        # a person waits for pages, whether or not the program shows its log
        sys.stderr.write("The pages are not built: only the API is served.\n")
    if on_ready is not None:
        on_ready(shown)
