"""Users and API tokens, as the files and variables give them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from antflow.exceptions import AntFlowError
from antflow.web.security.identity import ROLES, Role
from antflow.web.security.passwords import PasswordHashError, check_hash
from antflow.web.settings import Settings

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class AccountError(AntFlowError):
    """A line of users or tokens cannot be read; the text says where, and nothing of its secret."""


@dataclass(frozen=True)
class User:
    """Somebody with a password.

    Attributes:
        name: as they log in.
        hash: of their password.
        role: what they may do.
    """

    name: str
    hash: str = field(repr=False)
    role: Role


@dataclass(frozen=True)
class Token:
    """A program's token.

    Attributes:
        name: whose it is.
        digest: SHA-256 of it, in hexadecimal; it is long and random, so no slow hash is needed.
        role: what it may do.
        last_day: the last day (UTC) that it is good for; None: for ever.
    """

    name: str
    digest: str = field(repr=False)
    role: Role
    last_day: dt.date | None = None

    def is_expired(self, now: float) -> bool:
        """Whether its last day is over at that time, Unix seconds."""
        today = dt.datetime.fromtimestamp(now, dt.UTC).date()
        return self.last_day is not None and today > self.last_day


def digest_of(token: bytes) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token).hexdigest()


def read_users(settings: Settings) -> dict[str, User]:
    """All users by name.

    Raises:
        AccountError: a line cannot be read, or a file.
    """
    users: dict[str, User] = {}
    for where, line in _lines(settings.users, settings.users_file, "users"):
        name, _, rest = line.partition(":")
        hashed, _, role = rest.partition(":")
        try:
            check_hash(hashed)
        except PasswordHashError as error:
            raise AccountError(f"{where}: {error}; use `antflow web hash-password`") from None
        users[_new_name(name, users, where)] = User(name, hashed, _role(role or "viewer", where))
    return users


def read_tokens(settings: Settings) -> dict[str, Token]:
    """All tokens by digest.

    Raises:
        AccountError: a line cannot be read, or a file.
    """
    tokens: dict[str, Token] = {}
    for where, line in _lines(settings.tokens, settings.tokens_file, "tokens"):
        name, digest, role, day = [*line.split(":", 3), "", "", ""][:4]
        if not name or not _DIGEST.fullmatch(digest):
            raise AccountError(f"{where}: not name:sha256:role; use `antflow web new-token`")
        tokens[digest] = Token(name, digest, _role(role or "viewer", where), _day(day, where))
    return tokens


def _lines(given: Iterable[str], path: str | None, what: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(given, 1):
        yield f"{what}, entry {number}", line.strip()
    if path is None:
        return
    try:
        text = Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AccountError(f"the file of {what} {path!r} cannot be read: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            yield f"{path}, line {number}", line.strip()


def _new_name(name: str, known: Iterable[str], where: str) -> str:
    if not name or name in known or not name.isprintable():
        raise AccountError(f"{where}: the name {name!r} is empty, unprintable or there already")
    return name


def _role(role: str, where: str) -> Role:
    if role not in ROLES:
        raise AccountError(f"{where}: no role {role!r}; there are: {', '.join(ROLES)}")
    return role


def _day(day: str, where: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(day) if day else None
    except ValueError:
        raise AccountError(f"{where}: {day!r} is no date like 2027-01-31") from None
