"""Each page of a real pipeline and of a cluster loads, can be linked to and steered by keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import PAGES, Watched
from busy_pipeline import BusyPipeline
from playwright.sync_api import expect
from served import Served

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


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(lambda: [BusyPipeline("shop"), FakeSource("farm", tasks=300)]) as running:
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


def test_the_theme_button_changes_the_theme_and_it_stays(served: Served, watch: Watch) -> None:
    watched = watch(served.url, color_scheme="light")
    page = watched.open("/about")
    button = page.get_by_role("button", name=re.compile("^Theme"))
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    button.click()
    button.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    watched.open("/tasks")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_switch_of_sources_stays_on_its_page(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/workers?source=shop")
    expect(page.get_by_role("link", name="Fetch-W0")).to_be_visible()
    page.get_by_label("Source", exact=True).select_option("farm")
    expect(page.get_by_role("link", name="celery@node0000").first).to_be_visible()
    assert "source=farm" in page.url
    expect(page.locator("main h1")).to_have_text("Workers")
