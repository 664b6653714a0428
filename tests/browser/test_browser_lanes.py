"""Lanes and heat maps on canvases: what they show, say and lead to, and what is beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched
from playwright.sync_api import Locator, Page, expect
from polling import eventually
from served import Served

from antflow.pipeline import Pipeline, Stage
from antflow.web.sources import FakeSource, LocalSource

Watch = Callable[..., Watched]
AXIS = 18  # pixels of the axis above the lanes
LANES = re.compile(r"^What (\d+) workers? did in the last minute")
HEAT = re.compile(r"^How busy (\d+) workers were in the last minute")
COLOURS = """canvas => {
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const found = {};
    for (let at = 0; at < data.length; at += 4) {
        if (data[at + 3] < 250) continue;
        const name = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
        found[name] = (found[name] ?? 0) + 1;
    }
    return found;
}"""
TONE = """name => {
    const probe = document.createElement("i");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const said = getComputedStyle(probe).color;
    probe.remove();
    return said;
}"""


class HeldPipeline(LocalSource):
    """One item is held for ever by the first worker, the other worker has nothing to do."""

    def __init__(self) -> None:
        super().__init__(Pipeline([Stage("Hold", workers=2, tasks=[self._hold])]), "held")

    async def start(self) -> None:
        """Begin to hold."""
        await super().start()
        await self.pipeline.start()
        await self.pipeline.feed([{"id": "the-item", "value": 1}])

    async def stop(self) -> None:
        """Let go."""
        await super().stop()
        await self.pipeline.shutdown(0.0)

    async def _hold(self, value: int) -> int:
        import asyncio

        await asyncio.Event().wait()
        return value


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[Any]:
        return [
            FakeSource("most", kind="pipeline", workers=100, tasks=500),
            FakeSource("more", kind="pipeline", workers=101, tasks=500),
            FakeSource("few", workers=4, tasks=60, rate=0.0),
            HeldPipeline(),
        ]

    with Served(sources) as running:
        yield running


def canvas(page: Page, name: re.Pattern[str]) -> Locator:
    return page.get_by_role("img", name=name)


def drawn(board: Locator) -> dict[str, int]:
    """Pixels of a canvas by their colour."""
    found: dict[str, int] = board.evaluate(COLOURS)
    return found


def tone(page: Page, name: str) -> str:
    return str(page.evaluate(TONE, name))


@pytest.mark.parametrize("path", ["/pipelines/{}", "/workers?source={}"])
def test_above_100_workers_lanes_become_a_heat_map(path: str, served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open(path.format("most"))
    expect(canvas(page, LANES)).to_have_count(1)
    assert "100 workers" in (canvas(page, LANES).get_attribute("aria-label") or "")
    page = watched.open(path.format("more"))
    expect(canvas(page, HEAT)).to_have_count(1)
    expect(canvas(page, LANES)).to_have_count(0)
    busy = tone(page, "fill-run")
    assert busy.startswith("rgb(")
    eventually(lambda: len(drawn(canvas(page, HEAT))) > 3, 15)


def test_a_cell_of_the_heat_map_names_its_worker_and_leads_to_it(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/workers?source=more")
    names = [worker.name for worker in served.sources[1].frame().workers]
    board = canvas(page, HEAT)
    board.scroll_into_view_if_needed()
    board.hover(position={"x": 60, "y": 3})
    shown = page.locator(".tip")
    expect(shown).to_contain_text("running, busy")
    worker = (shown.text_content() or "").partition(":")[0]
    assert worker in names
    board.click(position={"x": 60, "y": 3})
    expect(page.locator("main h1")).to_have_text(worker)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_lane_shows_the_running_item_and_the_idle_lane_is_empty(
    theme: str, served: Served, watch: Watch
) -> None:
    """The held worker's lane is filled to its right end; the other's has no bar at all."""
    page = watch(served.url, color_scheme=theme).open("/pipelines/held")
    board = canvas(page, LANES)
    busy = tone(page, "fill-run")
    eventually(lambda: drawn(board).get(busy, 0) > 20, 15, what=lambda: str(drawn(board)))
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None
    row = (box["height"] - AXIS) / 2
    board.hover(position={"x": box["width"] - 20, "y": box["height"] - 1.5 * row})
    expect(page.locator(".tip")).to_contain_text(re.compile(r"Hold-W0: .*the-item"))
    board.hover(position={"x": box["width"] - 20, "y": box["height"] - 0.5 * row})
    expect(page.locator(".tip")).to_have_text(re.compile(r"Hold-W1: idle"))


def test_a_click_on_a_bar_opens_the_item_and_beside_it_the_worker(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/pipelines/held")
    board = canvas(page, LANES)
    busy = tone(page, "fill-run")
    eventually(lambda: drawn(board).get(busy, 0) > 20, 15)
    box = board.bounding_box()
    assert box is not None
    row = (box["height"] - AXIS) / 2
    board.click(position={"x": box["width"] - 20, "y": box["height"] - 1.5 * row})
    expect(page).to_have_url(re.compile("/task/the-item"))
    page = watched.open("/pipelines/held")
    canvas(page, LANES).click(position={"x": 20, "y": box["height"] - 0.5 * row})
    expect(page.locator("main h1")).to_have_text("Hold-W1")


def test_the_workers_current_item_and_for_how_long_stand_in_the_table_too(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/workers?source=held")
    row = page.locator("tbody tr", has_text="Hold-W0")
    expect(row).to_contain_text("the-item")
    expect(row).to_contain_text(re.compile(r"\d+ s|\d+ m"))
    expect(page.locator("tbody tr", has_text="Hold-W1")).to_contain_text("Idle")


def test_what_runs_far_too_long_stands_out_in_lane_and_table(served: Served, watch: Watch) -> None:
    source = served.sources[2]
    assert isinstance(source, FakeSource)
    name, worker = next(
        (name, worker) for name, worker in source.world.workers.items() if worker.running
    )
    from msgspec import structs

    running = tuple(structs.replace(task, stuck=True) for task in worker.running)
    source.world.change_worker(name, running=running)
    page = watch(served.url).open("/workers?source=few")
    expect(page.locator("tbody tr", has_text=name)).to_contain_text("stuck")
    warning = tone(page, "fill-warn")
    board = canvas(page, LANES)
    eventually(lambda: drawn(board).get(warning, 0) > 10, 15, what=lambda: str(drawn(board)))


def test_a_chart_says_its_figure_and_a_table_stands_beside_it(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/most")
    label = page.get_by_role("img", name=re.compile("^Throughput over time, now [0-9.]+ a second"))
    expect(label).to_have_count(1)
    expect(label.locator("canvas")).to_have_count(1)
    expect(page.get_by_role("group", name="Latencies by group")).to_be_visible()
    heads = page.get_by_role("group", name="Latencies by group").locator("thead th")
    texts = [text.strip() for text in heads.all_inner_texts()]
    assert texts == ["Stage", "Run p50", "p95", "p99", "Wait p50", "p95", "p99"]


def test_each_state_is_a_shape_and_a_word(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    seen = 0
    for path in ("/", "/workers?source=few", "/tasks?source=few", "/failures?source=few"):
        badges = watched.open(path).locator("main .badge")
        for badge in badges.all():
            assert badge.locator("svg").count() == 1, badge.inner_html()
            assert (badge.text_content() or "").strip(), badge.inner_html()
            seen += 1
    assert seen > 20
