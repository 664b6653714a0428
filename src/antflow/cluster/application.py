"""The Celery application that a cluster is watched through: found, given or made from a URL."""

from __future__ import annotations

from celery import Celery
from celery.app.utils import find_app

from antflow.cluster.broker import read_address
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
        ValueError: neither an application nor a broker is given, or the broker's address names
            no transport that is installed.
    """
    if app is None and broker is None:
        raise ValueError("give an application (-A proj.app) or a broker's URL (--broker)")
    found = find_application(app) if isinstance(app, str) else app
    if found is None:
        # Not current: it would answer for the tasks of the process that it is made in.
        found = Celery("antflow", broker=broker, backend=backend, set_as_current=False)
    else:
        if broker is not None:
            found.conf.broker_url = broker
        if backend is not None:
            found.conf.result_backend = backend
    _check_transport(found)
    return found


def own_queues(app: Celery) -> set[str]:
    """Names of the queues that the application is configured with."""
    return {str(name) for name in app.amqp.queues}


def _check_transport(app: Celery) -> None:
    try:
        with app.connection_for_read() as connection:
            _ = connection.transport_cls
    except (KeyError, ValueError, ImportError, AttributeError) as error:
        reason = error.args[0] if error.args else type(error).__name__
        raise ValueError(
            f"{read_address(app)!r} is no broker that Celery can reach: {reason}"
        ) from None
