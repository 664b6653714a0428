"""What errors are in Flower's contract: plain text, and statuses that are Flower's own."""

from __future__ import annotations

from typing import Final

from antflow.exceptions import CommandRefusedError
from antflow.web.errors import status_of
from antflow.web.security.refusal import RefusalError

FLOWERS: Final[dict[type[Exception], int]] = {CommandRefusedError: 403, ValueError: 400}
"""Statuses that differ from those of our own API."""


def refusal_of(error: Exception) -> RefusalError | None:
    """What an error of the cluster is to somebody over HTTP; None where it is a defect of ours."""
    own = next((status for kind, status in FLOWERS.items() if isinstance(error, kind)), None)
    status = own or status_of(error)
    return None if status is None else RefusalError(status, str(error))
