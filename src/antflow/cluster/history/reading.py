"""Reading a history that may be another process's: nothing is made, changed or moved."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from antflow.cluster.history import schema
from antflow.cluster.history.address import public, read_url
from antflow.cluster.history.database import BUSY, make_engine, one_line
from antflow.cluster.history.rows import read
from antflow.exceptions import HistoryError

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord


def read_tasks(url: str, limit: int) -> tuple[list[TaskRecord], int]:
    """The newest records, newest first, and how many rows hold none. Blocking.

    Args:
        url: `sqlite:///path` or `postgresql://user:password@host/database`.
        limit: records at most.

    Raises:
        HistoryError: there is no history, or it cannot be read; the text says why.
    """
    address = read_url(url)
    where = public(address)
    engine = _engine(address)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(schema.tasks.name):
                raise HistoryError(f"{where} holds no history")
            return read(connection.execute(schema.newest(limit)))
    except (SQLAlchemyError, OSError, ValueError, ArithmeticError) as error:
        raise HistoryError(f"the history {where} cannot be read: {one_line(error)}") from error
    finally:
        engine.dispose()


def _engine(address: URL) -> Engine:
    if address.get_backend_name() != "sqlite":
        return make_engine(address)
    path = Path(str(address.database))
    if not path.is_file():
        raise HistoryError(f"there is no history at {path}")
    return create_engine("sqlite://", creator=lambda: _open_to_read(path))


def _open_to_read(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=BUSY)
    connection.text_factory = lambda raw: raw.decode(errors="replace")
    return connection
