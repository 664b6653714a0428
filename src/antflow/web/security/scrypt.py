"""Verifies passwords off the loop, and remembers for five minutes which were right."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from antflow.web.security.accounts import User
from antflow.web.security.passwords import LONGEST, hash_password, verify
from antflow.web.security.refusal import RefusalError

REMEMBERED: Final = 300.0
KNOWN: Final = 1_000
WAITING: Final = 32


class Verifier:
    """Says whether a name and a password belong together.

    At most two are checked at a time and 32 wait: each check takes 32 MB and up to half a second
    of a processor.
    """

    def __init__(
        self, users: Mapping[str, User], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._users = users
        self._clock = clock
        self._key = os.urandom(32)
        self._right: dict[bytes, float] = {}
        self._running: dict[bytes, asyncio.Future[bool]] = {}
        self._threads = ThreadPoolExecutor(2, "antflow-scrypt")
        # somebody unknown must take as long as somebody known
        self._nobody = hash_password(os.urandom(16).hex()) if users else ""

    def remembers(self, name: str, password: bytes) -> bool:
        """Whether this very pair was right within the last five minutes."""
        until = self._right.get(self._mark(name, password))
        return until is not None and self._clock() < until

    async def check(self, name: str, password: bytes) -> bool:
        """Whether the pair is right; the same pair asked for at once is checked once.

        Raises:
            RefusalError: 429; too many checks wait.
        """
        if not 0 < len(password) <= LONGEST:
            return False
        mark = self._mark(name, password)
        running = self._running.get(mark)
        if running is None:
            running = self._begin(mark, name, password)
        return await asyncio.shield(running)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _mark(self, name: str, password: bytes) -> bytes:
        text = name.encode("utf-8", "replace") + b"\0" + password
        return hmac.digest(self._key, text, hashlib.sha256)

    def _begin(self, mark: bytes, name: str, password: bytes) -> asyncio.Future[bool]:
        if len(self._running) >= WAITING:
            raise RefusalError(429, "too many logins at once; try again", {"retry-after": "5"})
        user = self._users.get(name)
        stored = user.hash if user else self._nobody
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._threads, verify, password, stored)
        self._running[mark] = running
        running.add_done_callback(lambda done: self._end(mark, done, user is not None))
        return running

    def _end(self, mark: bytes, done: asyncio.Future[bool], known: bool) -> None:
        self._running.pop(mark, None)
        if not done.cancelled() and done.exception() is None and done.result() and known:
            if len(self._right) >= KNOWN:
                self._right.pop(next(iter(self._right)))
            self._right[mark] = self._clock() + REMEMBERED
