"""Events with pause and filter, groups of failures, the schedule, the page about, help and keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import Watched
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[FakeSource]:
        farm = FakeSource("farm", tasks=300, rate=20.0, tick=0.25, failures=0.3)
        return [farm, FakeSource("calm", tasks=300, rate=0.0, failures=0.3)]

    with Served(sources, users=(), redact=("colour",)) as running:
        yield running


def newest(page: Page) -> str:
    """The newest event shown."""
    return page.locator("tbody tr[aria-rowindex]").first.text_content() or ""


def test_a_paused_tail_stands_still_and_then_has_what_was_missed(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/events?source=farm")
    expect(page.locator("tbody tr[aria-rowindex]").first).to_be_visible()
    at = newest(page)
    eventually(lambda: newest(page) != at, 15)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.wait_for_timeout(400)
    at, last = newest(page), served.sources[0].events()[0]
    eventually(lambda: served.sources[0].events()[0] > last + 10, 15)
    page.wait_for_timeout(600)
    assert newest(page) == at
    page.get_by_role("button", name="Go on").click()
    eventually(lambda: newest(page) != at, 15)
    missed = served.sources[0].events(last, 5)[1][0]["uuid"]
    page.get_by_role("searchbox", name="Filter events").fill(missed)
    expect(page.locator("tbody tr[aria-rowindex]").first).to_contain_text(missed[:6])


def test_the_filter_of_events_keeps_those_with_all_its_words(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/events?source=farm")
    page.get_by_role("searchbox", name="Filter events").fill("task-failed mail")
    expect(page.locator("tbody tr[aria-rowindex]").first).to_contain_text(
        "task-failed", timeout=20_000
    )
    for text in page.locator("tbody tr[aria-rowindex]").all_text_contents():
        assert "task-failed" in text
        assert "shop.tasks.mail" in text


def test_failures_are_grouped_by_exception_and_type_with_count_and_trend(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/failures?source=calm")
    groups = served.sources[1].frame().failures
    assert len(groups) > 5
    items = page.locator("main li.item")
    expect(items).to_have_count(len(groups))
    for item, group in zip(items.all(), groups, strict=True):
        expect(item.locator("button.opens")).to_have_text(group.exception)
        expect(item).to_contain_text(group.group)
        expect(item.locator(".number b")).to_have_text(str(group.count))
        trend = item.get_by_role("img", name=re.compile("^Per minute over the last hour"))
        assert trend.locator("rect").count() == 60


def test_a_group_opens_its_newest_traceback_and_retries_that_one(
    served: Served, watch: Watch
) -> None:
    source = served.sources[1]
    assert isinstance(source, FakeSource)
    group = source.frame().failures[0]
    page = watch(served.url).open("/failures?source=calm")
    item = page.locator("main li.item").first
    item.locator("button.opens").click()
    expect(item.get_by_label("Newest traceback")).to_have_text(group.traceback or "")
    item.get_by_role("button", name=f"Retry {group.newest}").click()
    expect(page.locator(".notice")).to_contain_text("queued again")
    assert source.commands[-1][:2] == ("task.retry", group.newest)
    assert source.world.tasks[group.newest].state == "RECEIVED"


def test_the_schedule_shows_entries_last_and_next_run(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/schedule?source=farm")
    row = page.locator("tbody tr", has_text="every half minute")
    expect(row).to_contain_text("shop.tasks.mail")
    expect(row).to_contain_text("every 30 seconds")
    expect(row).to_contain_text(re.compile(r"1\d s ago"))
    expect(row).to_contain_text(re.compile(r"in 1\d s"))
    expect(page.locator("tbody tr", has_text="nightly")).to_contain_text("crontab 0 4 * * *")


def test_the_page_about_shows_settings_health_and_versions_without_secrets(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/about?source=farm")
    main = page.locator("main")
    health = main.get_by_role("group", name="Health of sources")
    expect(health.locator("tbody tr[aria-rowindex]")).to_have_count(2)
    expect(health).to_contain_text("Running")
    settings = main.locator("section", has=page.get_by_role("heading", name="Settings of the serv"))
    expect(settings).to_contain_text(str(served.port))
    expect(settings).to_contain_text("max streams")
    versions = main.locator("section", has=page.get_by_role("heading", name="Versions"))
    expect(versions).to_contain_text("python", ignore_case=True)
    expect(main).not_to_contain_text("hunter2")
    expect(main).to_contain_text("you are")


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        *(("go", "Overview"), ("gp", "farm"), ("gw", "Workers"), ("gt", "Tasks")),
        *(("gq", "Queues"), ("gf", "Failures"), ("ge", "Events"), ("gs", "Schedule")),
        ("ga", re.compile("^antflow")),
    ],
)
@pytest.mark.parametrize("begin", ["/tasks", "/worker/celery@node0001"])
def test_each_key_that_the_help_names_goes_to_its_page(
    begin: str, keys: str, title: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(f"{begin}?source=farm")
    page.keyboard.press("?")
    listed = page.get_by_role("dialog").locator("li", has_text=re.compile(rf"g\s*{keys[1]}$"))
    expect(listed).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    def pressed() -> bool:
        # again where a busy machine took longer over two keys than a chord may last
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("main h1")).to_have_text(title, timeout=2_000)
        return "source=farm" in page.url

    eventually(pressed, 30)


def test_keys_are_letters_where_one_writes(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks?source=calm")
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("gw?/jx")
    expect(box).to_have_value("gw?/jx")
    expect(page.locator("main h1")).to_have_text("Tasks")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("path", ["/workers", "/queues", "/schedule", "/events", "/tasks"])
def test_j_and_k_walk_over_the_rows_of_every_table(path: str, served: Served, watch: Watch) -> None:
    page = watch(served.url).open(f"{path}?source=farm")
    if path == "/events":
        eventually(lambda: page.locator("tbody tr[aria-rowindex]").count() > 2)
        page.get_by_role("button", name="Pause").click()
        page.locator("main h1").click()
    here = page.locator("tbody tr.here")
    page.keyboard.press("j")
    expect(here).to_have_attribute("aria-rowindex", "2")
    page.keyboard.press("j")
    expect(here).to_have_attribute("aria-rowindex", "3")
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(here).to_have_attribute("aria-rowindex", "2")


def test_j_brings_rows_far_below_into_sight(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks?source=calm")
    for _ in range(45):
        page.keyboard.press("j")
    here = page.locator("tbody tr.here")
    expect(here).to_have_attribute("aria-rowindex", "46")
    expect(here).to_be_in_viewport()


def test_arrows_turn_the_tabs_and_a_dialog_gives_the_focus_back(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/worker/celery@node0001?source=farm")
    page.get_by_role("tab", name="Pool").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Broker")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="All")).to_be_focused()
    expect(page.get_by_role("tab", name="All")).to_have_attribute("aria-selected", "true")
    button = page.get_by_role("button", name="Grow celery@node0001")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()
