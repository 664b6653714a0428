"""Keys, search, filters and addresses that hold the view."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Watched
from playwright.sync_api import Page, Route, expect
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A cluster in which nothing changes by itself."""
    with Served(lambda: [FakeSource("farm", tasks=400, rate=0.0)]) as running:
        yield running


def setting(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def rows(page: Page) -> int:
    return page.locator("tbody tr[aria-rowindex]").count()


@pytest.mark.parametrize(
    ("keys", "title"),
    [("gw", "Workers"), ("gt", "Tasks"), ("gq", "Queues"), ("gf", "Failures"), ("gp", "farm")],
)
def test_g_and_a_letter_go_to_a_page(keys: str, title: str, served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/about")
    for key in keys:
        page.keyboard.press(key)
    expect(page.locator("main h1")).to_have_text(title)


def test_a_slash_goes_to_the_search_from_any_page(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/about")
    page.keyboard.press("/")
    expect(page.locator("main h1")).to_have_text("Tasks")
    expect(page.get_by_role("combobox", name="Search tasks")).to_be_focused()


def test_a_question_mark_opens_the_help_and_escape_closes_it(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and search")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_j_k_enter_and_x_walk_open_and_choose_rows(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    for key in "jjk":
        page.keyboard.press(key)
    expect(page.locator("tbody tr.here")).to_have_attribute("aria-rowindex", "2")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="Chosen tasks")).to_contain_text("1 task chosen")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/task/"))


def test_a_command_can_be_given_with_the_keyboard_alone(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/worker/celery@node0001")
    page.get_by_role("button", name="Grow celery@node0001").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Grow")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("celery@node0001")
    source = served.sources[0]
    assert isinstance(source, FakeSource)
    assert source.commands[-1][:2] == ("worker.pool_grow", "celery@node0001")


def test_the_first_tab_leads_past_the_navigation(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_search_filters_the_table_and_is_in_the_address(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    box = page.get_by_role("combobox", name="Search tasks")
    box.fill("state:failed name:mail")
    box.press("Enter")
    expect(page.locator("tbody")).not_to_contain_text("reports.build")
    expect(page.locator("tbody")).to_contain_text("shop.tasks.mail")
    assert setting(page, "search") == "state:failed name:mail"


def test_the_search_completes_words(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("state:fail")
    option = page.get_by_role("option").first
    expect(option).to_contain_text("state:fail", ignore_case=True)
    box.press("ArrowDown")
    box.press("Enter")
    expect(page.locator("tbody tr[aria-rowindex]").first).to_contain_text("Failure")


def test_what_was_picked_stays_picked_when_a_later_answer_comes(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/tasks")
    box = page.get_by_role("combobox", name="Search tasks")
    last = re.compile(r"search\?prefix=f$")
    held: list[Route] = []
    page.route(last, lambda route: held.append(route))
    box.press_sequentially("state:")
    options = page.get_by_role("option")
    failure = options.filter(has_text="FAILURE")
    expect(failure).to_be_visible()
    with page.expect_request(last):
        box.press("f")
    for _ in range(options.all_text_contents().index(failure.text_content() or "") + 1):
        box.press("ArrowDown")
    expect(failure).to_have_attribute("aria-selected", "true")
    held[0].continue_()
    expect(options).to_have_count(1)
    expect(failure).to_have_attribute("aria-selected", "true")


def test_up_begins_with_the_last_of_what_is_offered(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("state:")
    options = page.get_by_role("option")
    expect(options.nth(2)).to_be_visible()
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")


def test_a_wrong_search_is_explained_in_place(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    watched.forgiven = ("status of 400",)  # which browsers report by themselves
    page = watched.open("/tasks?search=runtime%3Efoo")
    expect(page.get_by_role("alert").first).to_be_visible()


def test_a_deep_link_restores_search_order_and_columns(served: Served, watch: Watch) -> None:
    first = watch(served.url).open("/tasks?search=state%3AFAILURE&sort=runtime")
    names = first.locator("tbody tr[aria-rowindex] a[href*='/task/']").all_text_contents()
    second = watch(served.url).open(urlsplit(first.url).path + "?" + urlsplit(first.url).query)
    assert second.locator("tbody tr[aria-rowindex] a[href*='/task/']").all_text_contents() == names
    assert 0 < rows(second) < 60


def test_a_click_on_a_head_sorts(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/workers")
    names = page.locator("tbody a[href*='/worker/']")
    first = names.first.text_content()
    head = page.get_by_role("columnheader", name=re.compile("^Worker|^Name")).first
    head.get_by_role("button").click()
    expect(names.first).not_to_have_text(first or "")
    assert setting(page, "sort")


def test_chips_filter_by_state(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks")
    page.locator(".chips .chip", has_text="Failure").first.click()
    expect(page.locator("tbody tr[aria-rowindex]").first).to_contain_text("Failure")
    assert "FAILURE" in setting(page, "search")


def test_a_tab_of_a_worker_is_in_the_address(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/worker/celery@node0001")
    page.get_by_role("tab", name="Config").click()
    assert setting(page, "tab") == "config"
    again = watch(served.url).open("/worker/celery@node0001?tab=config")
    expect(again.get_by_role("tab", name="Config")).to_have_attribute("aria-selected", "true")
    expect(again.get_by_role("tabpanel")).not_to_contain_text("hunter2")


def test_the_page_stands_200_percent_zoom(served: Served, watch: Watch) -> None:
    """As the browser zooms: half the pixels; no page is wider than the window."""
    watched = watch(served.url, viewport={"width": 720, "height": 450}, device_scale_factor=2)
    for path in ("/", "/tasks", "/workers", "/pipelines/farm", "/queues", "/failures", "/about"):
        page = watched.open(path)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"
