"""`celery antflow`: the server as a command of Celery's own command line."""

from __future__ import annotations

from typing import Any

import click

from antflow.cli.web import run, with_options


@click.command("antflow")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Serve antflow's pages and API for this application."""
    own = context.obj
    run(options, app=getattr(own, "app", None))


with_options(command)
