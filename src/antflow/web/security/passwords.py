"""Passwords as scrypt hashes: made, read, verified."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

from antflow.exceptions import AntFlowError

# 32 MB and about 80 ms a check on a machine of today
COST: Final = 2**15
BLOCK: Final = 8
LANES: Final = 1
MEMORY: Final = 256 * 1_048_576
LONGEST: Final = 1_024
SCHEME: Final = "scrypt"


class PasswordHashError(AntFlowError):
    """A hash is not one of `antflow web hash-password`; make it anew with that command."""


def hash_password(password: str) -> str:
    """`scrypt$cost$block$lanes$salt$hash`, without colons.

    Raises:
        ValueError: the password is empty or longer than 1,024 bytes.
    """
    secret = password.encode()
    if not 0 < len(secret) <= LONGEST:
        raise ValueError(f"a password has 1 to {LONGEST} bytes")
    salt = os.urandom(16)
    derived = _derive(secret, salt, COST, BLOCK, LANES)
    return "$".join((SCHEME, str(COST), str(BLOCK), str(LANES), _text(salt), _text(derived)))


def check_hash(stored: str) -> None:
    """Read a hash once, at the start, instead of at the first login.

    Raises:
        PasswordHashError: it is none, or too costly to verify.
    """
    _read(stored)


def verify(password: bytes, stored: str) -> bool:
    """Whether the password has this hash; takes 50–500 ms, so call it off the loop."""
    cost, block, lanes, salt, expected = _read(stored)
    if not 0 < len(password) <= LONGEST:
        return False
    return hmac.compare_digest(_derive(password, salt, cost, block, lanes), expected)


def _derive(password: bytes, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(password, salt=salt, n=cost, r=block, p=lanes, maxmem=MEMORY, dklen=32)


def _read(stored: str) -> tuple[int, int, int, bytes, bytes]:
    try:
        scheme, *costs, salt, derived = stored.split("$")
        cost, block, lanes = map(int, costs)
        parts = (
            cost,
            block,
            lanes,
            base64.urlsafe_b64decode(salt),
            base64.urlsafe_b64decode(derived),
        )
    except ValueError:
        raise PasswordHashError("a password's hash cannot be read") from None
    affordable = 2 <= cost <= 2**20 and cost & (cost - 1) == 0 and 1 <= lanes <= 16
    if scheme != SCHEME or not affordable or not 1 <= block <= 32 or len(parts[4]) != 32:
        raise PasswordHashError("a password's hash cannot be read")
    if 128 * cost * block > MEMORY:
        raise PasswordHashError("a password's hash costs too much memory to verify")
    return parts


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
