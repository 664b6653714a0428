"""Each column of each table shows its own figure, and the tables sort by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
NOON = 1_790_000_000.0
FIELDS: dict[str, Any] = {
    "name": "shop.tasks.refund",
    "state": "FAILURE",
    "args": "('the-args',)",
    "kwargs": "{'the': 'kwargs'}",
    "result": "'the-result'",
    "received": NOON,
    "started": NOON + 61,
    "finished": NOON + 3_600,
    "runtime": 7.25,
    "worker": "celery@node0003",
    "exchange": "the-exchange",
    "routing_key": "the-key",
    "retries": 4_321,
    "exception": "ValueError('the-exception')",
    "expires": "2031-02-03T04:05:06",
    "eta": "2032-03-04T05:06:07",
    "queue": "the-queue",
    "client": "the-sender",
    "cut": True,
}
SHOWN = {
    "name": r"shop\.tasks\.refund",
    "id": r"{id}",
    "state": r"Failure",
    "args": r"\('the-args',\)",
    "kwargs": r"\{'the': 'kwargs'\}",
    "result": r"'the-result'",
    "received": r"\d\d:13:20",
    "started": r"\d\d:14:21",
    "finished": r"\d\d:13:20",
    "runtime": r"7\.25 s",
    "worker": r"celery@node0003",
    "exchange": r"the-exchange",
    "routing_key": r"the-key",
    "retries": r"4,321",
    "revoked": r"–",
    "exception": r"ValueError\('the-exception'\)",
    "expires": r"2031-02-03T04:05:06",
    "eta": r"2032-03-04T05:06:07",
    "queue": r"the-queue",
}
"""Spec's columns, and what each shows of the task with those fields."""

