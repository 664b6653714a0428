"""`antflow tasks`: search a cluster's or a pipeline's tasks from the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click
import msgspec

from antflow.cli.remote import RemoteError
from antflow.cli.server_options import remote_of, server_options
from antflow.cli.task_table import print_tasks
from antflow.source import TaskPage, TaskView

COLUMNS: Final = ("id", "name", "state", "worker", "received", "runtime", "retries", "args")
READ: Final = 100_000
"""Tasks that are read of a history: as many as a server keeps in memory."""


@click.command("tasks")
@click.argument("search", default="")
@server_options
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--sort", default="-received", show_default=True, help="A column, `-` before: down.")
@click.option(
    "--columns", default=",".join(COLUMNS), show_default=True, help="Columns, comma between."
)
@click.option("--db", metavar="URL", help="Read a history instead, no server needed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(
    search: str,
    url: str,
    token_file: Path | None,
    source: str | None,
    limit: int,
    sort: str,
    columns: str,
    db: str | None,
    as_json: bool,
) -> None:
    """List the tasks that match SEARCH.

    `antflow tasks 'state:failed name:report'` asks the server that runs at --url. The language:
    words, "phrases", AND, OR, NOT or -, parentheses, and name: state: worker: args: kwargs:
    result: exception: traceback: queue: root: received> runtime>.

    With --db, the history of a server is read, whether it runs or not.
    """
    shown = _columns(columns)
    try:
        if db is not None:
            page = _from_history(db, search, sort, limit)
        else:
            remote = remote_of(url, token_file)
            page = remote.tasks(remote.source(source), search, sort, limit)
    except RemoteError as error:
        raise click.ClickException(str(error)) from None
    rows = [msgspec.to_builtins(task) for task in page.tasks]
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        print_tasks(rows, page.total, shown)


def _columns(text: str) -> list[str]:
    """The columns that are named.

    Raises:
        click.BadParameter: none is, or one that is not there.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    known = TaskView.__struct_fields__
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        told = f"{', '.join(unknown)[:100]}: no such column" if unknown else "no column is named"
        raise click.BadParameter(f"{told}; there are {', '.join(known)}", param_hint="--columns")
    return names


def _from_history(db: str, search: str, sort: str, limit: int) -> TaskPage:
    """The rows of a history, found as the server finds them."""
    from antflow.cluster.history.reading import read_tasks
    from antflow.cluster.state import ClusterState
    from antflow.cluster.views import task_view
    from antflow.exceptions import HistoryError, SearchError
    from antflow.redaction import Redactor

    state, redactor = ClusterState(max_tasks=READ), Redactor()
    try:
        kept, unreadable = read_tasks(db, READ)
        state.restore(kept)
        records, total = state.find(search, sort=sort, limit=limit)
    except (HistoryError, SearchError, ValueError) as error:
        raise click.ClickException(redactor.text(str(error))) from None
    if unreadable:
        click.echo(f"{unreadable:,} records could not be read", err=True)
    return TaskPage([redactor.task(task_view(record)) for record in records], total)
