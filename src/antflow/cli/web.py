"""`antflow web`, and its options, which `celery antflow` has too."""

from __future__ import annotations

import getpass
import logging
import os
import secrets
import sys
from collections.abc import Mapping
from typing import Any, Final, NoReturn

import click

from antflow.exceptions import AntFlowError
from antflow.source import Source
from antflow.web.settings.flower_names import SECRET, flower_only
from antflow.web.settings.gather import SETTINGS, Told, gather
from antflow.web.settings.words import HELP

FROM_FILE: Final = {
    "basic_auth": "--users-file (see `antflow web hash-password`) or ANTFLOW_USERS",
    "users": "--users-file (see `antflow web hash-password`) or ANTFLOW_USERS",
    "tokens": "--tokens-file (see `antflow web new-token`) or ANTFLOW_TOKENS",
}

SWITCHES: Final = frozenset({"persistent", "xheaders", "auto_refresh", "natural_time"})


def refuse_secret(_context: click.Context, option: click.Parameter, value: str | None) -> None:
    """Secrets on a command line are seen by everybody on the machine."""
    if value is None:
        return
    name = option.name or ""
    instead = FROM_FILE.get(name, f"ANTFLOW_{name.upper().replace('OAUTH2', 'OAUTH')}")
    raise click.UsageError(
        f"{option.opts[0]} is refused: everybody on this machine can read a command line; "
        f"use {instead}, or {'its line in ' if name in FROM_FILE else ''}antflow.toml"
    )


def _option(name: str, kind: str = "str", text: str | None = None) -> click.Option:
    flag = name.replace("_", "-")
    names = [f"--{flag}", name] + ([f"--{name}"] if "_" in name else [])
    if name in SECRET or name.endswith("_secret"):
        return click.Option(names, hidden=True, expose_value=False, callback=refuse_secret)
    told: dict[str, Any] = {"help": text, "hidden": text is None}
    if kind == "bool":
        # Flower's people write --debug, --debug=True and --debug=False
        return click.Option(names, is_flag=False, flag_value="true", metavar="[true|false]", **told)
    if "tuple" in kind:
        return click.Option(names, metavar="A,B,…", callback=_entries, **told)
    return click.Option(names, metavar=_metavar(kind), **told)


def _entries(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[str, ...]:
    return tuple(part.strip() for part in (value or "").split(",") if part.strip())


def _metavar(kind: str) -> str:
    # every setting with a fraction is a time
    kinds = {"int": "N", "float": "SECONDS"}
    return next((shown for one, shown in kinds.items() if kind.startswith(one)), "TEXT")


def with_options(command: click.Command) -> click.Command:
    """Give a command every setting as an option, ours and Flower's."""
    command.params += [_option(name, str(kind), HELP[name]) for name, kind in SETTINGS.items()]
    taken = {name for param in command.params for name in param.opts}
    for name in flower_only():
        option = _option(name, "bool" if name in SWITCHES else "str")
        option.opts = [spelt for spelt in option.opts if spelt not in taken]
        if option.opts and name not in SETTINGS:
            command.params.append(option)
    command.params.append(click.Option(["--conf"], metavar="FILE", help="A TOML file; [web]."))
    command.params.append(
        click.Option(
            ["--cluster", "clusters"],
            multiple=True,
            metavar="NAME=APP",
            help="A further cluster: an application or a broker's address; may be repeated.",
        )
    )
    return command


def warn(text: str) -> None:
    """Tell a hint on stderr."""
    click.echo(f"hint: {text}", err=True)


def run(options: Mapping[str, Any], app: Any = None) -> None:
    """Serve what the options tell of.

    Args:
        options: of the command line, by name.
        app: a Celery application that was loaded already.

    Raises:
        click.ClickException: it cannot be served; says why.
    """
    flags = dict(options)
    conf = flags.pop("conf", None)
    try:
        told = gather(flags, os.environ, warn, conf)
        _log(told.settings.debug)
        _serve(told, _sources(told, app))
    except (AntFlowError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        sys.exit(0)


def _log(debug: bool) -> None:
    style = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=logging.INFO if debug else logging.WARNING, format=style)
    logging.getLogger("antflow").setLevel(logging.DEBUG if debug else logging.INFO)


def _sources(told: Told, app: Any) -> list[Source]:
    try:
        from antflow.cli.clusters import make_clusters
    except ModuleNotFoundError as error:
        _missing(error)
    return make_clusters(told, app)


def _serve(told: Told, sources: list[Source]) -> None:
    try:
        from antflow.web import serve
    except ModuleNotFoundError as error:
        _missing(error)
    serve(sources, told.settings, on_ready=lambda shown: click.echo(f"antflow is on {shown}"))


def _missing(error: ModuleNotFoundError) -> NoReturn:
    raise click.ClickException(
        f"the package {error.name} is not installed; the server needs the extras web and celery"
    ) from None


@click.group("web", invoke_without_command=True)
@click.option("-A", "--app", metavar="APP", help="The Celery application, as Celery's own -A.")
@click.option("-b", "--broker", metavar="URL", help="The broker's address; enough by itself.")
@click.option("--result-backend", metavar="URL", help="The result backend's address.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Serve the pages and the API, for one cluster or several.

    Options may also be set as ANTFLOW_… variables and in the file antflow.toml, under [web].
    """
    if context.invoked_subcommand is None:
        run(options)


with_options(command)


def checked_name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """The name of an account, in a line whose parts are divided by colons."""
    if not name or ":" in name or not name.isprintable():
        raise click.UsageError("a name is printable and has no colon")
    return name


_name = click.argument("name", callback=checked_name)
_role = click.option("--role", type=click.Choice(["viewer", "operator", "admin"]), default="viewer")


@command.command("hash-password", short_help="Make a line for --users-file.")
@_name
@_role
def hash_command(name: str, role: str) -> None:
    """Make a line for --users-file; reads the password from the terminal or from stdin."""
    from antflow.web.security.passwords import hash_password

    try:
        click.echo(f"{name}:{hash_password(_password())}:{role}")
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first, second = getpass.getpass("Password: "), getpass.getpass("Again: ")
    if first != second:
        raise click.ClickException("the two are not the same")
    return first


@command.command("new-token", short_help="Make an API token and its line for --tokens-file.")
@_name
@_role
@click.option("--last-day", metavar="YYYY-MM-DD", help="The last day it is good for (UTC).")
def token_command(name: str, role: str, last_day: str | None) -> None:
    """Make an API token: the token on stderr, its line for --tokens-file on stdout."""
    from antflow.web.security.accounts import digest_of

    token = f"antflow_{secrets.token_urlsafe(32)}"
    click.echo(f"the token, shown this once: {token}", err=True)
    click.echo(":".join(filter(None, (name, digest_of(token.encode()), role, last_day))))
