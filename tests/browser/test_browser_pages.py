"""Each page of a real pipeline and of a cluster loads, can be linked to and steered by keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import PAGES, Watched
from busy_pipeline import BusyPipeline
from msgspec.structs import replace
from playwright.sync_api import Page, expect
from served import Served

from antflow.source import Frame
from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
TITLES = {
    "/workers": "Workers",
    "/tasks": "Tasks",
    "/queues": "Queues",
    "/failures": "Failures",
    "/events": "Events",
    "/schedule": "Schedule",
    "/about": re.compile("^antflow"),
}


class Endless(BusyPipeline):
    """Nobody told it how many items there will be."""

    def frame(self) -> Frame:
        frame = super().frame()
        return replace(frame, totals=replace(frame.totals, expected=None, eta=None))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[Any]:
        return [BusyPipeline("shop"), FakeSource("farm", tasks=300), Endless("endless")]

    with Served(sources) as running:
        yield running


@pytest.mark.parametrize("source", ["shop", "farm"])
def test_every_page_of_every_source_loads_without_an_error(
    source: str, served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    for path in PAGES:
        page = watched.open(f"{path.format(source=source)}?source={source}")
        expect(page.locator("main h1")).to_have_text(TITLES.get(path, re.compile(".")))
        assert source in page.title()


@pytest.mark.parametrize("source", ["shop", "farm"])
def test_the_page_of_one_worker_loads_with_all_its_tabs(
    source: str, served: Served, watch: Watch
) -> None:
    name = next(iter(served.sources[source == "farm"].get_worker_states()))
    watched = watch(served.url)
    page = watched.open(f"/worker/{name}?source={source}")
    expect(page.locator("main h1")).to_have_text(name)
    tabs = page.get_by_role("tab").all_text_contents()
    assert len(tabs) == (8 if source == "farm" else 2)
    for tab in tabs:
        page.get_by_role("tab", name=tab, exact=True).click()
        expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute(
            "aria-selected", "true"
        )
        assert page.get_by_role("tabpanel").inner_text().strip()


def test_an_items_page_shows_its_way_and_its_traceback(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/tasks?source=shop&search=state%3Afailed")
    page.locator("tbody a[href*='/task/order-']").first.click()
    expect(page.locator("main h1")).to_have_text("Parse")
    expect(page.get_by_label("Traceback")).to_contain_text("holds no table")


@pytest.mark.parametrize(
    ("flowers", "title"), [("/broker", "Queues"), ("/workers", "Workers"), ("/tasks", "Tasks")]
)
def test_flowers_addresses_lead_to_the_same_pages(
    flowers: str, title: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(flowers)
    expect(page.locator("main h1")).to_have_text(title)


def test_the_list_of_pages_leads_to_each_without_loading_anew(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/?source=farm")
    page.evaluate("window.stays = 1")
    for name in ("Workers", "Tasks", "Queues", "Failures", "Events", "Schedule"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        expect(page.locator("main h1")).to_have_text(name)
    page.go_back()
    expect(page.locator("main h1")).to_have_text("Events")
    assert page.evaluate("window.stays") == 1


def test_every_request_is_answered_with_the_strict_policy(served: Served, watch: Watch) -> None:
    """No inline script, no eval, Trusted Types; the page works under it, see all other tests."""
    watched = watch(served.url)
    answers = []
    watched.page.on("response", lambda answer: answers.append(answer))
    watched.open("/tasks?source=farm")
    assert len(answers) >= 5
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "require-trusted-types-for 'script'" in policy, answer.url
        assert "script-src 'self';" in policy, answer.url
        assert "unsafe" not in policy, answer.url


def test_trusted_types_are_in_force(served: Served, watch: Watch) -> None:
    """Markup that somebody assigns is refused by the browser itself."""
    watched = watch(served.url)
    watched.forgiven = ("TrustedHTML",)
    page = watched.open("/about")
    refused = page.evaluate("""() => {
        try { document.body.innerHTML = "<b>x</b>"; return "taken" }
        catch (error) { return error.name }
    }""")
    assert refused == "TypeError"


def brightness(page: Page) -> float:
    """Of what lies under all of the page: 0 is black, 255 white."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return (red + green + blue) / 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_light_or_dark_as_the_system_is(theme: str, served: Served, watch: Watch) -> None:
    page = watch(served.url, color_scheme=theme).open("/about")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    assert (brightness(page) > 128) == (theme == "light")


