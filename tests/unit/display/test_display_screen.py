"""Drawn in place on a terminal, plain lines elsewhere; the terminal is always given back."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from rich.panel import Panel

from antflow.display import (
    BaseDashboard,
    CompactDashboard,
    DetailedDashboard,
)
from antflow.types import DashboardSnapshot, ErrorSummary

Snapshots = Callable[..., DashboardSnapshot]
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def terminal() -> Console:
    return Console(file=Terminal(), width=100, height=30)


def written(display: BaseDashboard) -> str:
    assert display.console is not None
    text: str = display.console.file.getvalue()  # type: ignore[attr-defined]
    return text


@pytest.fixture
def run(snapshot: Snapshots) -> Callable[[BaseDashboard], str]:
    """A run of ten seconds, two updates a second; what was written meanwhile."""

    def play(display: BaseDashboard) -> str:
        display.on_start(None, 40)  # type: ignore[arg-type]
        for half in range(21):
            done = half * 2
            display.on_update(snapshot(half / 2, {"Work": {"done": done}}, in_flight=40 - done))
        display.on_finish([], ErrorSummary())
        return written(display)

    return play


# -- elsewhere than on a terminal ---------------------------------------------------------------


def test_a_pipe_gets_plain_lines_at_most_every_two_seconds(
    display: type[BaseDashboard], run: Callable[[BaseDashboard], str]
) -> None:
    text = run(display(console=Console(file=io.StringIO())))
    assert "\x1b" not in text
    assert "\r" not in text
    lines = [line for line in text.splitlines() if line.startswith("antflow:")]
    assert [re.search(r"(\d:\d\d) elapsed", line)[1] for line in lines] == [  # type: ignore[index]
        f"0:{second:02}" for second in range(0, 11, 2)
    ]
    assert "40/40 (100%)" in lines[-1]
    assert "✓ finished · 40/40" in text


def test_a_plain_line_names_stages_bottleneck_and_failures(
    snapshot: Snapshots, failure: Callable[..., Any], pipeline_of: Callable[..., Any]
) -> None:
    display = DetailedDashboard(console=Console(file=io.StringIO()))
    display.on_start(pipeline_of({"Fetch": 20, "Save": 20}), 100)
    stages = {"Fetch": {"busy": 2, "queued": 20, "done": 5}, "Save": {"done": 4, "failed": 1}}
    display.on_update(snapshot(1, stages, [failure()], in_flight=22))
    assert written(display) == (
        "antflow: 5/100 (5%), 5.0/s now, 5.0/s average, 0:01 elapsed, 0:19 left, 1 failed; "
        "Fetch queue 20/20 busy 2/2 > Save queue 0/20 busy 0/2; "
        "bottleneck Fetch: 2/2 workers busy, queue 20/20; failures: ValueError 1\n"
    )


@pytest.mark.parametrize(
    ("name", "value"), [("CI", "true"), ("TERM", "dumb"), ("TTY_COMPATIBLE", "0")]
)
def test_no_control_codes_where_the_environment_forbids_them(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: Snapshots,
) -> None:
    monkeypatch.setenv(name, value)
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    display = CompactDashboard()
    display.on_start(None, 4)  # type: ignore[arg-type]
    display.on_update(snapshot(0))
    display.on_update(snapshot(1, {"Work": {"done": 4}}))
    display.on_finish([], ErrorSummary())
    assert "\x1b" not in out.getvalue()
    assert "4/4" in out.getvalue()


def test_forced_colours_do_not_make_a_pipe_a_terminal(
    monkeypatch: pytest.MonkeyPatch, snapshot: Snapshots
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    display = CompactDashboard()
    display.on_start(None, 4)  # type: ignore[arg-type]
    display.on_update(snapshot(0))
    display.on_finish([], ErrorSummary())
    assert "\x1b" not in out.getvalue()
    assert out.getvalue()


def test_a_pipe_of_another_encoding_gets_what_it_can_take(
    snapshot: Snapshots, failure: Callable[..., Any]
) -> None:
    raw = io.BytesIO()
    display = DetailedDashboard(console=Console(file=io.TextIOWrapper(raw, encoding="ascii")))
    display.on_start(None, 4)  # type: ignore[arg-type]
    display.on_update(snapshot(1, {"Stücke": {"done": 3}}, [failure("ключ", "日本")]))
    display.on_finish([], ErrorSummary())
    assert b"St?cke" in raw.getvalue()


# -- on a terminal ------------------------------------------------------------------------------


def test_a_terminal_gets_its_cursor_back(
    display: type[BaseDashboard], run: Callable[[BaseDashboard], str]
) -> None:
    before = sys.stdout
    text = run(display(console=terminal()))
    assert HIDE_CURSOR in text
    assert text.rindex(SHOW_CURSOR) > text.rindex(HIDE_CURSOR)
    assert text.rstrip().endswith(SHOW_CURSOR)
    assert sys.stdout is before


def test_the_final_state_stays_on_the_terminal(
    display: type[BaseDashboard], run: Callable[[BaseDashboard], str]
) -> None:
    text = CONTROL.sub("", run(display(console=terminal())))
    assert "✓ finished · 40/40" in text[-600:]


def test_no_color_draws_without_colours(
    monkeypatch: pytest.MonkeyPatch, run: Callable[[BaseDashboard], str]
) -> None:
    coloured = re.compile(r"\x1b\[[\d;]*3\dm")
    assert coloured.search(run(CompactDashboard(console=terminal())))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured.search(run(CompactDashboard(console=terminal())))


def test_the_compact_display_draws_no_more_often_than_its_rate(snapshot: Snapshots) -> None:
    drawn: list[float] = []

    class Counting(CompactDashboard):
        def render(self, snapshot: DashboardSnapshot) -> Any:
            drawn.append(snapshot.timestamp)
            return super().render(snapshot)

    display = Counting(refresh_rate=4.0, console=terminal())
    display.on_start(None, 4)  # type: ignore[arg-type]
    for step in range(100):
        display.on_update(snapshot(step / 50))
    display.on_finish([], ErrorSummary())
    assert 7 <= len(drawn) <= 9


def test_a_second_display_prints_lines_while_the_first_draws(snapshot: Snapshots) -> None:
    first, second = (CompactDashboard(console=terminal()) for _ in range(2))
    for display in (first, second):
        display.on_start(None, 4)  # type: ignore[arg-type]
        display.on_update(snapshot(1))
    for display in (first, second):
        display.on_finish([], ErrorSummary())
    assert HIDE_CURSOR in written(first)
    assert "\x1b" not in written(second)


def test_log_lines_go_past_the_drawing(
    monkeypatch: pytest.MonkeyPatch, snapshot: Snapshots
) -> None:
    """A handler made before the run writes above the picture, and then as before."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    handler = logging.StreamHandler()
    logging.root.addHandler(handler)
    try:
        display = CompactDashboard(console=terminal())
        display.on_start(None, 4)  # type: ignore[arg-type]
        display.on_update(snapshot(1))
        logging.getLogger("job").warning("during")
        display.on_finish([], ErrorSummary())
        logging.getLogger("job").warning("after")
    finally:
        logging.root.removeHandler(handler)
    assert "during" in written(display)
    assert stderr.getvalue() == "after\n"


