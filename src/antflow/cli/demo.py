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
from antflow.exceptions import AntFlowError

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
    "--cluster",
    is_flag=True,
    help="Run real Celery workers instead, without a broker, and the web server over them.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=5555,
    show_default=True,
    help="With --cluster: where the web server listens on 127.0.0.1; 0 takes a free one.",
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
    cluster: bool,
    port: int,
) -> None:
    """Run a real pipeline over Python's own library.

    Every source file of the standard library goes through the stages Read, Parse, Measure and
    Store, and five broken files with them, so that something fails. What was found is in an
    SQLite file, and in the summary at the end.

    Ctrl-C stops it and still prints the summary. The exit code is then 0 with --repeat, which
    has no other end, and 130 without.

    With --cluster, Celery workers in processes of their own do the same work round and round,
    until Ctrl-C or for --seconds, and a web server shows them. --rate is 4 where it is not given.
    """
    if cluster:
        if tour or repeat or workers or db or traceback:
            raise click.UsageError("--cluster takes --rate, --seconds, --limit and --port only")
        run_cluster(port, rate, seconds, limit)
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


def run_cluster(port: int, rate: float | None, seconds: float | None, limit: int | None) -> None:
    """Workers, a stream of tasks and the web server, until Ctrl-C or a time is up."""
    try:
        from antflow.cluster import Cluster
        from antflow.demo.cluster.run import RATE, ClusterDemo, ended_after, ended_by_signals
        from antflow.web import Settings, serve
    except ModuleNotFoundError as error:
        text = f"--cluster needs the extras celery and web; there is no {error.name}"
        raise click.ClickException(text) from error

    def ready(address: str) -> None:
        print_lines([f"Open {address}", "Three workers are starting; Ctrl-C ends it all."])

    try:
        with ended_by_signals(), ClusterDemo(rate or RATE, limit) as demo, ended_after(seconds):
            serve(Cluster(demo.app, name="demo"), Settings(port=port), on_ready=ready)
    except (AntFlowError, OSError) as error:
        raise click.ClickException(str(error)) from error


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
