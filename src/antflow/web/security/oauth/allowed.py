"""Which role somebody that a provider vouches for has. Names are compared whole, never searched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from antflow.exceptions import AntFlowError
from antflow.web.security.identity import ROLES, Role

_DOMAIN: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9\-]*[a-z0-9])?(?:\.[a-z0-9\-]+)+")
_LOCAL: Final = re.compile(r"[a-z0-9.!#$%&'/=^_{}~+\-]{1,64}")
GROUP: Final = "group:"


class AllowListError(AntFlowError):
    """An entry of `oauth_allow` cannot be read; the text says which and what it may be."""


@dataclass(frozen=True)
class Entry:
    """One entry: an address, `@` and a domain, or `group:` and a name; and the role."""

    who: str
    role: Role


def read_entries(lines: Iterable[str]) -> tuple[Entry, ...]:
    """The entries of `oauth_allow`.

    Raises:
        AllowListError: one is no address, domain or group; a pattern, say.
    """
    return tuple(_entry(line.strip()) for line in lines)


def _entry(line: str) -> Entry:
    who, mark, role = line.rpartition("=")
    if not mark:
        who, role = line, "viewer"
    if role not in ROLES:
        raise AllowListError(f"{line!r}: no role {role!r}; there are: {', '.join(ROLES)}")
    who = who if who.startswith(GROUP) else who.lower()
    if not _is_readable(who):
        raise AllowListError(
            f"{line!r} is no e-mail address, no @domain and no group:name; patterns are not taken"
        )
    return Entry(who, role)


def _is_readable(who: str) -> bool:
    if who.startswith(GROUP):
        return len(who) > len(GROUP) and who.isprintable()
    return _DOMAIN.fullmatch(who[1:]) is not None if who.startswith("@") else is_email(who)


def is_email(text: str) -> bool:
    """Whether a text is one plain e-mail address in lower case and nothing else."""
    local, mark, domain = text.rpartition("@")
    return bool(mark and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain))


def role_of(entries: Iterable[Entry], email: str, groups: Iterable[str]) -> Role | None:
    """The highest role that an entry gives; None where no entry names them."""
    email = email.lower() if email.isascii() else ""
    names = {GROUP + group for group in groups}
    if is_email(email):
        names |= {email, "@" + email.rpartition("@")[2]}
    roles = [entry.role for entry in entries if entry.who in names]
    return max(roles, key=ROLES.index) if roles else None
