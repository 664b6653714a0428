"""The tables, their version, and how older versions become this one."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
    update,
)

from antflow.exceptions import HistoryError

VERSION = 1
metadata = MetaData()

TEXTS = (
    "name state worker client args kwargs eta expires result exception traceback exchange "
    "routing_key queue root_id parent_id"
).split()
TIMES = (
    "received sent started rejected succeeded failed retried revoked timestamp runtime orphaned"
).split()
NUMBERS = ["retries", "clock"]
FLAGS = ["stuck"]
FIELDS = ["uuid", *TEXTS, *TIMES, *NUMBERS, *FLAGS]
"""Fields of a `TaskRecord` that are kept, in the order of a row."""

tasks = Table(
    "antflow_tasks",
    metadata,
    Column("uuid", Text, primary_key=True),
    *(Column(name, Text) for name in TEXTS),
    *(Column(name, Double) for name in TIMES),
    *(Column(name, BigInteger, nullable=False, default=0) for name in NUMBERS),
    *(Column(name, Boolean, nullable=False, default=False) for name in FLAGS),
    # When we saved it, by our clock: workers' clocks may be anything.
    Column("saved", Double, nullable=False, index=True),
)

about = Table(
    "antflow_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("changed", Double, nullable=False),
)

Migration = Callable[[Connection], None]

MIGRATIONS: dict[int, Migration] = {}
"""What makes the next version out of version n. Each runs once, in the transaction of all."""


def newest(limit: int) -> Select[Any]:
    """The question for the newest rows, newest first: values of `FIELDS`."""
    columns = [tasks.c[name] for name in FIELDS]
    return select(*columns).order_by(tasks.c.saved.desc(), tasks.c.timestamp.desc()).limit(limit)


def bring_up_to_date(connection: Connection, where: str) -> None:
    """Make the tables, or migrate those of an older version.

    Args:
        connection: in a transaction that nobody else can begin meanwhile.
        where: the database, for messages.

    Raises:
        HistoryError: the database is of a newer version, or of one that cannot be migrated.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(4611686018427387001)"))
    if not inspect(connection).has_table(about.name):
        metadata.create_all(connection)
        connection.execute(insert(about).values(id=1, version=VERSION, changed=time.time()))
        return
    found: int | None = connection.execute(select(about.c.version)).scalar()
    if found is not None and type(found) is not int:
        raise HistoryError(
            f"{where} says that its version is {str(found)[:50]!r}, which is none: give another "
            "database"
        )
    if found is None or found > VERSION:
        raise HistoryError(
            f"{where} was written by a newer antflow (version {found} of the history, this one "
            f"reads up to {VERSION}): upgrade, or give another database"
        )
    _migrate(connection, found, where)


def _migrate(connection: Connection, found: int, where: str) -> None:
    for version in range(found, VERSION):
        migration = MIGRATIONS.get(version)
        if migration is None:
            raise HistoryError(
                f"{where} holds version {version} of the history, which is too old to be "
                "migrated: give another database"
            )
        migration(connection)
        connection.execute(update(about).values(version=version + 1, changed=time.time()))
