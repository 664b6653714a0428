"""`FaultProxy`: stands between a client and a server, and does what bad networks do."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
import time
from typing import Literal

Mode = Literal["pass", "stall", "reset", "delay", "dribble", "refuse"]
TICK = 0.05
CHUNK = 65536


class FaultProxy:
    """A TCP proxy on a free port of 127.0.0.1.

    Its mode may be changed at any time and holds for open connections too:

    - `pass`: bytes go through.
    - `stall`: connections are accepted, no byte goes through in either direction.
    - `reset`: open connections are reset, and new ones as soon as they are accepted.
    - `delay`: each chunk comes `seconds` late.
    - `dribble`: one byte every `seconds`.
    - `refuse`: nobody listens; open connections are reset.

    Args:
        port: of the server.
        host: of the server.
    """

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.mode: Mode = "pass"
        self.seconds = 0.0
        self.accepted = 0
        self._closed = threading.Event()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._listen(0)
        assert self._listener is not None
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name="fault-proxy", daemon=True)
        self._thread.start()

    def set(self, mode: Mode, seconds: float = 0.0) -> None:
        """Change what happens to connections from now on."""
        self.mode, self.seconds = mode, seconds
        if mode in {"reset", "refuse"}:
            self._reset_all()
        if mode == "refuse":
            self._stop_listening()
        elif self._listener is None:
            self._listen(self.port)

    def close(self) -> None:
        """Stop listening, drop what is open, and wait for the threads."""
        self._closed.set()
        self._stop_listening()
        self._reset_all()
        self._thread.join(5)

    def __enter__(self) -> FaultProxy:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _listen(self, port: int) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.settimeout(TICK)
        self._listener = listener

    def _stop_listening(self) -> None:
        with self._lock:
            listener, self._listener = self._listener, None
            if listener is not None:
                # close alone does nothing while the other thread is in accept
                with contextlib.suppress(OSError):
                    listener.shutdown(socket.SHUT_RDWR)
                listener.close()

    def _reset_all(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for connection in pair:
                _reset(connection)

    def _accept(self) -> None:
        while not self._closed.is_set():
            listener = self._listener
            if listener is None:
                self._closed.wait(TICK)
                continue
            with contextlib.suppress(OSError):
                client, _address = listener.accept()
                self.accepted += 1
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self.mode in {"reset", "refuse"}:
            _reset(client)
            return
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            _reset(client)
            return
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        threading.Thread(target=self._carry, args=(pair,), daemon=True).start()

    def _carry(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, server = pair
        other = {client: server, server: client}
        with selectors.DefaultSelector() as selector, contextlib.suppress(OSError, ValueError):
            for connection in pair:
                connection.settimeout(5)
                selector.register(connection, selectors.EVENT_READ)
            while not self._closed.is_set() and pair in self._pairs:
                if self.mode == "stall":
                    self._closed.wait(TICK)
                    continue
                for key, _events in selector.select(TICK):
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    if not self._pass_on(source, other[source]):
                        return
        with self._lock:
            self._pairs.discard(pair)
        for connection in pair:
            connection.close()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> bool:
        mode = self.mode
        data = source.recv(1 if mode == "dribble" else CHUNK)
        if not data:
            source.close()
            target.close()
            return False
        if mode in {"delay", "dribble"}:
            time.sleep(self.seconds)
        # what was read before a stall began is held back like the rest
        while self.mode == "stall" and not self._closed.is_set():
            self._closed.wait(TICK)
        target.sendall(data)
        return True


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
