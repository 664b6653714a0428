"""What is old, paused, stalled or revoked is called so, in words that agree with the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched
from msgspec.structs import replace
from playwright.sync_api import Locator, expect
from served import Served

from antflow.source import Frame
from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


class Stalled(FakeSource):
    """A pipeline of which the first stage is paused before a full queue, so that nothing moves."""

    def frame(self) -> Frame:
        """The picture now."""
        frame = super().frame()
        first, *others = (replace(group, bottleneck=None) for group in frame.groups)
        groups = [replace(first, paused=True, queued=30), *others]
        health = replace(frame.health, state="running", reason="nothing has moved for 12 s")
        return replace(frame, groups=groups, health=health)


@pytest.fixture
def served() -> Iterator[Served]:
    def sources() -> list[Any]:
        stalled = Stalled("held", kind="pipeline", workers=4, tasks=50, rate=0.0)
        return [stalled, FakeSource("farm", workers=4, tasks=200, tick=0.25)]

    with Served(sources) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/pipelines/held", "/workers?source=farm"])
def test_every_page_says_that_it_is_old_when_the_server_is_gone(
    path: str, served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    watched.forgiven = ("net::ERR",)
    main = watched.open(path).locator("main")
    old = main.get_by_role("status").filter(has_text="What you see is old.")
    expect(old).to_have_count(0)
    served.stop()
    expect(old).to_contain_text("see whether it still runs", timeout=30_000)
    expect(main).not_to_contain_text("all answer")
    served.start()
    expect(old).to_have_count(0, timeout=60_000)


@pytest.mark.parametrize("path", ["/", "/pipelines/held"])
def test_that_nothing_moves_is_said_on_the_page_though_the_run_goes_on(
    path: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(path)
    expect(page.locator("main .note")).to_have_text("Nothing has moved for 12 s.")


@pytest.mark.parametrize("path", ["/", "/pipelines/held"])
def test_a_paused_stage_with_work_before_it_is_what_holds_the_others_up(
    path: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(path)
    name = served.sources[0].frame().groups[0].name
    expect(page.locator("main")).to_contain_text(f"{name} is paused: 30 items wait")
    expect(page.locator("main")).not_to_contain_text("no stage holds the others up")


def test_on_a_narrow_screen_a_paused_stage_keeps_its_name(served: Served, watch: Watch) -> None:
    page = watch(served.url, viewport={"width": 390, "height": 844}).open("/")
    row = page.get_by_role("group", name="Stages of held").locator("tbody tr").first
    expect(row).to_contain_text("Paused")
    assert widths(row.locator("a .cut"))[0] >= natural(row.locator("a .cut"))


def test_groups_of_failures_are_not_taken_for_failures(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/farm")
    groups = len(served.sources[1].frame().failures)
    panel = page.locator("section.panel", has=page.get_by_role("heading", name="Failures"))
    expect(panel.locator("header")).to_contain_text(f"{groups} group")


def test_where_it_failed_is_told_apart_by_its_last_part(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/")
    where = page.get_by_role("group", name="Failures of the last hour of farm").locator(
        "a.dotted", has_text="shop.tasks."
    )
    last = where.locator(".cut").last
    expect(last).to_be_visible()
    assert widths(last)[0] >= natural(last)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("REVOKED", "Why it ended"),
        ("FAILURE", "Why it failed"),
        ("RETRY", "Why it is tried again"),
        ("SUCCESS", "Why it was tried again"),
    ],
)
def test_the_reason_of_a_state_is_named_after_the_state(
    state: str, words: str, served: Served, watch: Watch
) -> None:
    farm = served.sources[1]
    assert isinstance(farm, FakeSource)
    task = next(farm.world.newest_first())
    farm.world.put(replace(task, id="the-task", state=state, exception="TaskRevokedError('x')"))
    page = watch(served.url).open("/task/the-task?source=farm")
    expect(page.get_by_role("heading", name="Why it")).to_have_text(words)


def widths(found: Locator) -> list[float]:
    """How wide each is drawn, in pixels."""
    every: list[float] = found.evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().width)"
    )
    return every


def natural(found: Locator) -> float:
    """How wide the text of the first is where nothing cuts it, less a part of a pixel."""
    width: float = found.first.evaluate(
        """one => {
            const range = document.createRange();
            range.selectNodeContents(one);
            return range.getBoundingClientRect().width - 0.1;
        }"""
    )
    return width
