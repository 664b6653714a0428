"""What is known of the connection to the broker: up or down, why, for how long, what was lost."""

from __future__ import annotations

import time

SILENT_AFTER = 2.5  # seconds without a sign of life from the broker; said within 3
SAID_FOR = 60.0  # seconds for which a past mishap stays in the reason


class Link:
    """Written by the receiving thread, read by anyone.

    Attributes:
        connected: whether events can come now.
        address: the broker's, without password.
        error: why the last attempt failed.
        alive_at: monotonic time of the broker's last sign of life.
        received: events that came.
        malformed: messages and entries that could not be read.
        last_event: Unix time at which the newest came.
        reconnects: how often a connection was made after one was lost.
        cuts: how often the server itself ended the connection, being alive.
    """

    def __init__(self) -> None:
        self.connected = False
        self.address = ""
        self.error: str | None = None
        self.alive_at = time.monotonic()
        self.received = 0
        self.malformed = 0
        self.last_event: float | None = None
        self.reconnects = -1
        self.cuts = 0
        self._cut_at: float | None = None
        self._deaf = 0.0
        self._deaf_since: float | None = None

    def started(self) -> None:
        """The receiver begins; deaf until connected."""
        self._deaf_since = self.alive_at = time.monotonic()

    def alive(self) -> None:
        """The broker gave a sign of life."""
        self.alive_at = time.monotonic()

    def up(self) -> float | None:
        """Connected now; the seconds it was deaf, None the first time."""
        now = time.monotonic()
        gone = now - self._deaf_since if self._deaf_since is not None else 0.0
        self._deaf += gone
        self._deaf_since = None
        self.alive_at = now
        self.connected = True
        self.error = None
        self.reconnects += 1
        return gone if self.reconnects > 0 else None

    def down(self, error: BaseException | None) -> None:
        """Not connected: the connection was lost, could not be made, or is no longer wanted."""
        self.connected = False
        if error is not None:
            self.error = _text(error)
        if self._deaf_since is None:
            self._deaf_since = self.alive_at

    def stopped(self) -> None:
        """Nobody listens, and nobody wants to."""
        self._deaf = self.deaf()
        self._deaf_since = None
        self.connected = False
        self.error = None

    def came(self, events: int) -> None:
        """That many events came."""
        self.received += events
        self.last_event = time.time()

    def cannot_read(self, count: int = 1) -> None:
        """So many messages or entries could not be read."""
        self.malformed += count

    def cut(self) -> None:
        """The server ended the connection while it was well."""
        self.cuts += 1
        self._cut_at = time.monotonic()

    def deaf(self) -> float:
        """Seconds in all during which no event could come."""
        since = self._deaf_since
        return self._deaf + (time.monotonic() - since if since is not None else 0.0)

    def silent(self) -> float:
        """Seconds since the broker's last sign of life."""
        return time.monotonic() - self.alive_at

    def reason(self) -> str | None:
        """Why what is shown cannot be trusted; None where it can."""
        if not self.connected:
            return f"no connection to {self.address or 'the broker'}: {self.error or 'connecting'}"
        if self.silent() > SILENT_AFTER:
            return f"{self.address} has been silent for {self.silent():.0f} s"
        if self._cut_at is not None and time.monotonic() - self._cut_at < SAID_FOR:
            return (
                f"{self.address} cut the connection, as Redis does with a subscriber that is "
                "behind (client-output-buffer-limit pubsub); events were lost"
            )
        return None


def _text(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0][:300]
    return text or type(error).__name__
