"""Each control of a cluster's pages does to real workers on a real broker what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import Watched, answered
from playwright.sync_api import Page, expect
from polling import eventually
from served import Served
from servers import RedisServer
from workers import WorkerProcess

from antflow.cluster import Cluster

Watch = Callable[..., Watched]
SCALED = ("--autoscale=3,1",)


class Farm:
    """Two workers on one Redis, and the pages of their cluster."""

    def __init__(self, broker: str, results: Path) -> None:
        conf = {"worker_pool_restarts": True}
        backend = f"file://{results}"
        self.plain = WorkerProcess(broker, backend, conf=conf, queues=["celery", "cold"])
        self.scaled = WorkerProcess(broker, backend, queues=["other"], args=SCALED)
        self.app = self.plain.make_app()
        self.served = Served(lambda: [Cluster(broker=broker, backend=backend, name="farm")])

    def ask(self, method: str, worker: str | None = None, *args: Any) -> Any:
        """A worker's own answer to an inspection, by Celery itself."""
        name = worker or self.plain.hostname
        inspect = self.app.control.inspect(destination=[name], timeout=3.0, limit=1)
        return (getattr(inspect, method)(*args) or {}).get(name)

    def processes(self) -> int:
        stats = self.ask("stats")
        return len(stats["pool"]["processes"]) if stats else 0

    def queues(self) -> set[str]:
        return {queue["name"] for queue in self.ask("active_queues") or ()}

    def limits(self, info: str) -> str:
        return " ".join(self.ask("registered", None, info) or ())


