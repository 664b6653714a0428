"""Real servers for tests: redis-server, rabbitmq-server, postgres.

Each runs on a free port of 127.0.0.1 with its data in a folder of its own. `stop()` ends it in
good order, `kill()` with SIGKILL; `start()` brings it back on the same port with the same data.
"""

from __future__ import annotations

import abc
import glob
import os
import shutil
import signal
import socket
import tempfile
from pathlib import Path

import pytest
from polling import eventually
from processes import Child, free_port, listens


def find_program(name: str, *patterns: str) -> str | None:
    """Where a program is: in one of the patterns' folders, or on PATH."""
    for pattern in patterns:
        if found := sorted(glob.glob(f"{pattern}/{name}")):
            return found[-1]
    return shutil.which(name)


def need_program(name: str, *patterns: str) -> str:
    """Where a program is; skips the test where it is missing."""
    path = find_program(name, *patterns)
    if path is None:
        pytest.skip(f"{name} is not installed (scripts/services.sh installs it)")
    return path


class Server(abc.ABC):
    """What all of them have in common.

    Attributes:
        port: on 127.0.0.1.
        folder: data and log; removed by `close`.
        url: how a client reaches it.
    """

    ready_timeout = 60.0
    stop_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"antflow-{type(self).__name__}-"))
        self.log = self.folder / "server.log"
        self.child: Child | None = None

    @property
    @abc.abstractmethod
    def url(self) -> str: ...

    @abc.abstractmethod
    def launch(self) -> Child:
        """Start the process."""

    def is_ready(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        """Start it, or start it again, and wait until it takes connections."""
        assert self.child is None, "it runs already"
        self.child = child = self.launch()

        def ready() -> bool:
            if not child.alive:
                pytest.fail(f"{type(self).__name__} ended at its start:\n{child.tail()}")
            return self.is_ready()

        eventually(ready, self.ready_timeout, interval=0.05, what=child.tail)

    def stop(self) -> None:
        """End it in good order; data stays."""
        if self.child is not None:
            self.child.end(self.stop_signal)
            self.child = None

    def kill(self) -> None:
        """End it with SIGKILL; data on disk stays."""
        if self.child is not None:
            self.child.kill()
            self.child = None
            # what the started program started in its turn goes a moment later
            eventually(lambda: not listens(self.port))

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.alive

    def ensure(self) -> None:
        """Start it where a test left it stopped."""
        if not self.running:
            self.child = None
            self.start()

    def close(self) -> None:
        """Kill it and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class RedisServer(Server):
    """redis-server, with an append-only file that is written at once."""

    databases = 4096

    def __init__(self, password: str | None = None) -> None:
        self.program = need_program("redis-server")
        self.password = password
        self._next = 0
        super().__init__()

    @property
    def url(self) -> str:
        return self.database_url(0)

    def database_url(self, number: int) -> str:
        user = f":{self.password}@" if self.password else ""
        return f"redis://{user}127.0.0.1:{self.port}/{number}"

    def fresh_url(self) -> str:
        """Address of a database that no test has used."""
        self._next += 1
        return self.database_url(self._next)

    def launch(self) -> Child:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "databases": str(self.databases),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "always",
        }
        if self.password:
            options["requirepass"] = self.password
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        return Child([self.program, *arguments], self.log)

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"PING\r\n")
                # while it reads its file it answers -LOADING
                return connection.recv(100).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


class PostgresServer(Server):
    """PostgreSQL; as another user where the tests run as root, since it refuses root."""

    stop_signal = signal.SIGINT

    def __init__(self) -> None:
        places = "/usr/lib/postgresql/*/bin"
        self.initdb = need_program("initdb", places)
        self.program = need_program("postgres", places)
        self.user = _unprivileged_user() if os.geteuid() == 0 else None
        self._next = 0
        super().__init__()
        self.log = Path(f"{self.folder}.log")
        self.data = self.folder / "data"
        if self.user:
            shutil.chown(self.folder, self.user)
        self._make_cluster()

    def _make_cluster(self) -> None:
        command = [self.initdb, "-D", str(self.data), "-U", "antflow", "-A", "trust", "-N"]
        made = Child(
            [*command, "-E", "UTF8", "--no-locale"], self.log, {"HOME": "/"}, user=self.user
        )
        assert made.process.wait(60) == 0, made.tail()

    @property
    def url(self) -> str:
        return self.database_url("postgres")

    def database_url(self, name: str, driver: str = "+psycopg") -> str:
        return f"postgresql{driver}://antflow@127.0.0.1:{self.port}/{name}"

    def fresh_url(self) -> str:
        """Address of a new, empty database."""
        import psycopg

        self._next += 1
        name = f"test{self._next}"
        with psycopg.connect(self.database_url("postgres", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.database_url(name)

    def launch(self) -> Child:
        options = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        arguments = [part for option in [*options, "fsync=off"] for part in ("-c", option)]
        command = [self.program, "-D", str(self.data), *arguments]
        return Child(command, self.log, cwd=self.folder, user=self.user)

    def is_ready(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.database_url("postgres", ""), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        super().close()
        self.log.unlink(missing_ok=True)


def _unprivileged_user() -> str:
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)
