"""Opening SQLite or PostgreSQL so that no wait is endless and a crash loses nothing."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from antflow.exceptions import HistoryError

BUSY = 2.0  # seconds that SQLite waits for another's lock
CONNECT = 3  # seconds


def make_engine(address: URL) -> Engine:
    """An engine; nothing is opened yet.

    Raises:
        HistoryError: the database's driver is not installed.
    """
    if address.get_backend_name() == "sqlite":
        return _sqlite(address)
    options = {
        "connect_timeout": CONNECT,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        "application_name": "antflow",
        "options": "-c statement_timeout=30000 -c lock_timeout=5000",
    }
    given = set(address.query)
    try:
        return create_engine(
            address,
            connect_args={name: value for name, value in options.items() if name not in given},
            pool_pre_ping=True,
            pool_size=2,
        )
    except (ImportError, NoSuchModuleError):
        raise HistoryError(
            "PostgreSQL needs psycopg, which the extra antflow[postgresql] brings"
        ) from None


def _sqlite(address: URL) -> Engine:
    engine = create_engine(address, connect_args={"timeout": BUSY, "check_same_thread": False})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
    # Transactions are begun below: sqlite3's own leave changes of tables outside.
    connection.isolation_level = None
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA journal_size_limit=16777216")
        cursor.execute("PRAGMA trusted_schema=OFF")
    finally:
        cursor.close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def is_corrupt(error: BaseException) -> bool:
    """Whether SQLite says that the file is damaged, or none of its own."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, UnicodeDecodeError):
        return True  # SQLite's own message quotes what it found in the file
    if not isinstance(cause, sqlite3.DatabaseError):
        return False
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return "malformed" in str(cause) or "not a database" in str(cause)


def may_pass(error: DBAPIError) -> bool:
    """Whether the same may work later: locked, full, gone away. Else the data is refused."""
    name = type(error.orig).__name__
    return error.connection_invalidated or not (
        name in {"DataError", "IntegrityError", "InterfaceError", "ProgrammingError"}
        or _is_data_error(error.orig)
    )


def _is_data_error(cause: BaseException | None) -> bool:
    state = getattr(cause, "sqlstate", None)
    return isinstance(state, str) and state[:2] in {"22", "23", "54"}


def one_line(error: BaseException) -> str:
    """The database's own words, without statement and parameters."""
    cause = getattr(error, "orig", None) or error
    return (str(cause).strip() or type(cause).__name__).split("\n")[0][:300]
