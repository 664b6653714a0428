"""A tab that nobody looks at asks for nothing, whatever page it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched, hide
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
QUIET = 3_500  # milliseconds; pages ask again every 2 s while they are seen
BEGINS_HIDDEN = "Object.defineProperty(document, 'hidden', {value: true, configurable: true})"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[FakeSource]:
        return [FakeSource("farm", tasks=100, tick=0.25), FakeSource("shop", kind="pipeline")]

    with Served(sources) as running:
        yield running


def noting(watched: Watched) -> list[str]:
    """Addresses that the page asks for from now on."""
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(request.url))
    return asked


def rests(page: Page, source: FakeSource) -> bool:
    """Whether the server has noticed that nobody watches: no frame in two ticks."""
    before = source.frames
    page.wait_for_timeout(500)
    return source.frames == before


@pytest.mark.parametrize(
    "path",
    ["/", "/pipelines/shop", "/tasks?source=farm", "/events?source=farm", "/task/{task}", "/about"],
)
def test_a_hidden_tab_asks_for_nothing_and_gets_nothing(
    path: str, served: Served, watch: Watch
) -> None:
    """Neither its stream nor what it asks for again and again; seen once more it goes on."""
    source = served.sources[0]
    assert isinstance(source, FakeSource)
    task = next(iter(source.iter_tasks("")))
    watched = watch(served.url)
    page = watched.open(path.format(task=task.id))
    hide(page, hidden=True)
    eventually(lambda: rests(page, source))
    asked, frames = noting(watched), source.frames
    page.wait_for_timeout(QUIET)
    assert asked == []
    assert source.frames == frames
    hide(page, hidden=False)
    eventually(lambda: (page.title(), any("/stream" in url for url in asked))[1])


def test_a_tab_opened_in_the_background_streams_only_once_it_is_seen(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    watched.context.add_init_script(BEGINS_HIDDEN)
    asked: list[Any] = noting(watched)
    page = watched.page
    page.goto(f"{served.url}/workers?source=farm")
    page.wait_for_timeout(1_500)
    assert [url for url in asked if "/stream" in url] == []
    hide(page, hidden=False)
    expect(page.locator("tbody a[href*='/worker/']").first).to_be_visible()
    assert watched.streams


def test_a_page_streams_only_what_it_shows(served: Served, watch: Watch) -> None:
    """All sources on the overview, one elsewhere, raw events on their page only."""
    watched = watch(served.url)
    watched.open("/")
    eventually(lambda: (watched.page.title(), watched.streams)[1])
    assert "source=farm&source=shop&topics=frame" in watched.streams[-1]
    watched.streams.clear()
    watched.open("/workers?source=shop")
    eventually(lambda: (watched.page.title(), watched.streams)[1])
    assert watched.streams[-1].endswith("?source=shop&topics=frame")
    watched.streams.clear()
    watched.open("/events?source=farm")
    eventually(lambda: (watched.page.title(), "events" in str(watched.streams[-1:]))[1])
