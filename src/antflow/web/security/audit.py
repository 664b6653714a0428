"""`Audit`: every change that was asked for, and what came of it."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from starlette.requests import HTTPConnection

from antflow.web.encoding import encoded

log = logging.getLogger("antflow.web.audit")

KEPT: Final = 2_000
LONGEST: Final = 500
SCOPE_KEY: Final = "antflow.audit"


class Record(msgspec.Struct, frozen=True):
    """One change asked for.

    Attributes:
        at: when the answer was given, Unix seconds.
        who: the caller's name.
        role: the caller's role; None: they had none.
        address: where it came from.
        method: POST, …
        path: the address, without prefix.
        verb: what was asked, such as `worker.pool_grow`; empty where the path says all.
        target: what it was asked for.
        asked: arguments and body, at most 500 characters, secrets hidden.
        status: HTTP status of the answer.
        answer: its text, at most 500 characters, secrets hidden.
    """

    at: float
    who: str
    role: str | None
    address: str
    method: str
    path: str
    verb: str = ""
    target: str = ""
    asked: str = ""
    status: int = 0
    answer: str = ""


class Audit:
    """Keeps the newest 2,000 records in memory, and all of them in a file where one is given.

    Args:
        path: file to append lines of JSON to; made with mode 0600.
    """

    def __init__(self, path: str | None = None) -> None:
        self._kept: deque[Record] = deque(maxlen=KEPT)
        self._path = path
        self.problem: str | None = None

    def __repr__(self) -> str:
        return f"<Audit {len(self._kept)} records, file={self._path!r}>"

    def add(self, record: Record) -> None:
        """Keep a record; a file that cannot be written is told of, and loses nothing else."""
        self._kept.append(record)
        if self._path is None:
            return
        try:
            self._write(encoded(record) + b"\n")
            self.problem = None
        except OSError as error:
            if self.problem is None:
                log.error("the audit file cannot be written: %s", error)
            self.problem = str(error)

    def _write(self, line: bytes) -> None:
        assert self._path is not None
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def newest(self, limit: int = 500) -> Sequence[Record]:
        """The newest records, newest first."""
        return list(self._kept)[: -limit - 1 : -1] if limit > 0 else []


def note(request: HTTPConnection, **fields: Any) -> None:
    """Tell the audit more of this request than its address does: `verb`, `target`, `answer`."""
    request.scope.setdefault(SCOPE_KEY, {}).update(fields)
