"""Displays on real runs."""

from __future__ import annotations

import asyncio
import io
import sys
from importlib.metadata import entry_points

import pytest
from rich.console import Console

from antflow import Pipeline, Stage
from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
    FullDashboard,
)

PATIENCE = 10.0
SHOW_CURSOR = "\x1b[?25h"


async def double(value: int) -> int:
    if value == 3:
        raise ValueError("three is [bold]too[/] much")
    return value * 2


def pipeline() -> Pipeline:
    return Pipeline(
        [Stage("Double", 2, [double], task_attempts=1), Stage("Again", 2, [double], pull=True)]
    )


async def test_a_run_ends_with_its_outcome(display: type[BaseDashboard]) -> None:
    out = io.StringIO()
    shown = display(console=Console(file=out, width=100))
    results = await pipeline().run(range(10), custom_dashboard=shown)
    assert len(results) == 9
    assert "✓ finished · 10/10" in out.getvalue()
    assert "1 failed" in out.getvalue()
    assert "ValueError 1 · in Double 1" in out.getvalue()


async def test_a_cancelled_run_gives_the_terminal_back(display: type[BaseDashboard]) -> None:
    begun = asyncio.Event()

    async def hang(value: int) -> None:
        begun.set()
        await asyncio.Event().wait()

    before, out = sys.stdout, io.StringIO()
    shown = display(console=Console(file=out, width=100, force_terminal=True, _environ={}))
    run = Pipeline([Stage("Hang", 2, [hang])]).run(range(10), custom_dashboard=shown)
    task = asyncio.create_task(run)
    await asyncio.wait_for(begun.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert out.getvalue().rstrip().endswith(SHOW_CURSOR)
    assert "■ stopped" in out.getvalue()
    assert sys.stdout is before


@pytest.mark.parametrize("name", ["progress", "compact", "detailed", "full"])
async def test_displays_are_found_by_name(name: str) -> None:
    (entry,) = entry_points(group="antflow.dashboards", name=name)
    assert isinstance(entry.load()(), BaseDashboard)


async def test_the_full_display_listens_only_while_it_runs() -> None:
    shown = FullDashboard(console=Console(file=io.StringIO(), width=100))
    work = pipeline()
    await work.run(range(10), custom_dashboard=shown)
    assert len(shown._events) > 0
    assert work.tracker is None


async def test_the_same_display_serves_run_after_run() -> None:
    out = io.StringIO()
    shown = DetailedDashboard(console=Console(file=out, width=100))
    work = pipeline()
    for _ in range(2):
        await work.run(range(10), custom_dashboard=shown)
    assert out.getvalue().count("✓ finished · 10/10") == 2


async def test_two_runs_at_once_on_one_terminal() -> None:
    """The first draws, the second prints lines: they do not overwrite each other."""
    outs = [io.StringIO(), io.StringIO()]
    consoles = [Console(file=out, width=100, force_terminal=True, _environ={}) for out in outs]
    await asyncio.gather(
        *(
            pipeline().run(range(10), custom_dashboard=CompactDashboard(console=console))
            for console in consoles
        )
    )
    assert [SHOW_CURSOR in out.getvalue() for out in outs] == [True, False]
    assert all("✓ finished" in out.getvalue() for out in outs)
