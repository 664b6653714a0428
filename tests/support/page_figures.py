"""What a page costs: its long tasks on the main thread, and processor time of the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from browsing import Watched
from playwright.sync_api import Browser
from polling import eventually

SETTLED = 1_000  # milliseconds after which a page has done what comes with its opening
WATCH_LONG_TASKS = """() => {
    window.longTasks = [];
    const note = entries => entries.forEach(entry => longTasks.push(entry.duration));
    const observer = new PerformanceObserver(list => note(list.getEntries()));
    observer.observe({type: "longtask"});
    window.longest = () => {
        note(observer.takeRecords());
        return Math.max(0, ...longTasks);
    };
}"""


@dataclass(frozen=True)
class PageFigures:
    """What a page cost while it was watched.

    Attributes:
        longest: the longest task on its main thread, in milliseconds; 0 where none took 50.
        page_share: processor time of the page's own process over the wall time.
        browser_share: the same of all processes of the browser.
        server_share: the same of this process, where server and source run.
    """

    longest: float
    page_share: float
    browser_share: float
    server_share: float


class Meter:
    """Begins to measure a page at its making; `read` tells.

    Args:
        browser: that shows nothing else at that time.
        watched: the page.
    """

    def __init__(self, browser: Browser, watched: Watched) -> None:
        self._page = watched.page
        self._whole = browser.new_browser_cdp_session()
        self._page.evaluate(WATCH_LONG_TASKS)
        self._begun = self._times()

    def _times(self) -> tuple[float, float, float, float]:
        import time

        told = self._whole.send("SystemInfo.getProcessInfo")["processInfo"]
        pages = sum(one["cpuTime"] for one in told if one["type"] == "renderer")
        every = sum(one["cpuTime"] for one in told)
        return time.perf_counter(), pages, every, time.process_time()

    def read(self) -> PageFigures:
        """The figures since it was made."""
        wall, *spent = (now - then for now, then in zip(self._times(), self._begun, strict=True))
        longest = self._page.evaluate("window.longest()")
        page, every, here = (seconds / wall for seconds in spent)
        return PageFigures(float(longest), page, every, here)


def figures_of(browser: Browser, watched: Watched, path: str, *, updates: int = 20) -> PageFigures:
    """What a live page costs while so many pieces of its stream come to it; then it is closed.

    Args:
        browser: that shows nothing else at that time.
        watched: where the page is opened.
        path: of the page.
        updates: pieces of its stream to wait for; four a second come of a pipeline.

    Raises:
        AssertionError: they do not come within a minute.
    """
    session = watched.context.new_cdp_session(watched.page)
    streams: set[str] = set()
    pieces: list[str] = []

    def asked(told: dict[str, Any]) -> None:
        if "/api/v1/stream" in told["request"]["url"]:
            streams.add(told["requestId"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.dataReceived", lambda told: pieces.append(told["requestId"]))
    session.send("Network.enable")
    page = watched.open(path)
    page.wait_for_timeout(SETTLED)
    meter = Meter(browser, watched)
    pieces.clear()

    def live() -> bool:
        page.wait_for_timeout(250)
        return sum(piece in streams for piece in pieces) >= updates

    eventually(live, 60, what=lambda: f"only {len(pieces)} pieces came: it is not live")
    figures = meter.read()
    watched.close()
    return figures
