"""axe finds nothing on any page, in either theme, on a wide and on a narrow screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from browsing import AXE, PAGES, Watched
from busy_pipeline import BusyPipeline
from playwright.sync_api import Page
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
LOOKS = {
    f"{theme}-{size['width']}": (theme, size)
    for theme, size in product(("light", "dark"), (WIDE, NARROW))
}
TROUBLED = ("large", "silent", "lost", "empty")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """W3's 200 workers and 10,000 tasks among them."""

    def sources() -> list[Any]:
        return [
            BusyPipeline("shop"),
            FakeSource("farm", tasks=300),
            FakeSource("large", kind="pipeline", workers=200, tasks=10_000, rate=400.0),
            FakeSource("silent", mode="stale"),
            FakeSource("lost", mode="disconnected"),
            FakeSource("empty", mode="empty"),
        ]

    with Served(sources) as running:
        yield running


@pytest.fixture(scope="module")
def axe() -> str:
    """The script, for evaluation in a page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in ui/)")
    return AXE.read_text()


@pytest.fixture(params=LOOKS)
def themed(request: pytest.FixtureRequest, served: Served, watch: Watch) -> Watched:
    """A page of each theme and width into which axe can be put, which the policy would refuse."""
    theme, size = LOOKS[request.param]
    return watch(
        served.url,
        viewport=size,
        color_scheme=theme,
        bypass_csp=True,
        reduced_motion="reduce",
    )


def findings(page: Page, axe: str) -> list[str]:
    """What axe says of the page as it is, one line an element."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    return [
        f"{page.url}: {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("source", ["farm", "shop"])
def test_axe_finds_nothing_on_any_page(source: str, themed: Watched, axe: str) -> None:
    found = []
    for path in PAGES:
        page = themed.open(f"{path.format(source=source)}?source={source}")
        found += findings(page, axe)
    assert found == []


def test_axe_finds_nothing_on_a_workers_tabs_and_a_tasks_page(
    themed: Watched, served: Served, axe: str
) -> None:
    farm = served.sources[1]
    worker = next(iter(farm.get_worker_states()))
    page = themed.open(f"/worker/{worker}?source=farm")
    found = []
    for tab in page.get_by_role("tab").all():
        tab.click()
        found += findings(page, axe)
    failed = next(iter(farm.iter_tasks("state:failed")))
    themed.open(f"/task/{failed.id}?source=farm")
    found += findings(page, axe)
    themed.open("/worker/Fetch-W0?source=shop")
    found += findings(page, axe)
    themed.open("/task/order-3?source=shop")
    assert found + findings(page, axe) == []


def test_axe_finds_nothing_on_dialogs_menus_and_answers(themed: Watched, axe: str) -> None:
    themed.forgiven = ("status of 400",)  # a search half written
    page = themed.open("/queues?source=farm")
    page.get_by_role("button", name="Purge").first.click()
    found = findings(page, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Pause ")).first.click()  # each look another queue
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    page.locator(".notice").first.wait_for()
    found += findings(page, axe)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    found += findings(page, axe)
    page.keyboard.press("Escape")
    themed.open("/tasks?source=farm&search=state%3Afailed")
    page.get_by_role("button", name="Columns").click()
    found += findings(page, axe)
    page.get_by_role("button", name="Save").click()
    found += findings(page, axe)
    page.keyboard.press("Escape")
    box = page.get_by_role("combobox", name="Search tasks")
    box.fill("")
    box.press_sequentially("state:f")
    page.locator("#suggestions li").first.wait_for()
    found += findings(page, axe)
    themed.open("/failures?source=farm")
    page.locator("button.opens").first.click()
    assert found + findings(page, axe) == []


def test_axe_finds_nothing_where_there_is_much_or_nothing_or_trouble(
    themed: Watched, axe: str
) -> None:
    found = []
    for source in TROUBLED:
        for path in (f"/pipelines/{source}", "/workers", "/tasks"):
            page = themed.open(f"{path}?source={source}")
            found += findings(page, axe)
    assert found == []
