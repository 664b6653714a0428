"""Addresses of brokers and result backends, fit to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from celery import Celery

HIDDEN: Final = "**"

# a list of addresses; a password may hold a ";", an address after it begins with its scheme
_NEXT: Final = re.compile(r";(?=[A-Za-z][\w+.-]*://)")
# to the last "@", so that a password with "/" or "@" in it, which ought to be quoted, goes whole
_LOGIN: Final = re.compile(r"\A(?P<scheme>[A-Za-z][\w+.-]*://)?(?P<login>[^?]*)@")
_SECRET: Final = re.compile(
    r"([?&;][^=&;?]*(?:pass|pwd|secret|token|credential|api_?key)[^=&;]*=)[^&#]*", re.IGNORECASE
)


def read_address(app: Celery) -> str:
    """Where an application reads its broker, without passwords."""
    return public_url(app.conf.broker_read_url or "amqp://localhost")


def several(url: str | Sequence[str]) -> list[str]:
    """The addresses in one setting: a list of them, or a text with `;` between them."""
    return _NEXT.split(url) if isinstance(url, str) else list(url)


def public_url(url: str | Sequence[str] | None) -> str:
    """An address without its passwords.

    Args:
        url: one address, several with `;` between them, or a list; None: there is none.

    Returns:
        The same without passwords, those among the query's parameters included; users stay.
    """
    if not url:
        return ""
    return ";".join(_one(part) for one in several(url) for part in several(one))


def _one(url: str) -> str:
    return _SECRET.sub(rf"\1{HIDDEN}", _LOGIN.sub(_without_password, url, count=1))


def _without_password(match: re.Match[str]) -> str:
    scheme = match["scheme"] or ""
    user = match["login"].partition(":")[0]
    return f"{scheme}{user}@" if user else scheme
