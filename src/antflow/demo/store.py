"""The demo's last stage: an SQLite file, written in batches by one connection."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Final

import msgspec

from antflow.demo.measure import ModuleFacts

APPLICATION_ID: Final = 0x616E7466
"""Marks a file as the demo's own, so that it never empties somebody else's."""

WRITE_EVERY: Final = 0.5
"""Seconds."""

SCHEMA: Final = """
DROP TABLE IF EXISTS modules;
DROP TABLE IF EXISTS functions;
DROP TABLE IF EXISTS imports;
CREATE TABLE modules (
    name TEXT PRIMARY KEY, size INTEGER, lines INTEGER, classes INTEGER, functions INTEGER,
    complexity INTEGER
) WITHOUT ROWID;
CREATE TABLE functions (
    module TEXT, line INTEGER, name TEXT, lines INTEGER, complexity INTEGER,
    PRIMARY KEY (module, line, name)
) WITHOUT ROWID;
CREATE TABLE imports (
    module TEXT, name TEXT, PRIMARY KEY (module, name)
) WITHOUT ROWID;
"""
# One statement for all rows of a batch: each row of its own would give up the interpreter's lock
# and wait for it again, behind the parsers.
INSERTS: Final = (
    """
    REPLACE INTO modules
    SELECT json_extract(value, '$.name'), json_extract(value, '$.size'),
        json_extract(value, '$.lines'), json_extract(value, '$.classes'),
        json_array_length(value, '$.functions'), json_extract(value, '$.complexity')
    FROM json_each(?)
    """,
    """
    REPLACE INTO functions
    SELECT json_extract(module.value, '$.name'), json_extract(function.value, '$.line'),
        json_extract(function.value, '$.name'), json_extract(function.value, '$.lines'),
        json_extract(function.value, '$.complexity')
    FROM json_each(?) AS module, json_each(module.value, '$.functions') AS function
    """,
    """
    REPLACE INTO imports
    SELECT json_extract(module.value, '$.name'), import.value
    FROM json_each(?) AS module, json_each(module.value, '$.imports') AS import
    """,
)


class ForeignDatabaseError(ValueError):
    """The file holds something that the demo did not write; give `--db` another path."""


def _open(path: Path) -> sqlite3.Connection:
    # the connection moves between threads: those that write, and whoever closes the store
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        if tables and owner != APPLICATION_ID:
            raise ForeignDatabaseError(f"{path} is a database of something else")
        connection.executescript(f"PRAGMA application_id = {APPLICATION_ID};{SCHEMA}")
    except sqlite3.DatabaseError as error:
        connection.close()
        raise ForeignDatabaseError(f"{path}: {error}") from error
    except BaseException:
        connection.close()
        raise
    return connection


class Store:
    """Keeps module facts; the same module saved again replaces what was there.

    What came within half a second is written in one transaction, the last of it by `close`.

    Args:
        path: the file; made where it is missing, emptied where an earlier demo wrote it.

    Attributes:
        lines: source lines of the modules saved so far.

    Raises:
        ForeignDatabaseError: the file is no database, or one that the demo did not write.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        self._connection = _open(path)
        self._lock = threading.Lock()
        self._batch: list[ModuleFacts] = []
        self._write_at = time.monotonic() + WRITE_EVERY

    async def save(self, facts: ModuleFacts) -> str:
        """Take one module and return its name; at times, wait for a batch to be written.

        Raises:
            sqlite3.Error: the file could not be written; the batch is tried again with the next.
        """
        self._batch.append(facts)
        self.lines += facts.lines
        if time.monotonic() >= self._write_at:
            batch = self._take()
            try:
                await asyncio.to_thread(self._write, batch)
            except sqlite3.Error:
                self._batch[:0] = batch
                raise
        return facts.name

    def close(self) -> None:
        """Write what is left and close; may be called twice.

        Raises:
            sqlite3.Error: the file could not be written.
        """
        try:
            if batch := self._take():
                self._write(batch)
        finally:
            with self._lock:
                self._connection.close()

    def _take(self) -> list[ModuleFacts]:
        self._write_at = time.monotonic() + WRITE_EVERY
        batch, self._batch = self._batch, []
        return batch

    def _write(self, batch: list[ModuleFacts]) -> None:
        rows = msgspec.json.encode(batch).decode()
        # a thread that outlived its run may be at it still when the store is closed
        with self._lock:
            self._connection.execute("BEGIN")
            try:
                for insert in INSERTS:
                    self._connection.execute(insert, (rows,))
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.rollback()
                raise