HEADS = {"id": "UUID", "routing_key": "Routing key", "eta": "ETA"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    def sources() -> list[FakeSource]:
        farm = FakeSource("farm", tasks=200, rate=0.0)
        first = next(iter(farm.world.tasks))
        farm.world.change(first, **FIELDS)
        worker = next(iter(farm.world.workers))
        counts = {"processed": 9_004, "succeeded": 8_003, "failed": 702, "retried": 61}
        farm.world.change_worker(worker, **counts, load=(3.5, 2.5, 1.5))
        return [farm]

    with Served(sources) as running:
        yield running


def first_task(served: Served) -> str:
    source = served.sources[0]
    assert isinstance(source, FakeSource)
    return next(iter(source.world.tasks))


def head_of(key: str) -> str:
    return HEADS.get(key, key.capitalize())


@pytest.mark.parametrize("key", SHOWN)
def test_each_column_of_tasks_can_be_chosen_and_shows_its_field(
    key: str, served: Served, watch: Watch
) -> None:
    task = first_task(served)
    page = watch(served.url).open(f"/tasks?search=uuid:{task}&columns={key}")
    expect(page.locator("tbody tr[aria-rowindex]")).to_have_count(1)
    heads = [text for text in page.locator("thead th").all_inner_texts() if text.strip()]
    assert [head.strip() for head in heads] == [head_of(key)]
    cell = page.locator("tbody tr[aria-rowindex] td:not(.check)")
    pattern = SHOWN[key].format(id=re.escape(task)) if key == "id" else SHOWN[key]
    expect(cell).to_have_text(re.compile(pattern))


def test_when_a_task_was_revoked_stands_in_its_column(served: Served, watch: Watch) -> None:
    source = served.sources[0]
    assert isinstance(source, FakeSource)
    revoked = next(iter(source.iter_tasks("state:revoked")))
    source.world.change(revoked.id, finished=NOON)
    page = watch(served.url).open(f"/tasks?search=uuid:{revoked.id}&columns=revoked")
    expect(page.locator("tbody tr[aria-rowindex] td").last).to_have_text(re.compile(r"\d\d:13:20"))


def test_the_menu_of_columns_offers_all_of_them_and_they_stay(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open("/tasks")
    page.get_by_role("button", name="Columns").click()
    offered = {text.strip() for text in page.locator(".menu label").all_inner_texts()}
    assert {head_of(key) for key in SHOWN} <= offered
    page.get_by_role("checkbox", name="Exception").check()
    expect(page.get_by_role("columnheader", name="Exception")).to_have_count(1)
    page = watched.open("/tasks")
    expect(page.get_by_role("columnheader", name="Exception")).to_have_count(1)


def test_where_texts_were_cut_the_tasks_page_says_so(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    page = watched.open(f"/task/{first_task(served)}")
    expect(page.locator("main")).to_contain_text("were cut where they were sent")
    source = served.sources[0]
    whole = next(task for task in source.iter_tasks("state:success") if not task.cut)
    page = watched.open(f"/task/{whole.id}")
    expect(page.locator("main")).not_to_contain_text("were cut where they were sent")


def row(page: Page, text: str) -> dict[str, str]:
    """A row's cells by the heads of their columns."""
    heads = [head.strip() for head in page.locator("thead th").all_inner_texts()]
    cells = page.locator("tbody tr[aria-rowindex]", has_text=text).first.locator("td")
    return dict(zip(heads, (cell.strip() for cell in cells.all_inner_texts()), strict=True))


def test_the_table_of_workers_shows_each_figure_in_its_column(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/workers")
    worker = served.sources[0].frame().workers[0]
    shown = row(page, worker.name)
    counts = {name: shown[name] for name in ("Processed", "Failed", "Succeeded", "Retried")}
    assert counts == {
        "Processed": "9,004",
        "Failed": "702",
        "Succeeded": "8,003",
        "Retried": "61",
    }
    assert shown["Load"].split() == ["3.5", "2.5", "1.5"]
    assert shown["Active"] == f"{worker.active} / 4"
    assert shown["Status"].lower() == worker.status
    assert row(page, "node0002")["Drift"] == "+5 m"


def test_the_table_of_queues_shows_each_figure_in_its_column(served: Served, watch: Watch) -> None:
    page = watch(served.url).open("/queues")
    queue = served.sources[0].frame().queues[1]
    shown = row(page, queue.name)
    assert shown["Unacked"] == str(queue.unacked)
    assert shown["Consumers"] == str(queue.consumers)
    messages, ready = (int(shown[name].replace(",", "")) for name in ("Messages", "Ready"))
    assert messages == ready + int(shown["Unacked"])
    assert re.match(r"≥ \d+ (s|m)", shown["Oldest"])
    assert {"In /s", "Out /s", "Controls"} <= set(shown)
    assert row(page, served.sources[0].frame().queues[-1].name)["Messages"] == "–"


def values(page: Page, column: str) -> list[Any]:
    """What a column holds from top to bottom, where it is known."""
    heads = [head.strip() for head in page.locator("thead th").all_inner_texts()]
    place = heads.index(column) + 1
    texts = page.locator(f"tbody tr[aria-rowindex] td:nth-child({place})").all_inner_texts()
    known = [text.strip().replace(",", "") for text in texts if text.strip() != "–"]
    return [int(text) if text.isdecimal() else text for text in known]


def in_order(found: list[Any], direction: str) -> bool:
    assert len(set(found)) > 1, found
    return found == sorted(found, reverse=direction == "descending")


@pytest.mark.parametrize(
    ("path", "column"), [("/workers", "Processed"), ("/queues", "Messages"), ("/workers", "Worker")]
)
def test_a_click_on_a_head_sorts_both_ways(
    path: str, column: str, served: Served, watch: Watch
) -> None:
    page = watch(served.url).open(path)
    head = page.get_by_role("columnheader", name=column, exact=True)
    head.get_by_role("button").click()
    direction = head.get_attribute("aria-sort")
    assert direction in {"ascending", "descending"}
    eventually(lambda: in_order(values(page, column), str(direction)))
    head.get_by_role("button").click()
    expect(head).not_to_have_attribute("aria-sort", direction)
    eventually(lambda: in_order(values(page, column), str(head.get_attribute("aria-sort"))))


@pytest.mark.parametrize("key", ["name", "state", "received", "runtime", "worker", "retries"])
def test_the_server_sorts_the_table_of_tasks(key: str, served: Served, watch: Watch) -> None:
    page = watch(served.url).open(f"/tasks?sort={key}&columns=id,{key}")
    ids = page.locator("tbody a[href*='/task/']").all_text_contents()
    tasks = {task.id: task for task in served.sources[0].iter_tasks("")}
    values = [getattr(tasks[one], key) for one in ids]
    known = [value for value in values if value is not None]
    assert len(known) > 5
    assert known == sorted(known)
