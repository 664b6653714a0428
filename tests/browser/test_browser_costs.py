"""What the page of 200 workers costs the browser, in processor time.

Other work on the machine makes such a share smaller, never larger, so twice the promise is enough
of a guard; `python -m benchmarks.browser` measures against the promise itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from browsing import Watched
from page_figures import figures_of
from playwright.sync_api import Browser
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
PROMISED = 0.25
GUARD = 2


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[FakeSource]:
        return [FakeSource("wide", kind="pipeline", workers=200, tasks=10_000, rate=400.0)]

    with Served(sources) as running:
        yield running


@pytest.mark.parametrize("path", ["/pipelines/wide", "/workers", "/"])
def test_a_page_of_200_workers_costs_a_part_of_a_core(
    path: str, served: Served, watch: Watch, browser: Browser
) -> None:
    figures = figures_of(browser, watch(served.url), path)
    print(f"{path}: {figures}")
    assert 0.0 < figures.page_share <= GUARD * PROMISED
