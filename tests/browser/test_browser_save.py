"""What can be taken away: the report as one file, tasks as CSV and JSON, all figures as JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browsing import Watched
from busy_pipeline import BusyPipeline
from playwright.sync_api import Browser, Page, expect
from served import Served

from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(
        lambda: [
            BusyPipeline("shop"),
            FakeSource("farm", tasks=300, rate=0.0),
            FakeSource("odd", hostile=True, tasks=300, rate=0.0),
        ]
    ) as running:
        yield running


def save(page: Page, entry: str, folder: Path) -> Path:
    """What the menu's entry downloads."""
    page.get_by_role("button", name="Save").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile(re.escape(entry))).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.mark.parametrize("source", ["shop", "farm", "odd"])
def test_the_report_is_one_file_that_opens_without_a_network(
    source: str, served: Served, watch: Watch, browser: Browser, tmp_path: Path
) -> None:
    """No request but for itself, no error, no script; it tells of stages, workers, failures."""
    page = watch(served.url).open(f"/pipelines/{source}")
    report = save(page, "Report (HTML)", tmp_path)
    context = browser.new_context(offline=True)
    opened = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.goto(report.as_uri())
    assert (asked, wrong) == ([report.as_uri()], [])
    assert opened.locator("script, link, img, iframe, object, base").count() == 0
    expect(opened.locator("h1")).to_contain_text(f"{source}: report of")
    heads = opened.locator("h2").all_text_contents()
    assert heads[0] in {"Stages", "Task types"}
    assert {"Workers", "Failures"} <= set(heads)
    names = [worker.name for worker in served.sources[0].frame().workers]
    if source == "shop":
        assert all(name in (opened.locator("body").text_content() or "") for name in names)
    context.close()


def test_tasks_that_match_are_saved_as_csv(served: Served, watch: Watch, tmp_path: Path) -> None:
    page = watch(served.url).open("/tasks?source=farm&search=state%3Afailed")
    saved = save(page, "Tasks that match as CSV", tmp_path)
    with saved.open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = {task.id for task in served.sources[1].iter_tasks("state:failed")}
    assert len(expected) > 3
    assert {row["id"] for row in rows} == expected
    assert {row["state"] for row in rows} == {"FAILURE"}


def test_tasks_that_match_are_saved_as_json(served: Served, watch: Watch, tmp_path: Path) -> None:
    page = watch(served.url).open("/tasks?source=farm&search=name%3Amail")
    rows = json.loads(save(page, "Tasks that match as JSON", tmp_path).read_text())
    assert {row["id"] for row in rows} == {
        task.id for task in served.sources[1].iter_tasks("name:mail")
    }
    assert "hunter2" not in json.dumps(rows)


def test_all_figures_are_saved_as_json(served: Served, watch: Watch, tmp_path: Path) -> None:
    page = watch(served.url).open("/pipelines/shop")
    frame = json.loads(save(page, "All figures now as JSON", tmp_path).read_text())
    assert [group["name"] for group in frame["groups"]] == ["Fetch", "Parse", "Store"]
    assert len(frame["workers"]) == 9
    totals = frame["totals"]
    ended = ("succeeded", "failed", "dropped", "cancelled", "in_flight")
    assert totals["fed"] == sum(totals[name] for name in ended)


def test_what_is_saved_is_named_for_its_source(
    served: Served, watch: Watch, tmp_path: Path
) -> None:
    page = watch(served.url).open("/tasks?source=farm")
    entries = ("Report (HTML)", "Tasks as CSV", "Tasks as JSON", "All figures now as JSON")
    names = []
    for entry in entries:
        names.append(save(page, entry, tmp_path).name)
        page.keyboard.press("Escape")
    assert names == ["farm-report.html", "farm-tasks.csv", "farm-tasks.json", "farm.json"]
