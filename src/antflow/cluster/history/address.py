"""Where the history is: which database, which file, and how it is named without its password."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from antflow.exceptions import HistoryError

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def default_url() -> str:
    """SQLite below `$XDG_STATE_HOME/antflow`, or below `~/.local/state/antflow`."""
    home = os.environ.get("XDG_STATE_HOME")
    base = Path(home) if home and Path(home).is_absolute() else Path.home() / ".local" / "state"
    return f"sqlite:///{base / 'antflow' / 'history.db'}"


def read_url(url: str) -> URL:
    """The address, checked.

    Raises:
        HistoryError: it is none, or one of a database that is not supported.
    """
    try:
        address = make_url(url)
    except ArgumentError:
        raise HistoryError(
            "the history's address cannot be read: give sqlite:///path or postgresql://…"
        ) from None
    address = address.set(drivername=_DRIVERS.get(address.drivername, address.drivername))
    if address.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise HistoryError(
            f"{address.drivername} cannot hold the history: give sqlite:///path or postgresql://…"
        )
    if address.drivername == "sqlite" and address.database in {None, "", ":memory:"}:
        raise HistoryError("the history needs a file: give sqlite:///path")
    return address


def public(address: URL) -> str:
    """The address without its password."""
    return address.set(query={}).render_as_string(hide_password=True)


def prepare_file(address: URL) -> Path:
    """Make the file (mode 0600) and its folder (0700) where they are missing.

    Raises:
        OSError: they cannot be made.
    """
    path = Path(str(address.database))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600))
    with suppress(PermissionError):  # another's file that we may write
        path.chmod(0o600)
    return path


def is_stump(address: URL) -> bool:
    """Whether the SQLite file is shorter than any database: SQLite would write over it unasked."""
    path = Path(str(address.database))
    return address.drivername == "sqlite" and path.is_file() and 0 < path.stat().st_size < 512


def move_aside(path: Path) -> Path:
    """Rename the file and its journal, so that a new one can be made; the new name.

    Raises:
        OSError: they cannot be renamed.
    """
    number = 1
    while (target := path.with_name(f"{path.name}.corrupt-{number}")).exists():
        number += 1
    path.rename(target)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{path}{suffix}").rename(f"{target}{suffix}")
    return target
