"""W3 and the table of 100,000 rows: nothing stalls. The bars here are ten times those promised.

A guard on a busy machine; `python -m benchmarks.browser` measures against the promise itself. What
else the machine does makes a task longer, never shorter: one quiet pass of three is enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browsing import Watched
from page_figures import Meter, PageFigures, figures_of
from playwright.sync_api import Browser, expect
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
GUARD = 10
MOST_MS = 100
ROWS = 100_000
PASSES = 3

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[FakeSource]:
        wide = FakeSource("wide", kind="pipeline", workers=200, tasks=10_000, rate=400.0)
        return [wide, FakeSource("long", workers=8, tasks=ROWS, rate=50.0)]

    with Served(sources) as running:
        yield running


def longest_of(measure: Callable[[], PageFigures]) -> float:
    """The longest task of the quietest pass, in milliseconds."""
    longest = float("inf")
    for _ in range(PASSES):
        figures = measure()
        print(figures)
        longest = min(longest, figures.longest)
        if longest <= GUARD * MOST_MS:
            break
    return longest


def test_a_stall_of_the_page_is_measured(served: Served, watch: Watch, browser: Browser) -> None:
    """So that the other tests here find one."""
    watched = watch(served.url)
    page = watched.open("/about")
    meter = Meter(browser, watched)
    page.evaluate("""() => new Promise(done => setTimeout(() => {
        const end = performance.now() + 300;
        while (performance.now() < end);
        done();
    }))""")
    page.evaluate("new Promise(done => setTimeout(done))")
    assert meter.read().longest >= 290


@pytest.mark.parametrize("path", ["/pipelines/wide", "/workers?source=wide"])
def test_200_workers_at_4_updates_a_second_do_not_stall_the_page(
    path: str, served: Served, watch: Watch, browser: Browser
) -> None:
    assert longest_of(lambda: figures_of(browser, watch(served.url), path)) <= GUARD * MOST_MS


def test_a_table_of_100_000_rows_scrolls_and_filters_without_a_stall(
    served: Served, watch: Watch, browser: Browser
) -> None:
    assert longest_of(lambda: through_the_table(browser, watch(served.url))) <= GUARD * MOST_MS


def through_the_table(browser: Browser, watched: Watched) -> PageFigures:
    """Scroll to its end in ten steps, then filter it."""
    page = watched.open("/tasks?source=long")
    sheet = page.get_by_role("group", name="Tasks")
    whole = page.locator(f"table[aria-rowcount='{ROWS + 1}']")
    expect(whole).to_have_count(1)
    meter = Meter(browser, watched)
    for part in range(1, 11):
        sheet.evaluate("(box, part) => { box.scrollTop = box.scrollHeight * part / 10 }", part)
        expect(page.locator("main .waiting")).to_have_count(0)
    rows = page.locator("tbody tr[aria-rowindex]")
    expect(rows.last).to_have_attribute("aria-rowindex", str(ROWS + 1))
    assert rows.count() < 120
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("state:failed name:mail")
    box.press("Enter")
    expect(rows.first).to_contain_text("Failure")
    expect(whole).to_have_count(0)
    figures = meter.read()
    watched.close()
    return figures
