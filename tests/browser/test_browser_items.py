"""Retry and revoke of items of a real pipeline: of those that were asked for, and of no others."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from browsing import Watched, agree, answered
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served

from antflow.pipeline import Pipeline, Stage
from antflow.tracker import StatusTracker
from antflow.web.sources import LocalSource

Watch = Callable[..., Watched]
ITEMS = 12


class Orders(LocalSource):
    """Even items fail in `Load`, odd ones in `Load more`; `waits` holds what is fed later.

    Attributes:
        attempts: how often each item came to the stage where it fails.
        begun: items that came to the first stage.
    """

    def __init__(self) -> None:
        self.attempts: Counter[int] = Counter()
        self.begun: Counter[int] = Counter()
        self.mended = False
        stages = [
            Stage("Load", workers=1, tasks=[self._load], task_attempts=1, queue_capacity=50),
            Stage("Load more", workers=1, tasks=[self._load_more], task_attempts=1),
        ]
        tracker = StatusTracker()
        super().__init__(Pipeline(stages, collect_results=False, status_tracker=tracker), "orders")

    async def start(self) -> None:
        """Let all items fail."""
        await super().start()
        await self.pipeline.start()
        await self.feed(range(ITEMS))

    async def feed(self, numbers: range) -> None:
        """Feed items named by their numbers."""
        await self.pipeline.feed([{"id": f"item-{n}", "value": n} for n in numbers])

    async def stop(self) -> None:
        """Let it end."""
        await super().stop()
        await self.pipeline.shutdown(0.0)

    async def _load(self, number: int) -> int:
        self.begun[number] += 1
        if number % 2 == 0:
            self._fail(number)
        return number

    async def _load_more(self, number: int) -> int:
        if number % 2:
            self._fail(number)
        return number

    def _fail(self, number: int) -> None:
        self.attempts[number] += 1
        if not self.mended:
            raise ValueError(f"{number} cannot be loaded")


@pytest.fixture
def served() -> Iterator[Served]:
    with Served(lambda: [Orders()]) as running:
        eventually(lambda: running.sources[0].get_stats().items_failed == ITEMS, 20)
        yield running


@pytest.fixture
def orders(served: Served) -> Orders:
    source = served.sources[0]
    assert isinstance(source, Orders)
    return source


def choose(page: Page, *items: str) -> None:
    for item in items:
        page.get_by_role("checkbox", name=f"Choose {item}", exact=True).check()


def test_retry_of_the_chosen_runs_just_those(served: Served, orders: Orders, watch: Watch) -> None:
    page = watch(served.url).open("/tasks?search=state%3Afailed")
    orders.mended = True
    choose(page, "item-2", "item-5")
    page.get_by_role("toolbar", name="Chosen tasks").get_by_role("button", name="Retry").click()
    answered(page)
    eventually(lambda: orders.attempts[2] == orders.attempts[5] == 2)
    eventually(lambda: orders.get_stats().items_in_flight == 0)
    assert {n: times for n, times in orders.attempts.items() if times > 1} == {2: 2, 5: 2}


def test_retry_of_all_that_match_runs_all_of_them(
    served: Served, orders: Orders, watch: Watch
) -> None:
    page = watch(served.url).open("/tasks?search=state%3Afailed")
    bar = page.get_by_role("toolbar", name="All that match")
    expect(bar).to_contain_text(f"All {ITEMS} that match")
    orders.mended = True
    bar.get_by_role("button", name="Retry").click()
    agree(page)
    answered(page)
    eventually(lambda: set(orders.attempts.values()) == {2})
    expect(page.locator("main")).to_contain_text("No task matches", timeout=20_000)


def test_retry_all_of_a_group_leaves_a_group_of_a_longer_name_alone(
    served: Served, orders: Orders, watch: Watch
) -> None:
    """`Load more` holds `Load`, and is another stage."""
    page = watch(served.url).open("/failures")
    orders.mended = True
    page.get_by_role("button", name="Retry all ValueError in Load", exact=True).click()
    agree(page)
    answered(page)
    eventually(lambda: all(orders.attempts[n] == 2 for n in range(0, ITEMS, 2)))
    eventually(lambda: orders.get_stats().items_in_flight == 0)
    assert [n for n in range(1, ITEMS, 2) if orders.attempts[n] > 1] == []


def test_all_in_the_table_can_be_chosen_and_given_up(
    served: Served, orders: Orders, watch: Watch
) -> None:
    page = watch(served.url).open("/tasks?search=state%3Afailed")
    everyone = page.get_by_role("checkbox", name="Choose all shown")
    everyone.check()
    bar = page.get_by_role("toolbar", name="Chosen tasks")
    expect(bar).to_contain_text(f"{ITEMS} tasks chosen")
    expect(bar.get_by_role("button", name="Choose none")).to_be_visible()
    bar.get_by_role("button", name="Choose none").click()
    expect(bar).to_have_count(0)
    expect(everyone).not_to_be_checked()


def test_revoke_of_the_chosen_keeps_just_those_from_running(
    served: Served, orders: Orders, watch: Watch
) -> None:
    served.run(orders.command("source.pause"))
    served.run(asyncio.wait_for(orders.feed(range(100, 106)), 10))
    page = watch(served.url).open("/tasks?search=state%3Areceived")
    choose(page, "item-103", "item-104")
    bar = page.get_by_role("toolbar", name="Chosen tasks")
    bar.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 chosen tasks")
    agree(page)
    answered(page)
    eventually(lambda: orders.get_stats().items_cancelled == 2)
    served.run(orders.command("source.resume"))
    eventually(lambda: orders.get_stats().items_in_flight == 0)
    kept = {n for n in orders.begun if n >= 100}
    assert len(kept) >= 3
    assert not kept & {103, 104}


def test_a_command_that_is_refused_is_shown_with_its_reason(
    served: Served, orders: Orders, watch: Watch
) -> None:
    watched = watch(served.url)
    watched.forgiven = ("status of 4",)
    page = watched.open("/pipelines/orders")
    page.get_by_role("button", name="Shrink Load", exact=True).click()
    page.locator("dialog input[type=number]").fill("5")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".notice.bad")).to_contain_text(re.compile("worker"))
    assert len(orders.pipeline.get_worker_names()["Load"]) == 1
