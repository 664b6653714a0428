"""Asking workers that started without -E to send events, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from typing import Any

from antflow.cluster.events.connection import connected

_logger = logging.getLogger("antflow.cluster.events")


class Enabler:
    """Sends `enable_events`, to all workers or to some, never on the caller's thread.

    Args:
        app: the Celery app.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._wanted = threading.Condition()
        self._everyone = False
        self._names: set[str] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="antflow-enable", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout: float) -> bool:
        """End the thread, waiting for it; whether it ended."""
        with self._wanted:
            self._stopped = True
            self._wanted.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def everyone(self) -> None:
        """Ask all workers, once."""
        with self._wanted:
            self._everyone = True
            self._wanted.notify()

    def some(self, names: set[str]) -> None:
        """Ask these workers, once."""
        with self._wanted:
            self._names |= names
            self._wanted.notify()

    def _run(self) -> None:
        while True:
            with self._wanted:
                while not (self._everyone or self._names or self._stopped):
                    self._wanted.wait()
                if self._stopped:
                    return
                destination = None if self._everyone else sorted(self._names)
                self._everyone = False
                self._names.clear()
            self._ask(destination)

    def _ask(self, destination: list[str] | None) -> None:
        """Send; what fails is asked for again after the next connect, so it is only noted."""
        try:
            with connected(self._app) as connection:
                mailbox = self._app.control.mailbox(connection)
                mailbox.producer_pool = None  # the app's pool has no bound on its waits
                mailbox.cast(destination, "enable_events")
        except Exception as error:
            _logger.debug("enable_events: %s", error)
