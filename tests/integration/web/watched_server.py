"""A server of its own process that the tests of the stream watch: `watched_server.py patience`."""

from __future__ import annotations

import sys

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from antflow.web import create_app
from antflow.web.sources import FakeSource
from antflow.web.stream import Streams, abortable


def main() -> None:
    patience = float(sys.argv[1])
    Streams.__init__.__kwdefaults__["patience"] = patience
    # Large enough that a viewer which does not read fills every buffer on the way within seconds.
    source = FakeSource("s", kind="pipeline", workers=200, tasks=5_000, rate=400.0)
    config = uvicorn.Config(
        create_app([source]), http=abortable(H11Protocol), port=0, log_level="warning"
    )
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.listen(512)
    print(listener.getsockname()[1], flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
