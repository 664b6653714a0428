"""The address holds the view: what was chosen is there again after a reload and by a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import PAGES, Watched
from playwright.sync_api import Page, expect
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
EVERY_PAGE = (
    *PAGES,
    "/worker/celery@node0001",
    "/worker/celery@node0001?tab=config",
    "/task/{task}",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A cluster in which nothing changes by itself, and a pipeline."""

    def sources() -> list[FakeSource]:
        farm = FakeSource("farm", tasks=400, rate=0.0)
        return [farm, FakeSource("shop", kind="pipeline", tasks=200, rate=0.0)]

    with Served(sources) as running:
        yield running


def setting(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def reload(watched: Watched) -> Page:
    """As F5 does."""
    watched.page.reload()
    watched.settle()
    return watched.page


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_text_contents()


def test_search_order_and_columns_of_tasks_are_there_after_a_reload(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/tasks?source=farm")
    page.get_by_role("combobox", name="Search tasks").fill("state:failed name:mail")
    page.keyboard.press("Enter")
    page.get_by_role("columnheader", name="Runtime").get_by_role("button").click()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Queue").check()
    page.get_by_role("checkbox", name="Result").uncheck()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Queue")).to_have_count(1)
    expect(page.locator("tbody")).not_to_contain_text("reports.build")
    rows, heads = texts(page, "tbody td a[href*='/task/']"), texts(page, "thead th")
    assert len(rows) > 2
    page.evaluate("localStorage.clear()")
    page = reload(watched)
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value(
        "state:failed name:mail"
    )
    expect(page.get_by_role("columnheader", name="Runtime")).to_have_attribute(
        "aria-sort", "descending"
    )
    assert texts(page, "thead th") == heads
    assert texts(page, "tbody td a[href*='/task/']") == rows


def test_filter_and_status_of_workers_are_there_after_a_reload(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/workers?source=farm")
    everybody = len(texts(page, "tbody a[href*='/worker/']"))
    page.get_by_role("searchbox", name=re.compile("^Filter workers")).fill("node0003")
    expect(page.locator("tbody a[href*='/worker/']")).to_have_count(1)
    page = reload(watched)
    expect(page.get_by_role("searchbox", name=re.compile("^Filter workers"))).to_have_value(
        "node0003"
    )
    expect(page.locator("tbody a[href*='/worker/']")).to_have_text(["celery@node0003"])
    page = watched.open("/workers?source=farm")
    page.locator(".chip", has_text="Offline").click()
    expect(page.locator("main")).to_contain_text("No worker matches")
    page = reload(watched)
    expect(page.locator(".chip", has_text="Offline")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("main")).to_contain_text("No worker matches")
    page.locator(".chip", has_text="Offline").click()
    expect(page.locator("tbody a[href*='/worker/']")).to_have_count(everybody)


def test_filter_of_events_is_there_after_a_reload(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/events?source=farm")
    page.get_by_role("searchbox", name="Filter events").fill("task-nothing")
    page = reload(watched)
    expect(page.get_by_role("searchbox", name="Filter events")).to_have_value("task-nothing")


@pytest.mark.parametrize("path", ["/pipelines/shop", "/queues?source=farm"])
def test_the_time_range_of_charts_is_there_after_a_reload(
    path: str, served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open(path)
    choice = page.get_by_role("group", name="Time range")
    expect(choice.get_by_role("button", name="1 min", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    choice.get_by_role("button", name="5 min", exact=True).click()
    assert setting(page, "range") == "5m"
    page = reload(watched)
    pressed = page.get_by_role("group", name="Time range").locator("[aria-pressed=true]")
    expect(pressed).to_have_text(["5 min"])


def test_an_opened_group_of_failures_is_open_after_a_reload(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/failures?source=farm")
    page.locator("button.opens").nth(1).click()
    expect(page.get_by_label("Newest traceback")).to_contain_text("Traceback")
    page = reload(watched)
    expect(page.locator("button.opens").nth(1)).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("Newest traceback")).to_have_count(1)


@pytest.mark.parametrize("tab", ["broker", "queues", "tasks", "limits", "config", "system", "all"])
def test_each_tab_of_a_worker_is_open_after_a_reload(
    tab: str, served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/worker/celery@node0001?source=farm")
    page.get_by_role("tab", name=tab.title(), exact=True).click()
    page = reload(watched)
    expect(page.locator("[role=tab][aria-selected=true]")).to_have_text([tab.title()])


def test_the_followed_item_of_a_pipeline_is_there_after_a_reload(
    served: Served, watch: Watch
) -> None:
    item = next(iter(served.sources[1].iter_tasks("state:completed"))).id
    watched = watch(served.url)
    page = watched.open("/pipelines/shop")
    page.get_by_role("textbox", name="Id of a task").fill(item)
    page.get_by_role("button", name="Follow").click()
    panel = page.locator("section", has=page.get_by_role("heading", name="The way of one task"))
    expect(panel.locator("ol.way")).to_contain_text("Completed")
    page = reload(watched)
    expect(page.get_by_role("textbox", name="Id of a task")).to_have_value(item)
    expect(page.locator("ol.way").last).to_contain_text("Completed")


def test_the_source_on_screen_is_there_after_a_reload(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/workers")
    page.get_by_label("Source", exact=True).select_option("shop")
    expect(page.get_by_role("link", name="Fetch-W0")).to_be_visible()
    page = reload(watched)
    expect(page.get_by_role("link", name="Fetch-W0")).to_be_visible()


def test_the_way_back_leads_through_the_pages_with_their_settings(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/tasks?source=farm&search=state%3Afailed&sort=runtime")
    page.locator("tbody a[href*='/task/']").first.click()
    expect(page).to_have_url(re.compile("/task/"))
    page.go_back()
    expect(page.get_by_role("combobox", name="Search tasks")).to_have_value("state:failed")
    assert setting(page, "sort") == "runtime"


@pytest.mark.parametrize("size", [(720, 450, 2), (390, 844, 1)], ids=["zoom-200", "narrow"])
@pytest.mark.parametrize("source", ["farm", "shop"])
def test_no_page_is_wider_than_the_window(
    source: str, size: tuple[int, int, int], served: Served, watch: Watch
) -> None:
    """At 200 % zoom, which is half the pixels, and on a telephone."""
    width, height, scale = size
    viewport = {"width": width, "height": height}
    watched = watch(served.url, viewport=viewport, device_scale_factor=scale)
    shown = served.sources[source == "shop"]
    task = next(iter(shown.iter_tasks("state:failed"))).id
    wide = {}
    for path in EVERY_PAGE:
        address = path.format(source=source, task=task)
        if source == "shop":
            address = address.replace("celery@node0001", "Fetch-W0")
        page = watched.open(f"{address}{'&' if '?' in address else '?'}source={source}")
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if over > 0:
            wide[address] = over
    assert wide == {}


def test_with_reduced_motion_nothing_moves(served: Served, watch: Watch) -> None:
    """No transition, no animation, no smooth scrolling, on pages and in dialogs."""
    watched = watch(served.url, reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")].filter(element => {
        const style = getComputedStyle(element);
        const times = `${style.transitionDuration},${style.animationDuration}`.split(",");
        const named = style.animationName !== "none" || style.transitionProperty !== "none";
        return style.scrollBehavior === "smooth" || (named && times.some(t => parseFloat(t)));
    }).map(element => element.outerHTML.slice(0, 80))"""
    for path in ("/", "/pipelines/shop", "/queues?source=farm", "/tasks?source=farm"):
        page = watched.open(path)
        assert page.evaluate(moving) == []
        assert page.evaluate("document.getAnimations().length") == 0
    page.keyboard.press("?")
    assert page.evaluate(moving) == []
    page.evaluate("document.querySelector('h1').style.transition = 'opacity 9s'")
    assert page.evaluate(moving) == [], "what should move does so"