@pytest.fixture(scope="module")
def farm(_redis: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    _redis.ensure()
    farm = Farm(_redis.fresh_url(), tmp_path_factory.mktemp("results"))
    with farm.plain, farm.scaled, farm.served:
        cluster = farm.served.sources[0]
        eventually(lambda: len(cluster.get_worker_states()) == 2, 30)
        yield farm


def press(page: Page, name: str | re.Pattern[str], **fields: str) -> None:
    """Click a button, fill in what it asks for, and agree."""
    page.get_by_role("button", name=name, exact=isinstance(name, str)).first.click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    for label, value in fields.items():
        dialog.get_by_label(re.compile(rf"^{label}\b")).fill(value)
    dialog.locator("button[type=submit]").click()


def open_worker(farm: Farm, watch: Watch, tab: str = "pool") -> Page:
    return watch(farm.served.url).open(f"/worker/{farm.plain.hostname}?tab={tab}")


def test_grow_and_shrink_change_the_workers_pool(farm: Farm, watch: Watch) -> None:
    page = open_worker(farm, watch)
    press(page, f"Grow {farm.plain.hostname}", n="2")
    answered(page)
    eventually(lambda: farm.processes() == 3, 20)
    press(page, f"Shrink {farm.plain.hostname}", n="2")
    eventually(lambda: farm.processes() == 1, 20)


def test_restart_of_the_pool_gives_it_new_processes(farm: Farm, watch: Watch) -> None:
    before = farm.ask("stats")["pool"]["processes"]
    page = open_worker(farm, watch)
    press(page, f"Restart pool {farm.plain.hostname}")
    answered(page)
    eventually(lambda: not set(before) & set(farm.ask("stats")["pool"]["processes"]), 20)


def test_consumers_are_added_and_removed(farm: Farm, watch: Watch) -> None:
    page = open_worker(farm, watch)
    press(page, f"Add consumer {farm.plain.hostname}", queue="night")
    answered(page)
    eventually(lambda: "night" in farm.queues())
    press(page, f"Remove consumer {farm.plain.hostname}", queue="night")
    eventually(lambda: "night" not in farm.queues())


def test_autoscale_sets_the_bounds(farm: Farm, watch: Watch) -> None:
    name = farm.scaled.hostname
    page = watch(farm.served.url).open(f"/worker/{name}")
    press(page, f"Autoscale {name}", min="2", max="5")
    answered(page)
    stats = farm.ask("stats", name)
    assert (stats["autoscaler"]["min"], stats["autoscaler"]["max"]) == (2, 5)


def test_rate_and_time_limits_reach_the_workers(farm: Farm, watch: Watch) -> None:
    page = open_worker(farm, watch, "limits")
    press(page, "Rate limit tests.add", rate="7/m")
    answered(page)
    eventually(lambda: "tests.add [rate_limit=7/m]" in farm.limits("rate_limit"))
    press(page, "Time limit tests.echo", soft="4", hard="9")
    eventually(lambda: "tests.echo [time_limit=9" in farm.limits("time_limit"))


def test_retry_of_a_failed_task_runs_it_again(farm: Farm, watch: Watch) -> None:
    failed = farm.app.send_task("tests.fail", ["no luck"])
    begun = "Task tests.fail["
    page = watch(farm.served.url).page
    eventually(lambda: farm.plain.text.count("raised unexpected: NeverMendedError") >= 1, 20)
    page.goto(f"{farm.served.url}/task/{failed.id}")
    expect(page.get_by_label("Traceback")).to_contain_text("NeverMendedError")
    before = farm.plain.text.count(begun)
    page.get_by_role("button", name=f"Retry {failed.id}").click()
    answered(page)
    eventually(lambda: farm.plain.text.count("raised unexpected: NeverMendedError") >= 2, 20)
    assert farm.plain.text.count(begun) > before


def test_revoke_ends_a_task_that_runs(farm: Farm, watch: Watch) -> None:
    running = farm.app.send_task("tests.sleep", [90])
    eventually(lambda: f"tests.sleep[{running.id}] received" in farm.plain.text, 20)
    watched = watch(farm.served.url)
    page = watched.open("/tasks?search=state%3Astarted+name%3Asleep")
    page.locator(f"a[href*='{running.id}']").first.click()
    page.get_by_role("button", name=f"Revoke {running.id}").click()
    page.get_by_role("checkbox", name=re.compile("terminate")).check()
    page.locator("dialog button[type=submit]").click()
    answered(page)
    expect(page.locator("main .badge").first).to_have_text(re.compile("Revoked"), timeout=20_000)
    eventually(lambda: not farm.ask("active"))


def test_a_queue_is_paused_purged_and_resumed(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/queues")
    page.get_by_role("button", name="Pause cold").wait_for(timeout=20_000)
    press(page, "Pause cold")
    answered(page)
    eventually(lambda: "cold" not in farm.queues())
    for number in range(3):
        farm.app.send_task("tests.add", [number, 1], queue="cold")
    with farm.app.connection_for_read() as connection:
        client = connection.default_channel.client
        assert client.llen("cold") == 3
        page.get_by_role("button", name="Purge cold").click()
        submit = page.locator("dialog button[type=submit]")
        expect(submit).to_be_disabled()
        page.get_by_label(re.compile("to go on")).fill("cold")
        submit.click()
        eventually(lambda: client.llen("cold") == 0)
    page.get_by_role("button", name="Resume cold").click()
    eventually(lambda: "cold" in farm.queues())


def test_events_come_by_themselves(farm: Farm, watch: Watch) -> None:
    page = watch(farm.served.url).open("/events")
    sent = farm.app.send_task("tests.echo", ["hello"])
    expect(page.locator("main")).to_contain_text("task-succeeded", timeout=20_000)
    expect(page.locator("main")).to_contain_text(sent.id[:8], timeout=20_000)


def test_shut_down_wants_the_name_and_ends_the_worker(farm: Farm, watch: Watch) -> None:
    name = farm.scaled.hostname
    page = watch(farm.served.url).open(f"/worker/{name}")
    page.get_by_role("button", name=f"Shut down {name}").click()
    submit = page.locator("dialog button[type=submit]")
    expect(submit).to_be_disabled()
    page.get_by_label(re.compile("to go on")).fill(name)
    submit.click()
    answered(page)
    eventually(lambda: not farm.scaled.alive, 20)
    expect(page.locator("main .badge").first).to_have_text(re.compile("Offline"), timeout=20_000)
