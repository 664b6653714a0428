"""Can this be trusted, is it healthy, where is it stuck: and what stands there when nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched
from busy_pipeline import BusyPipeline
from playwright.sync_api import Page, Route, expect
from polling import eventually
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[Any]:
        return [
            BusyPipeline("shop"),
            FakeSource("steps", kind="pipeline", tasks=300, failures=0.2),
            FakeSource("farm", tasks=100),
            FakeSource("silent", mode="stale"),
            FakeSource("lost", mode="disconnected"),
            FakeSource("empty", mode="empty"),
        ]

    with Served(sources) as running:
        yield running


def trust(page: Page) -> Any:
    return page.get_by_role("region", name="Can this be trusted")


@pytest.mark.parametrize(
    "path", ["/", "/pipelines/farm", "/workers", "/tasks", "/queues", "/failures", "/events"]
)
def test_age_of_the_last_event_losses_and_drift_are_on_every_page(
    path: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(f"{path}?source=farm")
    shown = trust(page)
    if path != "/":
        expect(shown).to_contain_text("Running")
        expect(shown).to_contain_text("lost 3")  # one lost, two unreadable
        expect(shown).to_contain_text("drift +5 m")
    expect(shown).to_contain_text(re.compile(r"last event (now|\d+ s ago)|no event yet"))
    expect(shown).to_contain_text("lost")
    expect(shown).to_contain_text("drift")


def test_which_clock_is_off_is_said(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/workers?source=farm")
    drift = trust(page).locator("span", has_text="drift").last
    assert "celery@node0002: +5 m" in (drift.get_attribute("title") or "")
    page = watched.open("/worker/celery@node0002?source=farm")
    expect(page.locator("main")).to_contain_text("Its clock is 5 m ahead")


@pytest.mark.parametrize("path", ["/", "/pipelines/silent", "/workers", "/queues", "/failures"])
def test_a_stale_source_says_that_what_is_seen_is_old(
    path: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(f"{path}?source=silent")
    note = page.locator("main .note", has_text="What you see is old.").first
    expect(note).to_contain_text("nothing came for")
    expect(note).to_contain_text(re.compile(r"The last event came .* ago"))
    if path != "/":
        expect(trust(page)).to_contain_text("Stale")


@pytest.mark.parametrize("path", ["/", "/pipelines/lost", "/workers", "/tasks", "/queues"])
def test_a_source_that_cannot_be_reached_says_why(path: str, served: Served, watch: Watch) -> None:
    page = watch(served.url).open(f"{path}?source=lost")
    note = page.get_by_role("alert").filter(has_text="The source cannot be reached.").first
    expect(note).to_contain_text("no connection to redis://127.0.0.1:6379/0: refused")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/pipelines/empty", "No workers"),
        ("/workers", "No workers yet"),
        ("/tasks", "No tasks yet"),
        ("/failures", "Nothing failed"),
        ("/events", "No events yet"),
        ("/schedule", "Nothing runs by the clock"),
    ],
)
def test_a_page_without_anything_says_what_will_be_there(
    path: str, words: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(f"{path}?source=empty")
    expect(page.locator("main .empty", has_text=words).first).to_be_visible(timeout=15_000)


def test_the_overview_says_which_sources_cannot_be_trusted(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/")
    expect(page.locator("main .head")).to_contain_text("2 sources of 6 cannot be trusted now")


def test_while_it_loads_a_page_says_so_and_an_error_says_why(served: Served, watch: Watch) -> None:
    """The answer is held back, then refused, then given."""
    watched = watch(served.url)
    watched.forgiven = ("status of 503",)
    held: list[Route] = []
    watched.page.route("**/api/v1/about", lambda route: held.append(route))
    watched.page.goto(f"{served.url}/about?source=farm")
    loading = watched.page.locator("main [role=status]")
    expect(loading).to_have_text("Loading the server's settings…")
    eventually(lambda: watched.page.title() is not None and held)  # asking lets the route in
    held.pop().fulfill(status=503, json={"detail": "the disk is away"})
    alert = watched.page.locator("main [role=alert]")
    expect(alert).to_contain_text("This could not be loaded")
    watched.page.unroute("**/api/v1/about")
    alert.get_by_role("button", name="Try again").click()
    expect(watched.page.locator("main h1")).to_have_text(re.compile("^antflow"))


@pytest.mark.parametrize("path", ["/task/no-such-task", "/worker/no-such-worker"])
def test_what_is_not_known_is_said_to_be_so(path: str, served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    watched.forgiven = ("status of 404",)
    page = watched.page
    page.goto(f"{served.url}{path}?source=farm")
    expect(page.locator("main [role=alert]")).to_contain_text("no-such")


def figure(page: Page, label: str) -> Any:
    has = page.locator(".label", has_text=re.compile(rf"^{label}$"))
    return page.locator("main .figure").filter(has=has).first


def test_the_header_says_state_percent_throughput_time_left_and_failures(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/pipelines/steps")
    source = served.sources[1]
    expect(page.locator("main .head .badge")).to_have_text("Running")
    totals = source.frame().totals
    expect(figure(page, "Done")).to_contain_text(re.compile(r"\d+\.\d %|\d+ %"))
    expect(figure(page, "Done")).to_contain_text(f"of {totals.expected:,}"[:5])
    throughput = figure(page, "Throughput")
    expect(throughput).to_contain_text(re.compile(r"\d+\.\d /s"))
    path = throughput.get_by_role("img", name=re.compile("^Throughput of the last minute"))
    expect(path.locator("path")).to_have_count(2)
    left = figure(page, "Time left")
    expect(left).to_contain_text(re.compile(r"\d+ [ms].* – \d+ [ms]"))
    shown = figure(page, "Failed").locator(".value")
    expect(shown).to_have_text(re.compile(r"^[1-9]\d*$"))


def test_the_figures_of_a_real_pipeline_move_by_themselves(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/shop")
    page.evaluate("window.stays = 1")
    done = figure(page, "Done").locator(".hint")
    before = done.text_content()
    expect(done).not_to_have_text(before or "", timeout=15_000)
    ended = served.sources[0].get_stats().items_processed

    def shown() -> int:
        found = re.search(r"([\d,]+) of 10,000", done.text_content() or "")
        return int(found[1].replace(",", "")) if found else 0

    eventually(lambda: shown() > ended, 15)
    assert page.evaluate("window.stays") == 1


def test_the_bottleneck_is_named_and_why(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/steps")
    stage = page.get_by_role("article", name="Stage Parse")
    expect(stage).to_contain_text("Bottleneck")
    expect(page.get_by_role("article", name="Stage Fetch")).not_to_contain_text("Bottleneck")
    expect(page.locator("main")).to_contain_text(
        "Parse sets the pace: all its workers are busy, its queue grows"
    )


def test_each_stage_shows_queue_of_capacity_busy_of_workers_and_rates(
    served: Served, watch: Watch
) -> None:
    page = watch(served.url).open("/pipelines/shop")
    names = page.locator("ol.flow article h3").all_text_contents()
    assert [name.strip() for name in names] == ["Fetch", "Parse", "Store"]
    store = page.get_by_role("article", name="Stage Store")
    expect(store).to_contain_text(re.compile(r"Queue\s*\d+ of 20"))
    expect(store).to_contain_text(re.compile(r"\d+ of 2"))
    expect(store).to_contain_text(re.compile(r"out[\d.]+ /s"))
    expect(store.get_by_role("meter")).to_have_count(2)
    expect(page.locator("ol.flow li .hop").nth(1)).to_contain_text(re.compile(r"[\d.]+ /s"))


def test_a_paused_stage_and_pipeline_say_so(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/pipelines/shop")
    source = served.sources[0]
    served.run(source.command("group.pause", "Store"))
    try:
        expect(page.get_by_role("article", name="Stage Store")).to_contain_text("Paused")
    finally:
        served.run(source.command("group.resume", "Store"))
    expect(page.get_by_role("article", name="Stage Store")).not_to_contain_text("Paused")
