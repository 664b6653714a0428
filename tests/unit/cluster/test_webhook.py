"""Delivery of alerts to a real HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from typing import Any

import pytest

from antflow.cluster.alerts import Alert
from antflow.cluster.webhook import Webhooks

ALERT = Alert("rule", "stale", "started", "cluster", 1.0, None, "cluster: rule started")


class Receiver:
    """Answers with the statuses given, in order, then with 200."""

    def __init__(self) -> None:
        self.bodies: Queue[dict[str, Any]] = Queue()
        self.statuses: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Location", outer.url)
                self.end_headers()
                outer.bodies.put(json.loads(body))

            def log_message(self, *args: Any) -> None:
                """Nothing on the terminal."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def webhooks() -> Iterator[Webhooks]:
    made = Webhooks(timeout=5.0, pause=0.01)
    yield made
    made.stop()


def test_an_alert_arrives_as_json(receiver: Receiver, webhooks: Webhooks) -> None:
    webhooks.post(receiver.url, ALERT)
    body = receiver.bodies.get(timeout=10)
    assert (body["rule"], body["status"], body["source"]) == ("rule", "started", "cluster")


def test_a_failed_attempt_is_repeated(receiver: Receiver, webhooks: Webhooks) -> None:
    receiver.statuses = [500, 503]
    webhooks.post(receiver.url, ALERT)
    for _ in range(3):
        receiver.bodies.get(timeout=10)
    webhooks.stop()
    assert webhooks.failed == 0


def test_after_the_last_attempt_it_is_given_up(
    receiver: Receiver, webhooks: Webhooks, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.statuses = [500, 500, 500]
    webhooks.post(receiver.url + "secret", ALERT)
    for _ in range(3):
        receiver.bodies.get(timeout=10)
    webhooks.stop()
    assert webhooks.failed == 1
    assert "could not be delivered" in caplog.text
    assert "secret" not in caplog.text


def test_a_redirect_is_not_followed(receiver: Receiver, webhooks: Webhooks) -> None:
    receiver.statuses = [307, 302, 301]
    webhooks.post(receiver.url, ALERT)
    for _ in range(3):
        receiver.bodies.get(timeout=10)
    webhooks.stop()
    assert webhooks.failed == 1
    assert receiver.bodies.empty()
