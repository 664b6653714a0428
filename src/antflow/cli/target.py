"""The options that say which cluster a command is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from antflow.redaction import Redactor

if TYPE_CHECKING:
    from celery import Celery

F = TypeVar("F", bound=Callable[..., Any])

POSITIVE = click.FloatRange(min=0, min_open=True)


def with_target(function: F) -> F:
    """Add `-A`, `--broker` and `--timeout`."""
    for option in (
        click.option(
            "--timeout",
            type=POSITIVE,
            default=2.0,
            show_default=True,
            help="Seconds to wait for answers.",
        ),
        click.option("-b", "--broker", metavar="URL", help="The broker, instead of the app's."),
        click.option("-A", "--app", metavar="APP", help="The Celery application: proj.app."),
    ):
        function = option(function)
    return function


def application(app: str | None, broker: str | None) -> Celery:
    """The application that the options mean.

    Raises:
        NotFoundError: there is none of this name.
        ValueError: neither is given.
        click.ClickException: Celery is not installed.
    """
    try:
        from antflow.cluster.application import application_of
    except ModuleNotFoundError as error:
        if error.name not in {"celery", "kombu"}:
            raise
        raise click.ClickException("this needs Celery: install antflow's extra `celery`") from None
    return application_of(app, broker=broker)


def said(error: BaseException) -> str:
    """The error's text, without secrets."""
    return Redactor().text(str(error))
