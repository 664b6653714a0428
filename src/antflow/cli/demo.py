"""`antflow demo`."""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

import click

from antflow.cli.report import print_lines, print_sections
from antflow.demo.pipeline import STAGES
from antflow.demo.report import Outcome, outcome_sections, stages_section, traceback_section
from antflow.demo.run import Display, Pace, demo_files, describe, run_once, tour
from antflow.demo.source import SourceFile
from antflow.demo.store import ForeignDatabaseError, Store

INTERRUPTED: Final = 130
"""What a shell makes of a program that Ctrl-C ended."""

TELL_NO_STAGES: Final = ("progress", "none")
"""The displays that do not end with the time per stage by themselves."""


def stage_workers(
    _context: click.Context, _option: click.Parameter, values: Sequence[str]
) -> dict[str, int]:
    """`("Parse=4",)` as `{"Parse": 4}`."""
    workers = {}
    for value in values:
        stage, _, number = value.partition("=")
        if stage not in STAGES or not number.isdecimal() or int(number) < 1:
            stages = ", ".join(STAGES)
            raise click.BadParameter(f"{value!r} is not like Parse=4; the stages are {stages}")
        workers[stage] = int(number)
    return workers


POSITIVE: Final = click.FloatRange(min=0, min_open=True)


@click.command("demo")
@click.option("--rate", type=POSITIVE, help="Files a second; without it, as fast as it goes.")
@click.option("--repeat", is_flag=True, help="Go round and round until Ctrl-C.")
@click.option("--seconds", type=POSITIVE, help="Stop after so many seconds.")
@click.option("--tour", is_flag=True, help="Once at a pace to watch, then at full speed.")
@click.option(
    "--display",
    type=click.Choice(get_args(Display)),
    default="full",
    show_default=True,
    help="What to show while it runs.",
)
@click.option(
    "--workers",
    multiple=True,
    metavar="STAGE=N",
    callback=stage_workers,
    help=f"Workers of a stage, such as Parse=4; the stages are {', '.join(STAGES)}.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Take so many library files only.")
@click.option("--db", type=click.Path(path_type=Path), help="SQLite file to write.")
@click.option("--traceback", is_flag=True, help="Show the traceback of the newest failure.")
@click.option(
    "--web",
    is_flag=True,
    help="Show it in the browser instead: the pipeline at a pace to watch, and a Celery cluster.",
)
@click.option(
    "--cluster",
    is_flag=True,
    help="Show the Celery cluster alone in the browser: real workers, no broker to install.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    help="With --web and --cluster: where to listen on 127.0.0.1; 5555, or a free one.",
)
def command(
    *,
    rate: float | None,
    repeat: bool,
    seconds: float | None,
    tour: bool,
    display: Display,
    workers: dict[str, int],
    limit: int | None,
    db: Path | None,
    traceback: bool,
    web: bool,
    cluster: bool,
    port: int | None,
) -> None:
    """Run a real pipeline over Python's own library.

    Every source file of the standard library goes through the stages Read, Parse, Measure and
    Store, and five broken files with them, so that something fails. What was found is in an
    SQLite file, and in the summary at the end.

    Ctrl-C stops it and still prints the summary. The exit code is then 0 with --repeat, which
    has no other end, and 130 without.

    With --web, the pipeline goes round and round in slow motion, Celery workers in processes of
    their own do the same work beside it, and one page in the browser shows and steers both,
    until Ctrl-C or for --seconds. With --cluster it shows the workers alone. They get 4 files a
    second where --rate is not given.
    """
    if web or cluster:
        check_page(web, cluster, bool(tour or repeat or db or traceback), bool(workers))
        show_page(web, port, rate, seconds, limit, workers)
        return
    if tour and (rate is not None or repeat):
        raise click.UsageError("--tour sets its own pace; leave out --rate and --repeat")
    pace = Pace(rate, repeat, seconds, workers, display)
    try:
        outcome, path = run_demo(pace, tour, limit, db)
    except (FileNotFoundError, ForeignDatabaseError, sqlite3.Error) as error:
        raise click.ClickException(str(error)) from error
    if display in TELL_NO_STAGES:
        print_sections([stages_section(outcome)])
    print_sections(outcome_sections(outcome, path))
    if traceback:
        print_sections([traceback_section(outcome.snapshot)])
    print_lines([f"All of it is in {path} (SQLite)."])
    if outcome.interrupted and not repeat:
        sys.exit(INTERRUPTED)


def check_page(web: bool, cluster: bool, terminal: bool, workers: bool) -> None:
    """Refuse what does not go with a page.

    Args:
        web: `--web` is given.
        cluster: `--cluster` is given.
        terminal: an option is given that is for the terminal only.
        workers: `--workers` is given.

    Raises:
        click.UsageError: says what goes with it.
    """
    if web and cluster:
        raise click.UsageError("--web has the cluster with it; leave out --cluster")
    if terminal or (cluster and workers):
        page, more = ("--web", "--workers, ") if web else ("--cluster", "")
        raise click.UsageError(f"{page} takes {more}--rate, --seconds, --limit and --port only")


def show_page(
    both: bool,
    port: int | None,
    rate: float | None,
    seconds: float | None,
    limit: int | None,
    workers: dict[str, int],
) -> None:
    """The demo in the browser, until Ctrl-C or a time is up."""
    try:
        from antflow.cli.demo_page import Options, show_both, show_cluster
    except ModuleNotFoundError as error:
        option = "--web" if both else "--cluster"
        text = f"{option} needs the extras celery and web; there is no {error.name}"
        raise click.ClickException(text) from error
    show = show_both if both else show_cluster
    show(Options(port, rate, seconds, limit, workers))


def run_demo(pace: Pace, is_tour: bool, limit: int | None, db: Path | None) -> tuple[Outcome, Path]:
    """Run at one pace or on the tour; return the last outcome and the file that was written."""
    path = db or Path(tempfile.mkdtemp(prefix="antflow-demo-"), "library.db")
    store = Store(path)
    try:
        with tempfile.TemporaryDirectory(prefix="antflow-broken-") as folder:
            files = demo_files(Path(folder), limit)
            paces = tour(len(files), pace) if is_tour else [pace]
            return _run_all(files, store, paces), path
    finally:
        store.close()


def _run_all(files: Sequence[SourceFile], store: Store, paces: Sequence[Pace]) -> Outcome:
    for pace in paces:
        print_lines([*describe(len(files), pace), ""])
        outcome = run_once(files, store, pace)
        if outcome.interrupted:
            break
    return outcome
