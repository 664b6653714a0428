"""The texts of what goes wrong: what it was, with whom, and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection

from celery import Celery

from antflow.cluster.broker.addresses import several
from antflow.exceptions import BrokerConnectionError, InspectionTimeoutError, NoSuchWorkerError

_MOST_NAMES = 10


def broker_address(app: Celery) -> str:
    """The broker's first address, without user and password."""
    return without_secrets(several(app.conf.broker_write_url or "amqp://localhost")[0])


def without_secrets(text: str) -> str:
    """The text without what stands before the `@` of an address in it."""
    # A password may hold an @ itself; the last one before the next slash ends it.
    return re.sub(r"(://)[^/\s]*@", r"\1", text)


def named(workers: Collection[str]) -> str:
    """`a, b and 3 more`."""
    names = sorted(workers)
    shown = ", ".join(names[:_MOST_NAMES])
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown


def silent(
    workers: Collection[str], timeout: float, known: Collection[str] = ()
) -> InspectionTimeoutError:
    """Workers that did not answer."""
    unknown = [worker for worker in workers if worker not in known]
    doubt = ""
    if len(workers) == len(unknown) == 1:
        doubt = f"; perhaps there is no such worker (known: {named(known) or 'none'})"
    return InspectionTimeoutError(
        f"Timeout: no answer from {named(workers)} within {timeout:g} s{doubt}. "
        "A worker that is frozen, or busy with a solo pool, answers nothing: "
        "see whether it runs, or ask again with a longer timeout"
    )


def unreachable(app: Celery, cause: BaseException | str) -> BrokerConnectionError:
    """No connection to the broker."""
    reason = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
    # The word timeout is kept for workers: by it, people tell the two apart.
    if re.search(r"(?i)timeout|timed out", reason):
        reason = "it does not answer"
    reason = without_secrets(reason).rstrip(".")
    return BrokerConnectionError(
        f"No connection to the broker at {broker_address(app)}: {reason}. "
        "See whether it runs and whether the address is right"
    )


def no_such_worker(worker: str, known: Collection[str]) -> NoSuchWorkerError:
    """Nobody of this name."""
    return NoSuchWorkerError(
        f"No such worker: {worker!r}; known: {named(known) or 'none'}. "
        "See whether it runs, and spell its name as `celery@host`"
    )
