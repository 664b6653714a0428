"""What the pages cost a browser: `python -m benchmarks.browser [--seconds 15]`.

A page of a pipeline with 200 workers, 10,000 tasks and 4 updates a second, a table of 100,000
tasks, and what a viewer takes from a pipeline at work. Needs Chromium and the built pages.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from browsing import Watched, chromium, find_chromium
from busy_pipeline import BusyPipeline
from page_figures import Meter, PageFigures, figures_of
from playwright.sync_api import Browser, expect
from served import Served

from antflow.web.pages import are_built
from antflow.web.sources import FakeSource
from benchmarks.report import Row, table

ROWS = 100_000
STALL_MS = 100.0
SETTLED = 2.0


def many_workers(browser: Browser, seconds: float) -> list[Row]:
    """The page of a pipeline with 200 workers."""
    source = FakeSource("wide", kind="pipeline", workers=200, tasks=10_000, rate=400.0)
    with Served(lambda: [source]) as served:
        watched = Watched(browser, served.url)
        figures = figures_of(browser, watched, "/pipelines/wide", updates=int(4 * seconds))
        watched.check()
    return [
        Row("longest-task", "200 workers: longest task", figures.longest, "ms", STALL_MS),
        Row("browser", "200 workers: the page's process", 100 * figures.page_share, "%", 25.0,
            note=f"all of the browser {figures.browser_share:.0%} of a core"),
    ]  # fmt: skip


def large_table(browser: Browser) -> list[Row]:
    """Scrolling and filtering 100,000 tasks."""
    source = FakeSource("long", workers=8, tasks=ROWS, rate=50.0)
    with Served(lambda: [source]) as served:
        watched = Watched(browser, served.url)
        figures = _through_the_table(browser, watched)
        watched.close()
        watched.check()
    title = f"{ROWS:,} rows: longest task"
    return [Row("table", title, figures.longest, "ms", STALL_MS, note="scrolled, then filtered")]


def _through_the_table(browser: Browser, watched: Watched) -> PageFigures:
    page = watched.open("/tasks")
    meter = Meter(browser, watched)
    sheet = page.get_by_role("group", name="Tasks")
    for part in range(1, 21):
        sheet.evaluate("(box, part) => { box.scrollTop = box.scrollHeight * part / 20 }", part)
        expect(page.locator("main .waiting")).to_have_count(0, timeout=30_000)
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("state:failed name:mail")
    box.press("Enter")
    rows = page.locator("tbody tr[aria-rowindex]")
    expect(rows.first).to_contain_text("Failure", timeout=30_000)
    return meter.read()


def viewers_share(browser: Browser, seconds: float) -> list[Row]:
    """Processor time that a viewer costs the server, of the time that the pipeline runs.

    Alternating without and with a viewer, the median of the pairs' differences, so that what else
    the machine does at the time is in both; an item each, since a busy machine gets less done.
    """
    source = BusyPipeline("busy", pause=0.002, workers=200)
    costs: dict[bool, list[float]] = {False: [], True: []}
    rates: list[float] = []
    with Served(lambda: [source]) as served:
        for turn in range(12):
            watched = Watched(browser, served.url)
            if turn % 2:
                watched.open("/pipelines/busy")
            watched.page.wait_for_timeout(SETTLED * 1_000)  # loading the page is no watching
            cost, rate = _cost_of_an_item(source, watched, seconds / 4)
            costs[bool(turn % 2)].append(cost)
            rates.append(rate)
            watched.close()
    pace, alone = statistics.median(rates), statistics.median(costs[False])
    pairs = zip(costs[False], costs[True], strict=True)
    share = 100 * statistics.median(seen - unseen for unseen, seen in pairs) * pace
    note = f"processor time; the pipeline's own is {100 * alone * pace:.0f} %"
    return [Row("viewer", "200 workers: a viewer, of the run's time", share, "%", 2.0, note=note)]


def _cost_of_an_item(source: BusyPipeline, watched: Watched, seconds: float) -> tuple[float, float]:
    """Processor seconds an item, and items a second."""
    wall, spent, done = time.perf_counter(), time.process_time(), source.get_stats().items_processed
    watched.page.wait_for_timeout(seconds * 1_000)
    items = max(1, source.get_stats().items_processed - done)
    return (time.process_time() - spent) / items, items / (time.perf_counter() - wall)


def main() -> int:
    """Measure, print the table, and return 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browser")
    parser.add_argument("--seconds", type=float, default=15.0, help="of watching a page")
    told = parser.parse_args()
    program = find_chromium()
    if program is None or not are_built():
        print("No Chromium on this machine, or the pages are not built.", file=sys.stderr)
        return 2
    with chromium(program) as browser:
        rows = many_workers(browser, told.seconds)
        rows += large_table(browser)
        rows += viewers_share(browser, told.seconds)
    print(table(rows))
    return int(any(row.kept is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
