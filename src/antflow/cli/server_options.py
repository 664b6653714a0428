"""The options that name a running server, for every command that asks one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from antflow.cli.remote import DEFAULT_URL, Remote

Command = TypeVar("Command", bound=Callable[..., Any])


def server_options(command: Command) -> Command:
    """`--url`, `--token-file` and `--source`; tokens come from a file or ANTFLOW_TOKEN only."""
    for option in (
        click.option("--source", metavar="NAME", help="Which source; the first by default."),
        click.option(
            "--token-file",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="File with an API token; ANTFLOW_TOKEN holds one as well.",
        ),
        click.option(
            "--url",
            envvar="ANTFLOW_URL",
            default=DEFAULT_URL,
            show_default=True,
            help="A server that runs (`antflow web`).",
        ),
    ):
        command = option(command)
    return command


def remote_of(url: str, token_file: Path | None) -> Remote:
    """The server that the options name.

    Raises:
        click.BadParameter: the address is none.
    """
    token = os.environ.get("ANTFLOW_TOKEN")
    if token_file is not None:
        token = token_file.read_text(encoding="utf-8").strip()
    try:
        return Remote(url, token)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from None
