"""The screen of `antflow top`, over a feed that is made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Static, TabbedContent

from antflow.cli.board.confirm import Confirm
from antflow.cli.board.health import STYLES, sparkline
from antflow.cli.board.rows import TABLES, seconds
from antflow.cli.board.screen import Board
from antflow.exceptions import ClusterError
from antflow.source import (
    Answer,
    FailureGroup,
    Frame,
    Group,
    Health,
    QueueView,
    RunningTask,
    Totals,
    WorkerView,
)


def worker(name: str, **fields: Any) -> WorkerView:
    return WorkerView(name, **{"status": "idle", **fields})


RUNNING = RunningTask("id-1", name="shop.[red]pay", started=1.0)
FRAME = Frame(
    "cluster",
    1.0,
    Health("running", last_event=1.0),
    Totals(throughput=2.0, history=(1.0, 2.0), succeeded=5, failed=1),
    groups=[Group("shop.pay")],
    workers=[worker("a@h"), worker("b@h", status="busy", running=(RUNNING,)), worker("c@h")],
    queues=[QueueView("mail", messages=3)],
    failures=[FailureGroup("KeyError", "shop.pay", 2, 1.0, 2.0, "id-9", "'x'")],
)


class FakeFeed:
    """Shows what it is given, and remembers what was asked of it."""

    title = "made up"

    def __init__(self) -> None:
        self.shown = FRAME
        self.error: Exception | None = None
        self.answers: list[Answer] | Exception = [Answer("b@h", True, "done")]
        self.commands: list[tuple[str, str, dict[str, Any]]] = []

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    async def frame(self) -> Frame:
        if self.error is not None:
            raise self.error
        return self.shown

    async def command(self, verb: str, target: str, arguments: dict[str, Any]) -> list[Answer]:
        self.commands.append((verb, target, arguments))
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers


@asynccontextmanager
async def shown(feed: FakeFeed, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """The screen, after its first look; later looks come when a test asks for them."""
    async with Board(feed, every=3_600).run_test(size=size) as pilot:
        await looked(pilot)
        yield pilot


async def looked(pilot: Pilot[None]) -> None:
    board = pilot.app
    assert isinstance(board, Board)
    await board.workers.wait_for_complete()
    await board.look()
    await pilot.pause()


def table(pilot: Pilot[None], name: str) -> DataTable[Any]:
    return pilot.app.query_one(f"#table-{name}", DataTable)


def health(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen_stack[0].query_one("#health", Static).render())


def notes(pilot: Pilot[None]) -> list[str]:
    return [f"{note.severity}: {note.message}" for note in pilot.app._notifications]


async def test_each_table_shows_its_rows() -> None:
    async with shown(FakeFeed()) as pilot:
        counts = {name: table(pilot, name).row_count for name in TABLES}
    assert counts == {"workers": 3, "running": 1, "types": 1, "queues": 1, "failures": 1}


async def test_names_are_shown_as_they_are_and_not_as_markup() -> None:
    async with shown(FakeFeed(), (160, 24)) as pilot:
        await pilot.press("r")
        await pilot.pause()
        lines = [str(strip.text) for strip in pilot.app.screen._compositor.render_strips()]
    assert any("shop.[red]pay" in line for line in lines)


async def test_80_by_24_shows_health_keys_and_the_columns_that_matter() -> None:
    async with shown(FakeFeed()) as pilot:
        lines = [str(strip.text) for strip in pilot.app.screen._compositor.render_strips()]
    screen = "\n".join(lines)
    assert len(lines) == 24
    for word in ("RUNNING", "workers 3/3", "2.0/s", "failed 1", "b@h", "busy", "active", "quit"):
        assert word in screen, screen


async def test_a_row_changes_in_place_and_the_cursor_stays() -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        await pilot.press("down", "down")
        rows = [worker("b@h", status="offline"), worker("c@h", processed=7), worker("d@h")]
        feed.shown = msgspec.structs.replace(FRAME, workers=rows)
        await looked(pilot)
        found = table(pilot, "workers")
        assert [key.value for key in found.rows] == ["b@h", "c@h", "d@h"]
        assert "offline" in str(found.get_row("b@h")[1])
        assert str(found.get_row("c@h")[3]) == "7"
        assert found.coordinate_to_cell_key(found.cursor_coordinate).row_key.value == "c@h"


@pytest.mark.parametrize(("key", "verb"), [("plus", "pool_grow"), ("minus", "pool_shrink")])
async def test_plus_and_minus_change_the_chosen_workers_pool(key: str, verb: str) -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        await pilot.press("down", key)
        await looked(pilot)
        assert feed.commands == [(f"worker.{verb}", "b@h", {"n": 1})]
        assert notes(pilot) == ["information: b@h: done"]


@pytest.mark.parametrize(
    ("tab", "key", "command"),
    [
        ("r", "k", ("task.revoke", "id-1", {"terminate": True})),
        ("w", "x", ("worker.shutdown", "a@h", {})),
    ],
)
async def test_what_ends_something_asks_first(tab: str, key: str, command: Any) -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        await pilot.press(tab, key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.press("n")
        await looked(pilot)
        assert feed.commands == []
        await pilot.press(key)
        await pilot.pause()
        await pilot.press("y")
        await looked(pilot)
        assert feed.commands == [command]


@pytest.mark.parametrize(("key", "verb"), [("p", "pause"), ("c", "resume")])
async def test_queues_are_paused_and_resumed(key: str, verb: str) -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        await pilot.press("u", key)
        await looked(pilot)
        assert feed.commands == [(f"queue.{verb}", "mail", {})]


@pytest.mark.parametrize("key", ["k", "p", "c"])
async def test_a_key_of_another_table_does_nothing_and_says_so(key: str) -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        await pilot.press(key)
        await looked(pilot)
        assert feed.commands == []
        assert notes(pilot)[0].startswith("warning: choose one of the")


async def test_a_refusal_and_an_error_are_shown_as_they_came() -> None:
    feed = FakeFeed()
    feed.answers = [Answer("b@h", False, "pool [cannot] grow")]
    async with shown(feed) as pilot:
        await pilot.press("plus")
        await looked(pilot)
        feed.answers = ClusterError("nobody [/answers]")
        await pilot.press("plus")
        await looked(pilot)
        assert notes(pilot) == ["error: b@h: pool [cannot] grow", "error: nobody [/answers]"]


async def test_a_feed_that_fails_shows_why_keeps_its_rows_and_recovers() -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        feed.error = ClusterError("the server is [gone]")
        await looked(pilot)
        assert "the server is [gone]" in health(pilot)
        assert table(pilot, "workers").row_count == 3
        feed.error = None
        await looked(pilot)
        assert "RUNNING" in health(pilot)


async def test_a_failure_that_nobody_expected_is_shown_too() -> None:
    feed = FakeFeed()
    async with shown(feed) as pilot:
        feed.error = RuntimeError("odd")
        await looked(pilot)
        assert "odd" in health(pilot)
        feed.error, feed.answers = None, RuntimeError("worse")
        await pilot.press("plus")
        await looked(pilot)
        assert notes(pilot) == ["error: RuntimeError: worse"]


async def test_a_question_that_is_open_outlives_a_look() -> None:
    async with shown(FakeFeed()) as pilot:
        await pilot.press("x")
        await pilot.pause()
        await looked(pilot)
        assert isinstance(pilot.app.screen, Confirm)


async def test_one_look_at_a_time() -> None:
    feed, gate, looks = FakeFeed(), asyncio.Event(), []
    async with shown(feed) as pilot:

        async def slow() -> Frame:
            looks.append(1)
            await gate.wait()
            return FRAME

        feed.frame = slow  # type: ignore[method-assign]
        board = pilot.app
        assert isinstance(board, Board)
        first = asyncio.ensure_future(board.look())
        await asyncio.sleep(0)
        await board.look()
        gate.set()
        await first
        assert looks == [1]


async def test_tabs_are_chosen_by_their_keys() -> None:
    async with shown(FakeFeed()) as pilot:
        tabs = pilot.app.query_one(TabbedContent)
        for key, name in {"r": "running", "t": "types", "u": "queues", "f": "failures"}.items():
            await pilot.press(key)
            await pilot.pause()
            assert tabs.active == name
            assert pilot.app.focused is table(pilot, name)


def test_every_state_of_a_source_has_a_style() -> None:
    assert set(STYLES) == {
        *("starting", "running", "paused", "idle", "finished", "stale", "disconnected")
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (0.34, "340 ms"), (1.2, "1.2 s"), (185.0, "3:05"), (3_725.0, "1:02:05")],
)
def test_durations_are_short(value: float | None, text: str) -> None:
    assert seconds(value) == text


def test_a_line_of_bars_is_as_high_as_its_highest() -> None:
    assert sparkline((0.0, 1.0, 2.0)) == " ▄█"
    assert sparkline(()) == sparkline((0.0, 0.0)) == ""
