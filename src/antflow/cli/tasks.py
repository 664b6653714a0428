"""`antflow tasks`: search a cluster's or a pipeline's tasks from the shell."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from antflow.cli.remote import RemoteError
from antflow.cli.server_options import remote_of, server_options

COLUMNS: Final = ("id", "name", "state", "worker", "received", "runtime", "retries", "args")
TIMES: Final = frozenset({"received", "started", "finished"})
STYLES: Final = {
    "FAILURE": "red",
    "failed": "red",
    "SUCCESS": "green",
    "completed": "green",
    "STARTED": "cyan",
    "in_progress": "cyan",
    "RETRY": "yellow",
    "retrying": "yellow",
}


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
    try:
        if db is not None:
            page = _from_history(db, search, sort, limit)
        else:
            remote = remote_of(url, token_file)
            name = remote.source(source)
            page = remote.get(
                f"/sources/{quote(name)}/tasks", search=search, sort=sort, limit=limit
            )
    except RemoteError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        for task in page["tasks"]:
            print(json.dumps(task, ensure_ascii=False))
    else:
        _print_table(page, [name.strip() for name in columns.split(",") if name.strip()])


def _from_history(db: str, search: str, sort: str, limit: int) -> dict[str, Any]:
    """The rows of a history, found as the server finds them."""
    import msgspec

    from antflow.cluster.history import History
    from antflow.cluster.state import ClusterState
    from antflow.cluster.views import task_view
    from antflow.exceptions import HistoryError, SearchError
    from antflow.redaction import Redactor

    state, history, redactor = ClusterState(), History(db), Redactor()
    try:
        history.open()
        state.restore(history.load(100_000))
        records, total = state.find(search, sort=sort, limit=limit)
    except (HistoryError, SearchError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    finally:
        history.close()
    tasks = [msgspec.to_builtins(redactor.task(task_view(record))) for record in records]
    return {"tasks": tasks, "total": total}


def _print_table(page: dict[str, Any], columns: list[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    tasks = page["tasks"]
    unknown = [name for name in columns if tasks and name not in tasks[0]]
    if unknown:
        known = ", ".join(tasks[0])
        raise click.BadParameter(f"{', '.join(unknown)}: no such column; there are {known}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        table.add_column(name, no_wrap=True, min_width=36 if name == "id" else None)
    for task in tasks:
        style = STYLES.get(task["state"])
        cells = [Text(_cell(name, task.get(name)), overflow="ellipsis") for name in columns]
        table.add_row(*cells, style=style if task["state"] != "SUCCESS" else None)
    console = Console()
    console.print(table)
    console.print(f"{len(tasks):,} of {page['total']:,} tasks", highlight=False)


def _moment(at: datetime) -> str:
    """The time of day alone, where the day is today."""
    today = at.date() == datetime.now().date()
    return at.strftime("%H:%M:%S" if today else "%m-%d\u00a0%H:%M:%S")


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name in TIMES:
        return _moment(datetime.fromtimestamp(value))
    if name == "runtime":
        return f"{value:.3f}"
    return " ".join(str(value).split())[:80]
