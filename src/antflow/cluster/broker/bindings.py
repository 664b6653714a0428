"""What is bound to an exchange: one file each, replaced as a whole under one lock."""

from __future__ import annotations

import contextlib
import fcntl
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from antflow.cluster.broker.folder import BrokerFolder, file_name


class Binding(NamedTuple):
    """A queue at an exchange."""

    routing_key: str
    pattern: str
    queue: str


class Bindings:
    """The tables of a broker's folder; several threads and processes may change them at once."""

    def __init__(self, folder: BrokerFolder) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[tuple[int, int], list[Binding]]] = {}
        self._guard = threading.Lock()

    def of(self, exchange: str) -> list[Binding]:
        """The bindings of an exchange; read again only when the file was replaced."""
        path = self._folder.control / _file_of(exchange)
        try:
            status = path.stat()
            stamp = (status.st_ino, status.st_mtime_ns)
            seen = self._seen.get(exchange)
            if seen is None or seen[0] != stamp:
                rows = msgspec.json.decode(path.read_bytes(), type=list[Binding])
                seen = self._seen[exchange] = (stamp, rows)
        except FileNotFoundError:
            return []
        return list(seen[1])

    def add(self, exchange: str, binding: Binding) -> None:
        """Bind; a binding that is there already stays as it is."""
        if binding not in self.of(exchange):
            self._change(_file_of(exchange), lambda rows: [*rows, binding])

    def drop_queue(self, queue: str) -> None:
        """Unbind a queue from every exchange."""
        for path in list(self._folder.control.glob("*.json")):
            if any(binding.queue == queue for binding in self._fresh(path.name)):
                self._change(path.name, lambda rows: [row for row in rows if row.queue != queue])

    def drop(self, exchange: str, binding: Binding) -> None:
        """Unbind one."""
        self._change(_file_of(exchange), lambda rows: [row for row in rows if row != binding])

    def _fresh(self, file: str) -> list[Binding]:
        with contextlib.suppress(FileNotFoundError):
            content = (self._folder.control / file).read_bytes()
            return msgspec.json.decode(content, type=list[Binding])
        return []

    def _change(self, file: str, change: Callable[[list[Binding]], list[Binding]]) -> None:
        with self._locked():
            before = self._fresh(file)
            after = list(dict.fromkeys(change(before)))
            if after != before:
                self._folder.replace(self._folder.control / file, msgspec.json.encode(after))

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.make()
        with self._guard, (self._folder.control / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _file_of(exchange: str) -> str:
    return f"{file_name(exchange)}.json"
