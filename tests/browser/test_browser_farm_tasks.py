"""Retry and revoke of one, of the chosen, of all that match, on real workers; other controls."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched
from farm import Farm
from playwright.sync_api import Locator, Page, expect
from polling import eventually
from servers import RedisServer

Watch = Callable[..., Watched]
SLOW = 30.0


@pytest.fixture(scope="module")
def farm(_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    _redis.ensure()
    with Farm(_redis.fresh_url(), tmp_path_factory.mktemp("results")) as farm:
        yield farm


def agree(page: Page, **fields: Any) -> None:
    """Fill the dialog in, check boxes that are True, and submit."""
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for label, value in fields.items():
        if value is True:
            dialog.get_by_role("checkbox", name=re.compile(label)).check()
        else:
            dialog.get_by_label(re.compile(rf"^{label}\b")).fill(value)
    dialog.locator("button[type=submit]").click()
    expect(dialog).to_have_count(0)


def answered(page: Page) -> Locator:
    """The newest answer; none was a refusal."""
    expect(page.locator(".notice").last).to_be_visible(timeout=20_000)
    assert page.locator(".notice.bad").all_text_contents() == []
    return page.locator(".notice").last


def choose(page: Page, ids: list[str]) -> Locator:
    """Choose rows of the table; the bar of the chosen."""
    for task_id in ids:
        page.get_by_role("checkbox", name=f"Choose {task_id}").check(timeout=20_000)
    return page.get_by_role("toolbar", name="Chosen tasks")


def failures(farm: Farm, count: int, word: str) -> list[str]:
    """So many failed tasks with that word among their arguments."""
    ids = [farm.send("tests.fail", word) for _ in range(count)]
    eventually(lambda: farm.count("failed", f"args:{word}") == count, SLOW)
    return ids


def again(farm: Farm, word: str) -> int:
    """How many with that word failed."""
    return farm.count("failed", f"args:{word}")


def queued(farm: Farm, count: int) -> list[str]:
    """So many tasks that a worker has and will not run for an hour."""
    ids = [
        str(farm.app.send_task("tests.echo", ["later"], countdown=3_600).id) for _ in range(count)
    ]
    eventually(lambda: all(farm.state(task_id) == "RECEIVED" for task_id in ids), SLOW)
    return ids


def test_retry_all_of_a_group_of_failures_sends_it_again(farm: Farm, watch: Watch) -> None:
    """The first test of this file: what was sent again already is not sent a second time."""
    failures(farm, 2, "grouped")
    page = watch(farm.served.url).open("/failures")
    page.get_by_role("button", name="Retry all NeverMendedError in tests.fail").click()
    agree(page)
    answered(page)
    eventually(lambda: farm.count("failed") == 4, SLOW)


def test_retry_of_the_chosen_tasks_sends_just_those_again(farm: Farm, watch: Watch) -> None:
    ids = failures(farm, 4, "chosen")
    page = watch(farm.served.url).open("/tasks?search=state:failed+args:chosen")
    bar = choose(page, ids[:2])
    expect(bar).to_contain_text("2 tasks chosen")
    bar.get_by_role("button", name="Retry").click()
    notice = answered(page)
    expect(notice.locator("li")).to_have_count(2)
    eventually(lambda: again(farm, "chosen") == 6, SLOW)
    expect(bar).to_have_count(0)


def test_retry_of_all_that_match_sends_all_of_them_and_no_other(farm: Farm, watch: Watch) -> None:
    failures(farm, 3, "matching")
    failures(farm, 2, "spared")
    page = watch(farm.served.url).open("/tasks?search=state:failed+args:matching")
    bar = page.get_by_role("toolbar", name="All that match")
    expect(bar).to_contain_text("All 3 that match")
    bar.get_by_role("button", name="Retry").click()
    agree(page)
    answered(page)
    eventually(lambda: again(farm, "matching") == 6, SLOW)
    assert again(farm, "spared") == 2


def test_revoke_of_the_chosen_tasks_keeps_just_those_from_running(farm: Farm, watch: Watch) -> None:
    ids = queued(farm, 3)
    page = watch(farm.served.url).open("/tasks?search=state:received+args:later")
    bar = choose(page, ids[:2])
    bar.get_by_role("button", name="Revoke").click()
    agree(page)
    answered(page)
    eventually(lambda: set(ids[:2]) <= set(farm.ask("revoked")), SLOW)
    assert ids[2] not in farm.ask("revoked")


def test_revoke_of_all_that_match_wants_the_search_typed(farm: Farm, watch: Watch) -> None:
    ids = [str(farm.app.send_task("tests.echo", ["doomed"], countdown=3_600).id) for _ in range(3)]
    spared = queued(farm, 1)
    search = "state:received args:doomed"
    eventually(lambda: farm.count("received", "args:doomed") == 3, SLOW)
    page = watch(farm.served.url).open(f"/tasks?search={search}")
    bar = page.get_by_role("toolbar", name="All that match")
    bar.get_by_role("button", name="Revoke").click()
    expect(page.locator("dialog button[type=submit]")).to_be_disabled()
    page.get_by_label(re.compile("to go on")).fill(search)
    agree(page)
    answered(page)
    eventually(lambda: set(ids) <= set(farm.ask("revoked")), SLOW)
    assert spared[0] not in farm.ask("revoked")


def test_a_running_task_is_revoked_on_its_workers_page(farm: Farm, watch: Watch) -> None:
    running = farm.send("tests.sleep", 90)
    eventually(lambda: farm.state(running) == "STARTED", SLOW)
    page = watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab=tasks")
    page.get_by_role("button", name=f"Revoke {running}").click(timeout=20_000)
    agree(page, terminate=True)
    answered(page)
    eventually(lambda: farm.state(running) == "REVOKED", SLOW)
    eventually(lambda: not farm.ask("active"), SLOW)
    expect(page.get_by_role("button", name=f"Revoke {running}")).to_have_count(0, timeout=20_000)


def test_abort_ends_an_abortable_task(farm: Farm, watch: Watch) -> None:
    running = farm.send("tests.abortable", 90)
    eventually(lambda: farm.state(running) == "STARTED", SLOW)
    page = watch(farm.served.url).open(f"/task/{running}")
    page.get_by_role("button", name=f"Abort {running}").click()
    agree(page)
    answered(page)
    eventually(lambda: farm.state(running) == "SUCCESS", SLOW)
    expect(page.locator("main")).to_contain_text("aborted", timeout=20_000)


def test_a_command_to_all_shows_the_answer_of_each_worker(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab=limits")
    page.get_by_role("button", name="Rate limit tests.crash").click()
    agree(page, rate="9/m")
    notice = answered(page)
    for worker in (farm.plain, farm.other):
        expect(notice).to_contain_text(worker.hostname)
        limits = farm.ask("registered", worker, "rate_limit")
        assert "tests.crash [rate_limit=9/m]" in limits


def test_a_limit_for_one_worker_leaves_the_other_alone(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab=limits")
    page.get_by_role("button", name="Time limit tests.crash").click()
    agree(page, soft="4", hard="9", worker=farm.plain.hostname)
    expect(answered(page)).to_contain_text(farm.plain.hostname)
    fields = ("soft_time_limit", "time_limit")
    found = " ".join(farm.ask("registered", farm.plain, *fields))
    assert re.search(r"tests\.crash \[soft_time_limit=4(\.0)? time_limit=9", found)
    assert "tests.crash [" not in " ".join(farm.ask("registered", farm.other, *fields))


def test_a_consumer_is_added_and_removed_from_the_tab_of_queues(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open(f"/worker/{farm.other.hostname}?tab=queues")
    panel = page.get_by_role("tabpanel")

    def queues() -> set[str]:
        return {queue["name"] for queue in farm.ask("active_queues", farm.other) or ()}

    panel.get_by_role("button", name="Add consumer").click()
    agree(page, queue="dusk")
    answered(page)
    eventually(lambda: "dusk" in queues(), SLOW)
    panel.get_by_role("button", name="Remove consumer").click()
    agree(page, queue="dusk")
    eventually(lambda: "dusk" not in queues(), SLOW)


def test_what_a_worker_refuses_is_shown_with_its_reason(farm: Farm, watch: Watch) -> None:
    """Neither worker was started with autoscale."""
    watched = watch(farm.served.url)
    watched.forgiven = ("status of 409", "status of 400", "status of 422")
    page = watched.open(f"/worker/{farm.plain.hostname}")
    page.get_by_role("button", name=f"Autoscale {farm.plain.hostname}").click()
    agree(page, min="1", max="2")
    notice = page.locator(".notice.bad")
    expect(notice).to_contain_text("autoscale", ignore_case=True, timeout=20_000)
    expect(notice).to_contain_text(farm.plain.hostname)
