"""Where the server listens: what it may be exposed to, and the socket itself."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path

from antflow.exceptions import AntFlowError
from antflow.web.security.hosts import is_loopback
from antflow.web.settings import Settings


class ExposedError(AntFlowError):
    """The address can be reached from other machines and nobody has to say who they are.

    Set up users, tokens or a provider, listen on 127.0.0.1, or say `--insecure`.
    """


class ListenError(AntFlowError):
    """The server cannot listen where it should; the text says where and why."""


def check_exposure(settings: Settings) -> None:
    """Refuse to be open to other machines without authentication.

    Raises:
        ExposedError: it would be.
    """
    if settings.insecure or settings.has_authentication or settings.unix_socket:
        return
    if not is_loopback(settings.address):
        raise ExposedError(
            f"{settings.address or 'an empty address'} can be reached from other machines, and "
            "without authentication everybody who does may do everything: give --users-file, "
            "--tokens-file or a provider, keep to 127.0.0.1, or say --insecure"
        )


def open_socket(settings: Settings) -> socket.socket:
    """The socket to listen on.

    Raises:
        ListenError: it is taken, not ours to take, or no address of this machine.
    """
    if settings.unix_socket:
        return _open_unix(Path(settings.unix_socket).expanduser(), settings.has_authentication)
    return _open_tcp(settings.address, settings.port)


def _open_tcp(address: str, port: int) -> socket.socket:
    where = f"{address}:{port}"
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise ListenError(f"{where} is no address to listen on: {error}") from None
    try:
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            text = f"{where} is in use already; stop who uses it, or give another --port"
            raise ListenError(text) from None
        raise ListenError(f"cannot listen on {where}: {error.strerror or error}") from None
    listener.setblocking(False)
    return listener


def _open_unix(path: Path, has_authentication: bool) -> socket.socket:
    _remove_left_over(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # whoever can open it may do everything where nobody has to say who they are
    old = os.umask(0o117 if has_authentication else 0o177)
    try:
        listener.bind(str(path))
        listener.listen(2_048)
    except OSError as error:
        listener.close()
        raise ListenError(f"cannot listen on {path}: {error.strerror or error}") from None
    finally:
        os.umask(old)
    listener.setblocking(False)
    return listener


def _remove_left_over(path: Path) -> None:
    """Remove the socket of a server that is gone; whatever else is there stays."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except OSError:
        return
    if not is_socket:
        raise ListenError(f"{path} is there already, and is no socket")
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise ListenError(f"{path} is in use already")


def address_shown(settings: Settings, listener: socket.socket) -> str:
    """The address to open in a browser."""
    if settings.unix_socket:
        return f"unix:{settings.unix_socket}{settings.prefix}/"
    host, port = listener.getsockname()[:2]
    host = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    shown = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.certfile else "http"
    return f"{scheme}://{shown}:{port}{settings.prefix}/"
