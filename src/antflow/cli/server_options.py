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
        click.BadParameter: the address is none, or the token cannot be read.
    """
    token = os.environ.get("ANTFLOW_TOKEN", "").strip() or None
    if token_file is not None:
        token = _token_in(token_file)
    try:
        return Remote(url, token)
    except ValueError as error:
        hint = "the API token" if "token holds" in str(error) else "--url"
        raise click.BadParameter(str(error), param_hint=hint) from None


def _token_in(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "it is no text"
    raise click.BadParameter(f"{path} cannot be read: {reason}", param_hint="--token-file")
