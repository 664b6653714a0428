"""A server that stops and comes back, and a tab that nobody looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from browsing import Watched, hide
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from polling import eventually
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


@pytest.fixture
def served() -> Iterator[Served]:
    """Each start has a cluster of another size."""
    sizes = iter([3, 5])

    def sources() -> list[FakeSource]:
        return [FakeSource("farm", workers=next(sizes), tasks=100, tick=0.25)]

    with Served(sources) as running:
        yield running


def workers(page: Page) -> list[str]:
    return page.locator("tbody a[href*='/worker/']").all_text_contents()


def test_a_stopped_server_is_said_and_after_its_restart_the_view_is_fresh(
    served: Served, watch: Watch
) -> None:
    """Without loading anew: the view equals that of a page opened after the restart (W2)."""
    watched = watch(served.url)
    watched.forgiven = ("net::ERR",)
    page = watched.open("/workers")
    page.evaluate("window.stays = 1")
    expect(page.locator("tbody a[href*='/worker/']")).to_have_count(3)
    served.stop()
    lost = page.get_by_role("alert").filter(has_text="server not reached")
    expect(lost).to_be_visible(timeout=20_000)
    served.start()
    with suppress(PlaywrightTimeout):  # the page tries by itself, too, and may be sooner
        page.get_by_role("button", name="Retry now").click(timeout=5_000)
    expect(lost).to_have_count(0, timeout=20_000)
    expect(page.locator("tbody a[href*='/worker/']")).to_have_count(5)
    assert page.evaluate("window.stays") == 1
    fresh = watch(served.url).open("/workers")
    expect(fresh.locator("tbody a[href*='/worker/']")).to_have_count(5)
    assert workers(page) == workers(fresh)


def test_it_comes_back_by_itself(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    watched.forgiven = ("net::ERR",)
    page = watched.open("/workers")
    served.stop()
    expect(page.get_by_role("alert").first).to_be_visible(timeout=20_000)
    served.start()
    expect(page.locator("tbody a[href*='/worker/']")).to_have_count(5, timeout=30_000)


def test_a_hidden_tab_has_no_stream_and_a_seen_one_has_it_again(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    page = watched.open("/workers")
    source = served.sources[0]
    assert isinstance(source, FakeSource)
    eventually(lambda: source.frames > 3)
    hide(page, hidden=True)
    eventually(lambda: is_left_alone(page, source))
    asked, frames = len(watched.streams), source.frames
    hide(page, hidden=False)
    eventually(lambda: (watched.page.title(), len(watched.streams))[1] == asked + 1)
    eventually(lambda: source.frames > frames + 3)


def is_left_alone(page: Page, source: FakeSource) -> bool:
    """Whether nobody asked for a frame in four ticks."""
    before = source.frames
    page.wait_for_timeout(1_000)
    return source.frames == before


def test_events_of_a_restarted_server_show_though_it_counts_them_anew(watch: Watch) -> None:
    rates = iter([1_000.0, 2.0])

    def sources() -> list[FakeSource]:
        return [FakeSource("farm", tasks=10, rate=next(rates), tick=0.25)]

    with Served(sources) as served:
        watched = watch(served.url)
        watched.forgiven = ("net::ERR",)
        page = watched.open("/events")
        newest = page.locator("tbody tr[aria-rowindex='2'] td").first
        expect(newest).to_have_text(re.compile(r"\d{4,}"), timeout=30_000)
        served.stop()
        expect(page.get_by_role("alert").first).to_be_visible(timeout=20_000)
        served.start()
        expect(newest).to_have_text(re.compile(r"^\d{1,3}$"), timeout=30_000)
