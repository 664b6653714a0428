"""`antflow inspect`: what workers answer when they are asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from antflow.cli.printable import printable
from antflow.cli.target import application, said, with_target
from antflow.exceptions import AntFlowError
from antflow.redaction import Redactor

if TYPE_CHECKING:
    from antflow.cluster.inspector import Inspector

COLUMNS = ("worker", "pool", "size", "active", "processed", "queues", "load", "software")


@click.command("inspect")
@click.argument("method", required=False)
@click.option("-d", "--destination", "worker", metavar="WORKER", help="One worker only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@with_target
def command(
    *,
    method: str | None,
    worker: str | None,
    as_json: bool,
    app: str | None,
    broker: str | None,
    timeout: float,
) -> None:
    """Show what Celery workers answer.

    Without METHOD, a table of all workers. METHOD is one of stats, active_queues, registered,
    scheduled, active, reserved, revoked, conf, or any other that the workers know. Secrets in
    the answers are hidden.
    """
    try:
        found = asyncio.run(_ask(application(app, broker), method, worker, timeout))
    except (AntFlowError, ValueError) as error:
        raise click.ClickException(said(error)) from error
    shown = Redactor().value(found)
    if as_json:
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str))
    elif not shown:
        click.echo("No worker answers.")
    elif method is None:
        Console().print(overview(shown))
    else:
        Console().print(answers(method, shown))


async def _ask(
    capp: Any, method: str | None, worker: str | None, timeout: float
) -> Mapping[str, Any]:
    from antflow.cluster.inspector import Inspector

    inspector: Inspector = Inspector(None, capp, timeout)
    try:
        if method is None:
            return await inspector.inspect(worker)
        return await inspector.ask(method, worker)
    finally:
        await inspector.aclose()


def overview(workers: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row a worker."""
    from antflow.cluster.views import kind_and_size

    table = Table(*COLUMNS)
    for name, info in sorted(workers.items()):
        pool = info.get("pool", {})
        kind, size = kind_and_size({**pool, "processes": pool.get("processes") or None})
        row = (
            name,
            kind or "",
            "" if size is None else size,
            info.get("active", ""),
            info.get("processed", ""),
            ", ".join(queue["name"] for queue in info.get("active_queues", [])),
            " ".join(f"{each:.2f}" for each in info.get("load", [])),
            f"{info.get('sw_ident', '')} {info.get('sw_ver', '')}".strip(),
        )
        table.add_row(*(_plain(each) for each in row))
    return table


def answers(method: str, workers: Mapping[str, Any]) -> Table:
    """A row for each part of each worker's answer."""
    table = Table("worker", method)
    for name, answer in sorted(workers.items()):
        for line in _lines(answer) or ["(none)"]:
            table.add_row(_plain(name), _plain(line))
        table.add_section()
    return table


def _lines(answer: Any) -> list[str]:
    if isinstance(answer, Mapping):
        return [f"{key}: {_text(value)}" for key, value in answer.items()]
    return [_text(each) for each in answer] if isinstance(answer, list) else [_text(answer)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _plain(value: Any) -> str:
    """The value as rich prints it as it stands, without what moves a terminal's cursor."""
    return escape(printable(str(value)))
