"""`antflow top`: the whole cluster, live, in the terminal."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from antflow.cli.server_options import remote_of, server_options
from antflow.exceptions import AntFlowError

if TYPE_CHECKING:
    from antflow.cli.board.feeds import Feed


@click.command("top", short_help="Watch a cluster in the terminal, and steer it by keys.")
@server_options
@click.option("-A", "--app", metavar="APP", help="Follow this Celery application from here.")
@click.option("-b", "--broker", metavar="URL", help="Follow the cluster on this broker from here.")
@click.option(
    "--every",
    type=click.FloatRange(min=0.2),
    default=1.0,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one picture as JSON and end.")
def command(
    url: str,
    token_file: Path | None,
    source: str | None,
    app: str | None,
    broker: str | None,
    every: float,
    as_json: bool,
) -> None:
    """Watch workers, tasks, queues and failures, and steer them by keys.

    Without -A or --broker, a server that runs is asked (--url): it knows what was before. With
    one of them, the cluster is followed from here, from now on.
    """
    feed = _feed(url, token_file, source, app, broker)
    if as_json:
        try:
            print(asyncio.run(_picture(feed)))
        except AntFlowError as error:
            raise click.ClickException(str(error)) from None
        return
    if not sys.stdout.isatty():
        raise click.ClickException("top needs a terminal; --json prints one picture without")
    _board(feed, every)


def _feed(
    url: str, token_file: Path | None, source: str | None, app: str | None, broker: str | None
) -> Feed:
    from antflow.cli.board.feeds import ClusterFeed, ServerFeed

    if app is None and broker is None:
        return ServerFeed(remote_of(url, token_file), source)
    from antflow.cluster import Cluster

    try:
        return ClusterFeed(Cluster(app, broker=broker))
    except (AntFlowError, ValueError) as error:
        raise click.ClickException(str(error)) from None


async def _picture(feed: Feed) -> str:
    import msgspec

    await feed.start()
    try:
        return msgspec.json.encode(await feed.frame()).decode()
    finally:
        await feed.stop()


def _board(feed: Feed, every: float) -> None:
    try:
        from antflow.cli.board.screen import Board
    except ModuleNotFoundError as error:
        if error.name != "textual":
            raise
        raise click.ClickException(
            "top needs the package textual: install antflow with its extra `tui`"
        ) from None
    Board(feed, every).run()
