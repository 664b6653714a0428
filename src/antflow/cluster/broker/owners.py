"""Who is alive: each process holds a lock on a file of its own; a lock that is free tells a death.

Locks of the kind that belong to a process: a forked child does not keep its parent's.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

_held: dict[tuple[int, str], tuple[str, int]] = {}
"""Name and open descriptor, which stays open as long as the process lives."""
_guard = threading.Lock()


def own_name(folder: Path) -> str:
    """The name of this process in a folder of owners; made, and locked, at the first call."""
    key = (os.getpid(), str(folder))
    with _guard:
        known = _held.get(key)
        if known is not None and (folder / known[0]).exists():
            return known[0]
        if known is not None:
            os.close(known[1])
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{key[0]}-{uuid.uuid4().hex[:12]}"
        _held[key] = (name, _lock_new(folder / name))
        return name


def _lock_new(path: Path) -> int:
    # under another name first: between making and locking it would look like a dead one's
    temporary = path.with_name(f".{path.name}")
    file = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX)
        temporary.rename(path)
    except BaseException:
        os.close(file)
        raise
    return file


@contextlib.contextmanager
def dead_owners(folder: Path) -> Iterator[list[str]]:
    """Names of those whose process is gone, each locked, so that nobody else has it meanwhile."""
    with contextlib.ExitStack() as stack:
        names = _names(folder)
        # Our own lock would not keep us out, and closing the file would give it up. Looked up after
        # the names: another thread may have made its own only now.
        with _guard:
            own = {held[0] for (pid, _folder), held in _held.items() if pid == os.getpid()}
        yield [name for name in names if name not in own and _take(folder, name, stack)]


def forget(folder: Path, name: str) -> None:
    """Remove a dead one's file, after what it left was put in order."""
    (folder / name).unlink(missing_ok=True)


def _names(folder: Path) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if not name.startswith(".")]
    except FileNotFoundError:
        return []


def _take(folder: Path, name: str, stack: contextlib.ExitStack) -> bool:
    try:
        file = stack.enter_context((folder / name).open("r+b"))
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return (folder / name).exists()


def _after_fork() -> None:
    # another thread may have been inside at the fork, and the locks stayed with the parent
    global _guard
    _guard = threading.Lock()
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)
