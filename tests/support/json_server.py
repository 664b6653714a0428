"""A small HTTP server of JSON, whose answers are functions of the test."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]
Get = Callable[[str, Mapping[str, str]], Answer]
Post = Callable[[dict[str, str]], Answer]


@contextmanager
def json_server(get: Get, post: Post) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1; gives the address.

    Args:
        get: of the path and the headers, by lower-case name; gives status and body.
        post: of the form's fields; gives status and body.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(
                *get(self.path, {name.lower(): value for name, value in self.headers.items()})
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            self._send(*post(dict(urllib.parse.parse_qsl(body))))

        def _send(self, status: int, values: Any) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(values).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
