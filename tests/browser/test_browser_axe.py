"""axe finds nothing on any page, in either theme, on a wide and on a narrow screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import AXE, PAGES, Watched
from busy_pipeline import BusyPipeline
from playwright.sync_api import Page
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
NARROW = {"viewport": {"width": 390, "height": 844}}
WIDE = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[Any]:
        return [
            BusyPipeline("shop"),
            FakeSource("farm", tasks=300),
            FakeSource("large", workers=120, tasks=300),
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


@pytest.fixture(params=["light", "dark"])
def themed(request: pytest.FixtureRequest, served: Served, watch: Watch) -> Watched:
    """A page of each theme into which axe can be put, which the policy would refuse."""
    return watch(served.url, color_scheme=request.param, bypass_csp=True, reduced_motion="reduce")


def findings(page: Page, axe: str) -> list[str]:
    """What axe says of the page as it is, one line an element."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_any_page_of_a_cluster(
    size: dict[str, Any], themed: Watched, axe: str
) -> None:
    themed.page.set_viewport_size(size["viewport"])
    found = []
    for path in PAGES if size is WIDE else ("/", "/tasks", "/queues"):
        page = themed.open(f"{path.format(source='farm')}?source=farm")
        found += findings(page, axe)
    assert found == []


def test_axe_finds_nothing_on_the_pages_of_a_pipeline(themed: Watched, axe: str) -> None:
    found = []
    for path in ("/", "/pipelines/shop", "/workers", "/worker/Fetch-W0", "/tasks", "/failures"):
        page = themed.open(f"{path}?source=shop")
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
    assert found + findings(page, axe) == []


def test_axe_finds_nothing_on_dialogs_menus_and_answers(themed: Watched, axe: str) -> None:
    page = themed.open("/queues?source=farm")
    page.get_by_role("button", name="Purge").first.click()
    found = findings(page, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Pause ")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    page.locator(".notice").first.wait_for()
    found += findings(page, axe)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    assert found + findings(page, axe) == []


@pytest.mark.parametrize("source", ["large", "silent", "lost", "empty"])
def test_axe_finds_nothing_where_there_is_much_or_nothing_or_trouble(
    source: str, themed: Watched, axe: str
) -> None:
    found = []
    for path in (f"/pipelines/{source}", "/workers"):
        page = themed.open(f"{path}?source={source}")
        found += findings(page, axe)
    assert found == []
