"""Posts alerts to their webhooks, on a thread of its own."""

from __future__ import annotations

import http.client
import logging
import threading
import urllib.error
import urllib.request
from queue import Full, Queue
from typing import Any

import msgspec

from antflow._version import __version__
from antflow.cluster.alerts import Alert

_logger = logging.getLogger("antflow")

MOST_WAITING = 1_000
"""Alerts that wait for a slow webhook; further ones are dropped, with a line in the log."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A webhook's owner does not choose where else our requests go."""

    def redirect_request(self, *_request: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


class Webhooks:
    """Delivers alerts in order; nothing of it runs on the event loop.

    Args:
        timeout: seconds for one attempt.
        attempts: how often an alert is tried.
        pause: seconds before the second attempt; doubled for each further one.
    """

    def __init__(self, *, timeout: float = 5.0, attempts: int = 3, pause: float = 1.0) -> None:
        self._timeout = timeout
        self._attempts = attempts
        self._pause = pause
        self._waiting: Queue[tuple[str, Alert] | None] = Queue(MOST_WAITING)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.failed = 0

    def post(self, url: str, alert: Alert) -> None:
        """Have an alert sent; returns at once."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(target=self._serve, name="antflow-alerts", daemon=True)
            self._thread.start()
        try:
            self._waiting.put_nowait((url, alert))
        except Full:
            self.failed += 1
            _logger.warning("alert %r dropped: its webhook is too slow", alert.rule)

    def stop(self, timeout: float = 2.0) -> None:
        """Send what waits, each once, for `timeout` seconds at most. Blocks."""
        thread, self._thread = self._thread, None
        self._stopping.set()
        if thread is not None:
            try:
                self._waiting.put_nowait(None)
            except Full:
                return
            thread.join(timeout)

    def _serve(self) -> None:
        while True:
            job = self._waiting.get()
            if job is None:
                return
            self._deliver(*job)

    def _deliver(self, url: str, alert: Alert) -> None:
        pause = self._pause
        for attempt in range(1, self._attempts + 1):
            try:
                _send(url, alert, self._timeout)
                return
            except (OSError, ValueError, http.client.HTTPException) as error:
                reason = str(error)
                if isinstance(error, urllib.error.HTTPError):
                    error.close()  # it holds the answer, and with it the connection
            if attempt == self._attempts or self._stopping.wait(pause):
                break
            pause *= 2
        self.failed += 1
        # Not the address: webhooks carry their secret in it.
        _logger.warning("alert %r could not be delivered: %s", alert.rule, reason)


def _send(url: str, alert: Alert, timeout: float) -> None:
    request = urllib.request.Request(
        url,
        data=msgspec.json.encode(alert),
        headers={"Content-Type": "application/json", "User-Agent": f"antflow/{__version__}"},
        method="POST",
    )
    with _OPENER.open(request, timeout=timeout) as answer:
        answer.read(1024)
