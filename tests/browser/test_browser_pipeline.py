"""Each control of a pipeline's pages does to the real pipeline what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import Watched, agree, answered
from busy_pipeline import BusyPipeline
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served

from antflow.source import TaskQuery
from antflow.web.sources import LocalSource

Watch = Callable[..., Watched]


class Shop:
    """The pipeline that the pages show, and whether its items are mended."""

    def __init__(self) -> None:
        self.mended = False
        self.served = Served(lambda: [BusyPipeline("shop", mended=lambda: self.mended)])

    @property
    def source(self) -> BusyPipeline:
        source = self.served.sources[0]
        assert isinstance(source, BusyPipeline)
        return source

    def workers_of(self, stage: str) -> int:
        frame = self._frame(self.source)
        return next(group.workers or 0 for group in frame.groups if group.name == stage)

    def state_of(self, item: str) -> str:
        async def find() -> str:
            detail = await self.source.task(item)
            return "unknown" if detail is None else detail.task.state

        return self.served.run(find())

    def all(self, state: str) -> set[str]:
        """Names of all items in that state."""

        async def find() -> set[str]:
            page = await self.source.find_tasks(TaskQuery(search=f"state:{state}", limit=1_000))
            return {task.id for task in page.tasks}

        return self.served.run(find())

    def one(self, state: str) -> str:
        """Name of an item in that state."""

        async def find() -> str:
            page = await self.source.find_tasks(TaskQuery(search=f"state:{state}", limit=1))
            return page.tasks[0].id if page.tasks else ""

        return eventually(lambda: self.served.run(find()), what=f"no item is {state}")

    def _frame(self, source: LocalSource):  # type: ignore[no-untyped-def]
        async def take():  # type: ignore[no-untyped-def]
            return source.frame()

        return self.served.run(take())


@pytest.fixture(scope="module")
def _shop() -> Iterator[Shop]:
    shop = Shop()
    with shop.served:
        eventually(lambda: shop.source.get_stats().items_failed > 2, 20)
        yield shop


@pytest.fixture
def shop(_shop: Shop) -> Iterator[Shop]:
    yield _shop
    _shop.mended = False


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Click a button, and the one of the dialog that follows where there is one."""
    exact = isinstance(name, str)
    page.get_by_role("button", name=name, exact=exact).first.click()


def test_grow_and_shrink_change_the_number_of_workers(shop: Shop, watch: Watch) -> None:
    page = watch(shop.served.url).open("/pipelines/shop")
    before = shop.workers_of("Fetch")
    press(page, "Grow Fetch")
    page.locator("dialog input[type=number]").fill("2")
    agree(page)
    answered(page)
    eventually(lambda: shop.workers_of("Fetch") == before + 2)
    stage = page.get_by_role("article", name="Stage Fetch")
    expect(stage).to_contain_text(f"of {before + 2}")
    press(page, "Shrink Fetch")
    page.locator("dialog input[type=number]").fill("2")
    agree(page)
    eventually(lambda: shop.workers_of("Fetch") == before)


def test_pause_and_resume_of_a_stage(shop: Shop, watch: Watch) -> None:
    page = watch(shop.served.url).open("/pipelines/shop")
    press(page, "Pause Store")
    answered(page)
    eventually(lambda: "Store" in shop.source.pipeline.paused)
    press(page, "Resume Store")
    eventually(lambda: "Store" not in shop.source.pipeline.paused)


def test_pause_and_resume_of_the_whole_pipeline(shop: Shop, watch: Watch) -> None:
    page = watch(shop.served.url).open("/pipelines/shop")
    press(page, "Pause shop")
    eventually(lambda: len(shop.source.pipeline.paused) == 3)
    expect(page.locator("main .badge").first).to_have_text(re.compile("Paused"))
    press(page, "Resume shop")
    eventually(lambda: not shop.source.pipeline.paused)


def test_retry_of_one_item_runs_it_again(shop: Shop, watch: Watch) -> None:
    item = shop.one("failed")
    value = int(item.removeprefix("order-"))
    before = shop.source.attempts[value]
    page = watch(shop.served.url).open(f"/task/{item}")
    shop.mended = True
    press(page, f"Retry {item}")
    answered(page)
    eventually(lambda: shop.source.attempts[value] == before + 1)
    eventually(lambda: shop.state_of(item) == "completed")
    expect(page.locator("main .badge").first).to_have_text(re.compile("Completed"))


def test_retry_all_of_a_group_of_failures_runs_them_all_again(shop: Shop, watch: Watch) -> None:
    items = shop.all("failed")
    assert len(items) > 1
    page = watch(shop.served.url).open("/failures")
    shop.mended = True
    press(page, re.compile("^Retry all ValueError in Parse"))
    agree(page)
    answered(page)
    eventually(lambda: all(shop.state_of(item) == "completed" for item in items))


def test_retry_of_the_chosen_rows_runs_just_those_again(shop: Shop, watch: Watch) -> None:
    eventually(lambda: shop.one("failed"))
    page = watch(shop.served.url).open("/tasks?search=state%3Afailed")
    row = page.locator("tbody tr", has=page.locator("input[type=checkbox]")).first
    item = (row.locator("a[href*='/task/']").first.get_attribute("href") or "").rsplit("/")[-1]
    item = item.partition("?")[0]
    row.locator("input").check()
    shop.mended = True
    page.get_by_role("toolbar", name="Chosen tasks").get_by_role("button", name="Retry").click()
    answered(page)
    eventually(lambda: shop.state_of(item) == "completed")


def test_revoke_of_an_item_asks_first_and_cancels_it(shop: Shop, watch: Watch) -> None:
    page = watch(shop.served.url).open("/pipelines/shop")
    press(page, "Pause Fetch")
    eventually(lambda: "Fetch" in shop.source.pipeline.paused)
    item = shop.one("received")
    watched = watch(shop.served.url)
    page = watched.open(f"/task/{item}")
    press(page, f"Revoke {item}")
    page.get_by_role("button", name="Cancel", exact=True).click()
    assert shop.state_of(item) == "queued"
    press(page, f"Revoke {item}")
    agree(page)
    eventually(lambda: shop.state_of(item) == "cancelled")
    shop.served.run(_resume(shop))


def test_the_gravest_commands_want_the_name_typed(shop: Shop, watch: Watch) -> None:
    page = watch(shop.served.url).open("/pipelines/shop")
    press(page, "Pause Fetch")
    eventually(lambda: "Fetch" in shop.source.pipeline.paused)
    item = shop.one("received name=Fetch")
    search = f"state:received uuid:{item}"
    page = watch(shop.served.url).open(f"/tasks?search={search}")
    page.get_by_role("toolbar").get_by_role("button", name="Revoke").click()
    submit = page.locator("dialog button[type=submit]")
    expect(submit).to_be_disabled()
    page.get_by_label(re.compile("to go on")).fill(search)
    submit.click()
    answered(page)
    eventually(lambda: shop.state_of(item) == "cancelled")
    shop.served.run(_resume(shop))


async def _resume(shop: Shop) -> None:
    await shop.source.command("source.resume")
