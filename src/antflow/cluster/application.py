"""The Celery application that a cluster is watched through: found, given or made from a URL."""

from __future__ import annotations

from celery import Celery
from celery.app.utils import find_app

from antflow.exceptions import NotFoundError


def find_application(name: str) -> Celery:
    """The application that `-A name` means to Celery's own command line.

    Args:
        name: `proj`, `proj.app`, `proj:app`; the current folder is searched first.

    Raises:
        NotFoundError: there is no such module, or no application in it.
        Exception: whatever the module itself raises while it is imported.
    """
    try:
        found = find_app(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NotFoundError(f"No Celery application {name!r}: {error}") from error
    if not isinstance(found, Celery):
        kind = type(found).__name__
        raise NotFoundError(f"No Celery application {name!r}: that is a {kind}; name `module:app`")
    return found


def application_of(
    app: Celery | str | None = None, *, broker: str | None = None, backend: str | None = None
) -> Celery:
    """An application, from what is known of it.

    Args:
        app: the application or its name; None: one of its own is made.
        broker: the broker's URL, instead of the application's own.
        backend: the result backend's URL, instead of the application's own.

    Raises:
        NotFoundError: no application of this name.
        ValueError: neither an application nor a broker is given.
    """
    if app is None and broker is None:
        raise ValueError("give an application (-A proj.app) or a broker's URL (--broker)")
    found = find_application(app) if isinstance(app, str) else app
    if found is None:
        # Not current: it would answer for the tasks of the process that it is made in.
        return Celery("antflow", broker=broker, backend=backend, set_as_current=False)
    if broker is not None:
        found.conf.broker_url = broker
    if backend is not None:
        found.conf.result_backend = backend
    return found