def test_the_theme_button_changes_the_theme_and_it_stays(served: Served, watch: Watch) -> None:
    watched = watch(served.url, color_scheme="light")
    page = watched.open("/about")
    button = page.get_by_role("button", name=re.compile("^Theme"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert brightness(page) > 200
    button.click()
    button.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert brightness(page) < 60
    watched.open("/tasks")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_switch_of_sources_stays_on_its_page(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/workers?source=shop")
    expect(page.get_by_role("link", name="Fetch-W0")).to_be_visible()
    page.get_by_label("Source", exact=True).select_option("farm")
    expect(page.get_by_role("link", name="celery@node0000").first).to_be_visible()
    assert "source=farm" in page.url
    expect(page.locator("main h1")).to_have_text("Workers")


def test_a_share_is_shown_only_where_it_is_known_how_many_there_will_be(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/pipelines/shop")
    done = page.locator(".figure", has_text="Done")
    expect(done).to_contain_text("%")
    expect(done.get_by_role("meter")).to_have_count(1)
    page = watch(served.url).open("/pipelines/endless")
    done = page.locator(".figure", has_text="Done")
    expect(done).to_contain_text(re.compile(r"\d fed · [\d,]+ in flight"))
    expect(done).not_to_contain_text("%")
    expect(done.get_by_role("meter")).to_have_count(0)


def test_the_arrow_after_a_stage_says_how_much_leaves_it(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/shop")
    stages = page.locator("ol.flow > li")
    expect(stages).to_have_count(3)
    for before in range(2):
        name = stages.nth(before).get_by_role("heading").inner_text()
        hop = stages.nth(before + 1).locator(".hop")
        expect(hop).to_have_attribute("title", re.compile(f"a second leave {name}$"))
    both = page.evaluate("""() => [
        document.querySelector("ol.flow > li:nth-child(2) .hop b").textContent,
        document.querySelector("ol.flow > li:nth-child(1) dl dd").textContent,
    ]""")
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("source", "some"),
    [("shop", ["Worker", "Retries", "Exception"]), ("farm", ["Args", "Kwargs", "Result"])],
)
def test_the_usual_columns_of_tasks_suit_the_source_and_begin_with_the_state(
    source: str, some: list[str], served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(f"/tasks?source={source}")
    heads = page.get_by_role("columnheader").all_text_contents()[1:]
    assert heads[:3] == ["State", "Name", "UUID"]
    assert set(some) < set(heads)
    assert ("Args" in heads) == (source == "farm")


def test_columns_that_were_chosen_stay_for_sources_of_that_kind(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/tasks?source=farm")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Kwargs").uncheck()
    page.get_by_label("Queue", exact=True).check()
    page = watched.open("/tasks?source=farm")
    heads = page.get_by_role("columnheader").all_text_contents()
    assert "Kwargs" not in heads
    assert "Queue" in heads
    page = watched.open("/tasks?source=shop")
    assert "Queue" not in page.get_by_role("columnheader").all_text_contents()


def test_columns_of_the_address_come_in_its_order(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks?source=farm&columns=runtime,uuid,state")
    heads = page.get_by_role("columnheader").all_text_contents()[1:]
    assert heads == ["Runtime", "UUID", "State"]


def test_state_name_and_id_of_a_task_fit_a_narrow_screen(served: Served, watch: Watch) -> None:
    watched = watch(served.url, viewport={"width": 390, "height": 844})
    for source in ("shop", "farm"):
        page = watched.open(f"/tasks?source={source}")
        row = page.locator("tbody tr[aria-rowindex]").first
        assert row.locator(".badge").inner_text().strip()
        box = row.locator("a[href*='/task/']").bounding_box()
        assert box is not None
        assert box["x"] < 330


def test_the_page_of_queues_shows_those_before_the_stages(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/queues?source=shop")
    for stage in ("Fetch", "Parse", "Store"):
        expect(page.locator("tbody tr", has_text=stage)).to_have_count(1)


def test_the_way_of_a_task_that_ended_ends(served: Served, watch: Watch) -> None:
    done = next(iter(served.sources[1].iter_tasks("state:success")))
    page = watch(served.url).open(f"/task/{done.id}?source=farm")
    last = page.locator("ol.way li").last
    expect(last.locator(".number")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d\.\d{3}$"))


def test_a_source_that_nobody_knows_is_said_to_be_unknown(served: Served, watch: Watch) -> None:
    for path in ("/pipelines/nobody", "/workers?source=nobody"):
        page = watch(served.url).open(path)
        expect(page.locator("main")).to_contain_text("There is no source named nobody")


def test_the_list_of_pages_shows_the_one_on_screen_on_a_narrow_screen(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url, viewport={"width": 390, "height": 844}).open("/about?source=farm")
    expect(page.locator("nav [aria-current=page]")).to_be_in_viewport(ratio=1)


def test_the_table_stands_still_while_tasks_are_chosen(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    watched.page.clock.install()
    page = watched.open("/tasks?source=shop")
    live = page.get_by_role("button", name="Live")
    expect(live).to_have_attribute("aria-pressed", "true")
    page.locator("tbody input").first.check()
    expect(live).to_have_attribute("aria-pressed", "false")
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(10_000)
    assert not [url for url in asked if "/tasks?" in url]
    with page.expect_request("**/tasks?**"):
        page.get_by_role("button", name="Choose none").click()
    expect(live).to_have_attribute("aria-pressed", "true")


def test_keys_work_while_a_checkbox_has_the_focus(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/tasks?source=farm")
    page.locator("tbody input").first.check()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and search")).to_be_visible()
