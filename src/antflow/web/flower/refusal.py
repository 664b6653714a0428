"""`RefusalError`: an answer that is an error, as plain text."""

from __future__ import annotations

from antflow.exceptions import (
    BrokerConnectionError,
    CommandRefusedError,
    InspectionTimeoutError,
    NoSuchWorkerError,
    NotFoundError,
    ResultBackendError,
)


class RefusalError(Exception):
    """What was asked cannot be answered.

    Attributes:
        status: the HTTP status.
        text: why, for the person who asked.
    """

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        super().__init__(f"{status} {text}")


STATUS: dict[type[Exception], int] = {
    NoSuchWorkerError: 404,
    NotFoundError: 404,
    CommandRefusedError: 403,
    InspectionTimeoutError: 503,
    BrokerConnectionError: 503,
    ResultBackendError: 503,
    ValueError: 400,
}


def refusal_of(error: Exception) -> RefusalError | None:
    """What an error of the cluster is to somebody over HTTP; None where it is a defect of ours."""
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            return RefusalError(status, str(error))
    return None
