"""Every page of a real cluster shows what its workers, its broker and its application know."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from browsing import PAGES, Watched
from farm import Farm
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served
from servers import RedisServer

from antflow.cluster import Cluster

Watch = Callable[..., Watched]
SLOW = 30_000
TABS = {
    "Pool": "max-concurrency",
    "Broker": "redis",
    "Queues": "cold",
    "Tasks": "Nothing runs here now",
    "Limits": "tests.add",
    "Config": "task default queue",
    "System": "pid",
    "All": "registered",
}


@pytest.fixture(scope="module")
def farm(_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    """With some work done: sums, a failure, a tree, and a message nobody takes."""
    _redis.ensure()
    with Farm(_redis.fresh_url(), tmp_path_factory.mktemp("results")) as farm:
        for number in range(5):
            farm.send("tests.add", number, 1)
        farm.send("tests.fail", "no luck")
        eventually(lambda: farm.count("succeeded") == 5 and farm.count("failed") == 1, 30)
        yield farm


def cells(page: Page, row: str) -> dict[str, str]:
    """The row of a table that holds a text: its cells by the heads of their columns."""
    table = page.locator("table", has=page.locator("tbody tr", has_text=row)).first
    heads = [text.strip() for text in table.locator("thead th").all_inner_texts()]
    found = table.locator("tbody tr", has_text=row).first.locator("td").all_inner_texts()
    assert len(found) == len(heads), "the row is being drawn anew"
    return dict(zip(heads, (text.strip().replace("\n", "") for text in found), strict=True))


def test_each_page_of_the_cluster_loads_without_an_error(farm: Farm, watch: Watch) -> None:
    watched = watch(farm.served.url)
    for path in PAGES:
        page = watched.open(path.format(source="farm"))
        expect(page.locator("main h1")).to_have_text(re.compile("."))
        expect(page.locator("main [role=alert]")).to_have_count(0)


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_of_a_worker_tells_what_the_worker_says(
    tab: str, farm: Farm, watch: Watch
) -> None:
    page = watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab={tab.lower()}")
    expect(page.get_by_role("tab", name=tab, exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel")).to_contain_text(TABS[tab], timeout=SLOW)
    expect(page.get_by_role("tabpanel")).not_to_contain_text("hunter2")


def test_the_table_of_workers_counts_what_each_did(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/workers")
    row = cells(page, farm.plain.hostname)
    assert row["Status"] == "Idle"
    assert (row["Processed"], row["Failed"], row["Succeeded"]) == ("6", "1", "5")
    assert row["Retried"] == "0"
    assert row["Active"] == "0"
    assert re.fullmatch(r"[\d.]+ +[\d.]+ +[\d.]+", row["Load"])
    assert cells(page, farm.other.hostname)["Processed"] == "0"


def test_the_overview_shows_fleet_queues_and_failures(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/")
    main = page.locator("main")
    expect(main).to_contain_text("2 idle")
    expect(main.get_by_role("group", name="Fleet of farm")).to_contain_text(farm.plain.hostname)
    queues = main.get_by_role("group", name="Queues of farm")
    for name in ("celery", "cold", "other"):
        expect(queues).to_contain_text(name, timeout=SLOW)
    failures = main.get_by_role("group", name="Failures of the last hour of farm")
    expect(failures).to_contain_text("NeverMendedError")
    expect(failures).to_contain_text("tests.fail")


def test_a_queue_shows_its_messages_and_the_age_of_the_oldest(farm: Farm, watch: Watch) -> None:
    name = farm.other.hostname
    farm.served.run(farm.cluster.command("worker.cancel_consumer", name, {"queue": "other"}))
    for number in range(3):
        farm.app.send_task("tests.add", [number, 1], queue="other")
    page = watch(farm.served.url).open("/queues")
    try:
        eventually(lambda: cells(page, "other")["Messages"] == "3", 30)
        row = cells(page, "other")
        assert row["Ready"] == "3"
        assert re.search(r"\d+ s", row["Oldest"])
        assert {"Unacked", "In /s", "Out /s"} <= set(row)
    finally:
        farm.served.run(farm.cluster.command("worker.add_consumer", name, {"queue": "other"}))
    eventually(lambda: cells(page, "other")["Messages"] == "0", 30)


def test_a_queue_shows_how_many_workers_take_from_it(farm: Farm, watch: Watch) -> None:
    """On Redis too, where the workers say so and not the broker."""
    page = watch(farm.served.url).open("/queues")
    eventually(lambda: cells(page, "cold").get("Consumers") == "1", 30)
    page.get_by_role("button", name="Pause cold").click()
    page.locator("dialog button[type=submit]").click()
    eventually(lambda: cells(page, "cold").get("Consumers") == "0", 30)
    page.get_by_role("button", name="Resume cold").click()
    eventually(lambda: cells(page, "cold").get("Consumers") == "1", 30)


def test_a_tasks_page_shows_its_call_result_timeline_and_raw_events(
    farm: Farm, watch: Watch
) -> None:
    sent = farm.send("tests.echo", "order-17")
    eventually(lambda: farm.state(sent) == "SUCCESS", 30)
    page = watch(farm.served.url).open(f"/task/{sent}")
    main = page.locator("main")
    expect(page.locator("main h1")).to_have_text("tests.echo")
    expect(main.locator("dl", has_text="kwargs")).to_contain_text("order-17")
    expect(main.locator("dl", has_text="result")).to_contain_text("order-17", timeout=SLOW)
    steps = main.locator("ol.way li")
    for number, word in enumerate(("Sent", "Received", "Started", "Succeeded")):
        expect(steps.filter(has_text=word).first).to_be_visible()
        assert steps.count() > number
    events = main.locator("section", has=page.get_by_role("heading", name="Raw events"))
    expect(events).to_contain_text("task-succeeded")


def test_the_tree_of_a_task_leads_to_its_children_and_back(farm: Farm, watch: Watch) -> None:
    parent = farm.send("tests.parent", 3)

    def tree() -> int:
        detail = farm.detail(parent)
        return len(detail.tree) if detail else 0

    eventually(lambda: tree() == 4, 30)
    page = watch(farm.served.url).open(f"/task/{parent}")
    shown = page.locator("ul.tree li")
    expect(shown).to_have_count(4, timeout=SLOW)
    expect(shown.first).to_contain_text("tests.parent")
    child = shown.nth(1).get_by_role("link").first
    name = child.text_content() or ""
    child.click()
    expect(page).to_have_url(re.compile(f"/task/{name}"))
    expect(page.locator("main h1")).to_have_text("tests.add")
    back = page.locator("ul.tree li").first.get_by_role("link")
    expect(back).to_have_text(parent)
    back.click()
    expect(page.locator("main h1")).to_have_text("tests.parent")


def test_the_schedule_shows_beats_entries_and_when_they_are_due(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/schedule")
    row = cells(page, "every minute")
    assert row["Task"] == "tests.add"
    assert "60" in row["When"] or "minute" in row["When"]
    assert row["Arguments"]
    nightly = cells(page, "nightly")
    assert nightly["Task"] == "tests.echo"
    assert re.match(r"in \d+ (h|m|s)", nightly["Next run"])
    assert {"Last run", "Ended", "Runs seen", "Queue"} <= set(row)


def test_the_search_completes_with_the_clusters_own_names(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/tasks")
    box = page.get_by_role("combobox", name="Search tasks")
    box.press_sequentially("name:tests.f")
    option = page.get_by_role("option", name=re.compile("name:tests.fail"))
    option.click()
    expect(page.locator("tbody tr[aria-rowindex]")).to_have_count(1)
    expect(page.locator("tbody tr[aria-rowindex]").first).to_contain_text("Failure")


def test_the_page_about_shows_who_changed_what_and_no_secret(farm: Farm, watch: Watch) -> None:
    farm.served.run(farm.cluster.command("group.rate_limit", "tests.slow", {"rate": "1/s"}))
    page = watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab=limits")
    page.get_by_role("button", name="Rate limit tests.slow").click()
    page.get_by_role("dialog").get_by_label(re.compile("^rate")).fill("8/m")
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".notice")).to_be_visible(timeout=SLOW)
    page = watch(farm.served.url).open("/about")
    main = page.locator("main")
    audit = main.get_by_role("group", name="Audit log")
    expect(audit).to_contain_text("group.rate_limit", timeout=SLOW)
    expect(audit).to_contain_text("tests.slow")
    expect(audit).to_contain_text("8/m")
    health = main.get_by_role("group", name="Health of sources")
    expect(health).to_contain_text("farm")
    versions = main.locator("section", has=page.get_by_role("heading", name="Versions"))
    expect(versions).to_contain_text("celery")


def test_who_may_only_look_sees_no_control(farm: Farm, watch: Watch) -> None:
    """The same pages, served read only."""
    with Served(lambda: [Cluster(farm.app, name="farm")], read_only=True) as served:
        eventually(lambda: len(served.sources[0].get_worker_states()) == 2, 30)
        watched = watch(served.url)
        page = watched.open(f"/worker/{farm.plain.hostname}")
        expect(page.locator("header.top")).to_contain_text("Read only")
        for path in (f"/worker/{farm.plain.hostname}?tab=limits", "/queues", "/tasks", "/failures"):
            page = watched.open(path)
            for verb in ("Grow", "Shut down", "Pause", "Purge", "Retry", "Rate limit", "Revoke"):
                found = page.locator("main button:not(.chip)", has_text=re.compile(f"^{verb}"))
                assert found.count() == 0, f"{verb} on {path}"
        assert page.get_by_role("checkbox", name=re.compile("^Choose ")).count() == 0
