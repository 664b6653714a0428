"""`Remote`: a server that runs already, asked over HTTP from the shell."""

from __future__ import annotations

import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from antflow.cli.printable import one_line
from antflow.exceptions import AntFlowError
from antflow.source import Answer, Frame, TaskPage

DEFAULT_URL: Final = "http://127.0.0.1:5555"
SECONDS: Final = 10.0
"""How long a server may say nothing; a whole answer may take three times as long."""
LARGEST: Final = 256 * 1024 * 1024
"""Bytes of an answer."""

TOLD: Final = 300
"""Characters of a server's own words in an error."""

UNREADABLE: Final = (
    *(ValueError, KeyError, TypeError, RecursionError, OSError),
    http.client.HTTPException,
)
"""What reading the reason of a refusal may raise: anybody may have written it."""

T = TypeVar("T")


class RemoteError(AntFlowError):
    """The server cannot be asked, or refuses; the text says why and what to do.

    Attributes:
        reached: whether a server answered at all.
    """

    def __init__(self, message: str, *, reached: bool) -> None:
        self.reached = reached
        super().__init__(message)


class _Source(msgspec.Struct):
    name: str


class _Answers(msgspec.Struct):
    answers: list[Answer]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    # following would hand the token to whoever is named
    def redirect_request(self, *_args: Any) -> None:
        return None


class Remote:
    """A running `antflow web`.

    Args:
        url: its address, prefix included.
        token: an API token, where it asks for one.

    Raises:
        ValueError: the address is no HTTP address, or the token cannot be one.
    """

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None) -> None:
        self.url = _checked(url)
        if token and not (token.isascii() and token.isprintable() and " " not in token):
            raise ValueError("the API token holds characters that no token has")
        self._token = token
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if _is_here(urlsplit(url).hostname or ""):
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)

    def tasks(self, source: str, search: str, sort: str, limit: int) -> TaskPage:
        """The tasks that match.

        Raises:
            RemoteError: nobody answers, or what is answered is an error.
        """
        query = urlencode({"search": search, "sort": sort, "limit": limit})
        return self._asked(f"/sources/{quote(source, safe='')}/tasks?{query}", None, TaskPage)

    def frame(self, source: str) -> Frame:
        """Everything, now.

        Raises:
            RemoteError: likewise.
        """
        return self._asked(f"/sources/{quote(source, safe='')}/frame", None, Frame)

    def command(
        self, source: str, verb: str, target: str | None, arguments: dict[str, Any]
    ) -> list[Answer]:
        """Do what a verb says; the workers' answers.

        Raises:
            RemoteError: likewise.
        """
        path = f"/sources/{quote(source, safe='')}/commands/{quote(verb, safe='')}"
        body = json.dumps({"target": target, "arguments": arguments}).encode()
        return self._asked(path, body, _Answers).answers

    def source(self, name: str | None) -> str:
        """The name of a source: as given, else the first.

        Raises:
            RemoteError: likewise.
        """
        if name:
            return name
        sources = self._asked("/sources", None, list[_Source])
        if not sources:
            raise RemoteError(f"{self.url} shows no source", reached=True)
        return sources[0].name

    def _asked(self, path: str, body: bytes | None, kind: type[T]) -> T:
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=body)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                text = _read(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise RemoteError(self._refused(error), reached=True) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = one_line(getattr(error, "reason", None) or error, TOLD) or type(error).__name__
            raise RemoteError(
                f"No server answers at {self.url}: {reason}\n"
                "Start one with `antflow web`, or name another with --url.",
                reached=False,
            ) from None
        try:
            return msgspec.json.decode(text, type=kind)
        except (ValueError, RecursionError):
            raise RemoteError(
                f"{self.url} answers, but not as `antflow web` does: is it another server, or one "
                "of another version?",
                reached=True,
            ) from None

    def _refused(self, error: urllib.error.HTTPError) -> str:
        if error.code == 401:
            return f"{self.url} asks who you are: set ANTFLOW_TOKEN to an API token."
        if 300 <= error.code < 400:
            where = one_line(error.headers.get("Location", "elsewhere"), TOLD)
            return f"{self.url} sends on to {where}: give that address to --url, if you trust it."
        try:
            said = json.loads(error.read(65_536))["error"]
        except UNREADABLE:
            said = error.reason
        return f"{self.url} answers {error.code}: {one_line(said, TOLD)}"


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        port, host, user = parts.port, parts.hostname, parts.username or parts.password
    except ValueError:
        raise ValueError(f"that is no address like {DEFAULT_URL}") from None
    if user is not None:
        raise ValueError("give no user or password in the address: set ANTFLOW_TOKEN instead")
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise ValueError(f"{one_line(url, TOLD)!r} is no address like {DEFAULT_URL}")
    if not url.isascii() or not url.isprintable() or " " in url or parts.query or parts.fragment:
        raise ValueError(f"{one_line(url, TOLD)!r} is no address like {DEFAULT_URL}")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    """Whether it is this machine, which no proxy is asked about."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(answer: http.client.HTTPResponse) -> bytes:
    """The body; one that never ends ends here."""
    end, body = time.monotonic() + 3 * SECONDS, bytearray()
    while piece := answer.read1(65_536):
        body += piece
        if len(body) > LARGEST:
            raise OSError(f"the answer is longer than {LARGEST} bytes")
        if time.monotonic() > end:
            raise TimeoutError("the answer does not end")
    return bytes(body)
