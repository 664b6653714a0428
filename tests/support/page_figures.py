"""What a page costs: its long tasks on the main thread, and processor time of the browser."""

from __future__ import annotations

from dataclasses import dataclass

from browsing import Watched
from playwright.sync_api import Browser

WATCH_LONG_TASKS = """() => {
    window.longTasks = [];
    const note = list => list.getEntries().forEach(entry => longTasks.push(entry.duration));
    new PerformanceObserver(note).observe({type: "longtask"});
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
        longest = self._page.evaluate("Math.max(0, ...window.longTasks)")
        page, every, here = (seconds / wall for seconds in spent)
        return PageFigures(float(longest), page, every, here)