# -- displays of one's own ----------------------------------------------------------------------


class Own(BaseDashboard):
    """Only `render`, and no super().__init__()."""

    def __init__(self) -> None:
        self.rendered: list[DashboardSnapshot] = []

    def render(self, snapshot: DashboardSnapshot) -> Any:
        self.rendered.append(snapshot)
        return f"[bold]{snapshot.pipeline_stats.items_processed}[/bold] so far"


@pytest.mark.parametrize("console", [terminal, lambda: Console(file=io.StringIO())])
def test_a_display_of_ones_own_needs_only_render(
    console: Callable[[], Console], run: Callable[[BaseDashboard], str]
) -> None:
    display = Own()
    display.console = console()
    text = CONTROL.sub("", run(display))
    assert display.rendered
    assert "so far" in text
    assert "finished · 40/40" in text
    assert "[bold]" not in text


@pytest.mark.parametrize("console", [terminal, lambda: Console(file=io.StringIO())])
def test_a_display_may_draw_by_itself(
    console: Callable[[], Console], run: Callable[[BaseDashboard], str]
) -> None:
    """A `render` that returns nothing gets nothing drawn or printed for it."""

    class Silent(Own):
        def render(self, snapshot: DashboardSnapshot) -> None:
            self.rendered.append(snapshot)

    display = Silent()
    display.console = console()
    assert run(display) == ""
    assert display.rendered


def test_broken_markup_is_shown_as_it_stands(snapshot: Snapshots) -> None:
    class Broken(Own):
        def render(self, snapshot: DashboardSnapshot) -> str:
            return "item [/nope]"

    assert Broken().render_line(snapshot()) == "item [/nope]"


def test_any_renderable_will_do(snapshot: Snapshots) -> None:
    class Boxed(Own):
        def render(self, snapshot: DashboardSnapshot) -> Panel:
            return Panel("inside")

    assert "inside" in Boxed().render_line(snapshot())


def test_the_report_is_there_for_render(snapshot: Snapshots) -> None:
    display = Own()
    display.console = Console(file=io.StringIO())
    display.on_start(None, 4)  # type: ignore[arg-type]
    display.on_update(snapshot(0))
    display.on_update(snapshot(2, processed=3))
    assert display.report is not None
    assert display.report.throughput == pytest.approx(1.5)


def test_a_broken_render_still_gives_the_terminal_back(snapshot: Snapshots) -> None:
    class Raising(Own):
        def render(self, snapshot: DashboardSnapshot) -> str:
            if self.rendered:
                raise RuntimeError("broken")
            self.rendered.append(snapshot)
            return "fine as yet"

    before = sys.stdout
    display = Raising()
    display.console = terminal()
    display.on_start(None, 4)  # type: ignore[arg-type]
    display.on_update(snapshot(0))
    with pytest.raises(RuntimeError):
        display.on_update(snapshot(1))
    with pytest.raises(RuntimeError):
        display.on_finish([], ErrorSummary())
    assert written(display).rstrip().endswith(SHOW_CURSOR)
    assert sys.stdout is before
