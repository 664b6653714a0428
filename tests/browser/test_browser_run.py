"""`await pipeline.run(items, dashboard="web")`: the page of a run in this process, in a browser."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import PAGES, Watched
from playwright.sync_api import expect
from polling import eventually
from processes import Child

Watch = Callable[..., Watched]
PROGRAM = """
import asyncio, pathlib, sys
from antflow import Pipeline, Stage

async def work(number):
    await asyncio.sleep(0.02)
    if number == 3 and not pathlib.Path(sys.argv[1]).exists():
        raise ValueError("number 3 holds no table")
    return number

async def items():
    number = 0
    while not pathlib.Path(sys.argv[2]).exists():
        yield {"id": f"order-{number}", "value": number}
        number += 1
        await asyncio.sleep(0.01)

async def main():
    stage = Stage("Work", workers=2, tasks=[work], task_attempts=1)
    results = await Pipeline([stage]).run(items(), dashboard="web")
    print("results", len(results), sorted(result.value for result in results)[:5])

asyncio.run(main())
"""


class Run:
    """A program that runs a pipeline with `dashboard="web"`."""

    def __init__(self, folder: Path) -> None:
        self.mended, self.over = folder / "mended", folder / "over"
        arguments = [sys.executable, "-c", PROGRAM, str(self.mended), str(self.over)]
        self.child = Child(arguments, folder / "log")

    @property
    def url(self) -> str:
        """What it printed, without a slash at the end."""
        return eventually(self._address, 40, what=self.child.tail)

    def _address(self) -> str:
        found = re.search(r"The page of this run: (http://127\.0\.0\.1:\d+)/", self.child.tail())
        return found[1] if found else ""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    yield run
    run.child.kill()


def test_every_page_of_the_run_loads(run: Run, watch: Watch) -> None:
    watched = watch(run.url)
    for path in PAGES:
        watched.open(path.format(source="pipeline"))
    watched.open("/worker/Work-W0")
    page = watched.open("/task/order-1")
    expect(page.locator("main h1")).to_have_text("Work")


def test_the_run_is_steered_in_the_browser_and_ends_with_its_results(
    run: Run, watch: Watch
) -> None:
    """Grow adds a worker, retry mends an item; the last picture stays when the run is over."""
    watched = watch(run.url)
    watched.forgiven = ("net::ERR",)
    page = watched.open("/pipelines/pipeline")
    page.get_by_role("button", name="Grow Work").click()
    page.locator("dialog button[type=submit]").click()
    expect(page.get_by_role("article", name="Stage Work")).to_contain_text("of 3")
    page.get_by_role("button", name="ValueError", exact=True).click(timeout=20_000)
    expect(page.get_by_label("Newest traceback")).to_contain_text("number 3 holds no table")
    run.mended.touch()
    page.get_by_role("button", name="Retry order-3").click()
    expect(page.locator(".notice").last).to_contain_text("fed again")
    run.over.touch()
    expect(page.locator("main .head .badge")).to_have_text("Finished", timeout=20_000)
    assert run.child.process.wait(30) == 0, run.child.tail()
    assert "[0, 1, 2, 3, 4]" in run.child.tail()
