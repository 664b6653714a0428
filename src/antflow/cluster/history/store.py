"""The database itself: opened, written, read, pruned. Blocking; used by one thread at a time."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from antflow.cluster.history import schema
from antflow.cluster.history.address import is_stump, move_aside, prepare_file, public
from antflow.cluster.history.database import is_corrupt, make_engine, may_pass, one_line
from antflow.cluster.history.rows import Row, read
from antflow.cluster.history.schema import tasks
from antflow.exceptions import HistoryError

if TYPE_CHECKING:
    from antflow.cluster.state import TaskRecord

COLUMNS = [*schema.FIELDS, "saved"]
PRUNE = 5_000  # rows deleted in one transaction


class Store:
    """A database of tasks.

    Args:
        address: which.

    Attributes:
        where: the address without password, for messages.
        moved: names that damaged files were given.
    """

    def __init__(self, address: URL) -> None:
        self.address = address
        self.where = public(address)
        self.moved: list[str] = []
        self._engine: Engine | None = None
        self._upsert = ""

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises:
            HistoryError: it is not open.
        """
        if self._engine is None:
            raise HistoryError(f"{self.where} is not open: call open() first")
        return self._engine

    def open(self) -> None:
        """Open, make or migrate; a damaged SQLite file is moved aside first.

        Raises:
            HistoryError: it cannot be used; the text says why and what to do.
        """
        try:
            self._open()
        except HistoryError:
            self.close()
            raise
        except (SQLAlchemyError, UnicodeDecodeError, OSError) as error:
            self.close()
            reason = one_line(error)
            if isinstance(error, OSError):
                place = "give another place, or run without history"
                reason = f"{error.strerror or error}; {place}"
            raise HistoryError(f"the history {self.where} cannot be opened: {reason}") from error

    def _open(self) -> None:
        if is_stump(self.address):
            self._start_afresh()
            return
        try:
            self._connect()
        except (SQLAlchemyError, UnicodeDecodeError) as error:
            if not is_corrupt(error):
                raise
            self._start_afresh()

    def mend(self, error: Exception) -> str | None:
        """Begin anew where an error tells that the file is damaged; why that failed, if it did."""
        if is_corrupt(error):
            try:
                self._start_afresh()
            except (SQLAlchemyError, OSError, HistoryError, UnicodeDecodeError) as worse:
                return f"{self.where} is damaged: {one_line(worse)}"
        return None

    def _start_afresh(self) -> None:
        """Move the damaged file aside and begin a new one."""
        self.close()
        self.moved.append(str(move_aside(prepare_file(self.address))))
        self._connect()

    def _connect(self) -> None:
        if self.address.get_backend_name() == "sqlite":
            prepare_file(self.address)
        self._engine = make_engine(self.address)
        self._upsert = _upsert(self._engine)
        with self._engine.begin() as connection:
            schema.bring_up_to_date(connection, self.where)

    def write(self, rows: list[Row]) -> list[str]:
        """Write rows in one transaction; what was refused for good, one line each.

        Raises:
            SQLAlchemyError: nothing was written; it may work later.
        """
        try:
            with self.engine.begin() as connection:
                # The driver takes tuples as they are; through Core each costs three times as much.
                connection.exec_driver_sql(self._upsert, rows)
        except (DBAPIError, ValueError, TypeError, OverflowError) as error:
            if isinstance(error, DBAPIError) and may_pass(error):
                raise
            if len(rows) == 1:
                return [f"task {str(rows[0][0])[:100]}: {one_line(error)}"]
            half = len(rows) // 2
            return self.write(rows[:half]) + self.write(rows[half:])
        return []

    def load(self, limit: int) -> tuple[list[TaskRecord], int]:
        """Records, newest first, and how many rows hold none.

        Raises:
            SQLAlchemyError: it cannot be read.
        """
        with self.engine.connect().execution_options(reading=True) as connection:
            return read(connection.execute(schema.newest(limit)))

    def prune(self, now: float, max_age: float, failures_max_age: float, max_rows: int) -> int:
        """Delete what is too old or too much, failures last; how many rows went, at most `PRUNE`.

        Raises:
            SQLAlchemyError: nothing was deleted.
        """
        failed = or_(tasks.c.state == "FAILURE", tasks.c.failed.is_not(None))
        old = or_(tasks.c.saved < now - failures_max_age, (tasks.c.saved < now - max_age) & ~failed)
        with self.engine.begin() as connection:
            gone = _delete(connection, old, PRUNE)
            excess = _count(connection) - max_rows
            if excess > 0 and gone < PRUNE:
                few = _delete(connection, ~failed, min(excess, PRUNE - gone))
                gone += few or _delete(connection, failed, min(excess, PRUNE - gone))
        return gone

    def close(self) -> None:
        """Close every connection."""
        engine, self._engine = self._engine, None
        if engine is not None:
            with suppress(SQLAlchemyError):
                engine.dispose()


def _upsert(engine: Engine) -> str:
    """The statement that writes one row, in the driver's own words, its values in order."""
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(tasks)
    statement = statement.on_conflict_do_update(
        index_elements=[tasks.c.uuid],
        set_={name: statement.excluded[name] for name in COLUMNS if name != "uuid"},
    )
    made: Any = type(engine.dialect)
    paramstyle = "qmark" if engine.dialect.name == "sqlite" else "format"
    compiled = statement.compile(dialect=made(paramstyle=paramstyle), column_keys=COLUMNS)
    return str(compiled)


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tasks)).scalar_one()


def _delete(connection: Connection, which: ColumnElement[bool], limit: int) -> int:
    oldest: Iterable[str] = connection.execute(
        select(tasks.c.uuid).where(which).order_by(tasks.c.saved).limit(limit)
    ).scalars()
    names = list(oldest)
    for start in range(0, len(names), 500):
        connection.execute(delete(tasks).where(tasks.c.uuid.in_(names[start : start + 500])))
    return len(names)
