"""`Remote`: a server that runs already, asked over HTTP from the shell."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from antflow.exceptions import AntFlowError

DEFAULT_URL: Final = "http://127.0.0.1:5555"
SECONDS: Final = 10.0


class RemoteError(AntFlowError):
    """The server cannot be asked, or refuses; the text says why and what to do.

    Attributes:
        reached: whether a server answered at all.
    """

    def __init__(self, message: str, *, reached: bool) -> None:
        self.reached = reached
        super().__init__(message)


class Remote:
    """A running `antflow web`.

    Args:
        url: its address, prefix included.
        token: an API token, where it asks for one.

    Raises:
        ValueError: the address is no HTTP address.
    """

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{url!r} is no address like {DEFAULT_URL}")
        self.url = url.rstrip("/")
        self._token = token

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of an answer.

        Args:
            path: below `/api/v1`, quoted.
            query: its parameters; None is left out.

        Raises:
            RemoteError: nobody answers, or what is answered is an error.
        """
        given = {name: value for name, value in query.items() if value is not None}
        return self._asked(f"{path}?{urlencode(given)}" if given else path, None)

    def command(
        self, source: str, verb: str, target: str | None, arguments: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Do what a verb says; the workers' answers.

        Raises:
            RemoteError: likewise.
        """
        path = f"/sources/{quote(source)}/commands/{quote(verb)}"
        body = json.dumps({"target": target, "arguments": arguments}).encode()
        answers: list[dict[str, Any]] = self._asked(path, body)["answers"]
        return answers

    def source(self, name: str | None) -> str:
        """The name of a source: as given, else the first.

        Raises:
            RemoteError: likewise.
        """
        return name or str(self.get("/sources")[0]["name"])

    def _asked(self, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=body)
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise RemoteError(self._refused(error), reached=True) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RemoteError(
                f"No server answers at {self.url}: {reason}\n"
                "Start one with `antflow web`, or name another with --url.",
                reached=False,
            ) from None

    def _refused(self, error: urllib.error.HTTPError) -> str:
        try:
            said = json.loads(error.read())["error"]
        except (ValueError, KeyError, TypeError):
            said = error.reason
        if error.code == 401:
            return f"{self.url} asks who you are: set ANTFLOW_TOKEN to an API token."
        return f"{self.url} answers {error.code}: {said}"
