"""What is measured, each on both servers in turn."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.cluster.bench import Bench, Start, Waits, bench, median_of, middle
from benchmarks.cluster.figures import Figure
from benchmarks.cluster.flood import messages, tasks
from benchmarks.cluster.processes import until, worker
from benchmarks.cluster.servers import Server, antflow, flower
from benchmarks.cluster.tasks import app

SERVERS: dict[str, Start] = {"antflow": antflow, "Flower 2.2": flower}
TOGETHER = 24


@dataclass(frozen=True)
class Scale:
    """How much work.

    Attributes:
        events: events of a flood by server.
        kept: finished tasks in the state.
        repeats: of each short measurement.
        down: seconds without a broker.
    """

    events: dict[str, int]
    kept: int
    repeats: int
    down: float


FULL = Scale({"antflow": 180_000, "Flower 2.2": 24_000}, 100_000, 30, 40.0)
QUICK = Scale({"antflow": 3_000, "Flower 2.2": 3_000}, 1_000, 3, 1.0)
Measurement = Callable[[Scale, list[str]], list[Figure]]


def floods(scale: Scale, servers: list[str]) -> list[Figure]:
    """Events from the first published until the last is shown, and requests meanwhile."""
    many = Figure("events", f"events in, {TOGETHER} a message", "a second", 20_000, 60_000, True)
    single = Figure("events-single", "events in, single", "a second", 6_000, 15_000, True)
    waits = Figure("wait", "longest wait of a request while events pour in", "ms", 100)
    with bench() as site:
        for name in servers:
            longest = 0.0
            for figure, together in ((many, TOGETHER), (single, 1)):
                pace, wait = _flood(site, SERVERS[name], scale.events[name], together)
                figure.found[name] = pace
                longest = max(longest, wait)
            waits.found[name] = longest * 1000
    return [many, single, waits]


def _flood(site: Bench, start: Start, events: int, together: int) -> tuple[float, float]:
    made = list(tasks(events // 3))
    last = made[-1]["uuid"]
    prepared = list(messages(iter(made), together))
    with site.watched_by(start, max_tasks=100_000) as server:
        with Waits(server) as waits:
            began = time.perf_counter()
            site.flood.pour(prepared)
            until(lambda: server.state_of(last) in {"SUCCESS", "FAILURE"}, 600, 0.02)
            seconds = time.perf_counter() - began
        return events / seconds, waits.longest


def tables(scale: Scale, servers: list[str]) -> list[Figure]:
    """Lists, searches, all as JSON, and memory, with the state full of finished tasks."""
    listing = Figure("list", "/api/tasks?limit=100", "ms", 20)
    search = Figure("search", "a substring search among all tasks", "ms", 20)
    whole = Figure("all", "all tasks as JSON", "s")
    wait = Figure("all-wait", "longest wait of another request meanwhile", "ms", 100)
    memory = Figure("memory", "memory with so many finished tasks", "MB", 250)
    memory.note = f"{scale.kept:,} tasks"
    with bench() as site:
        prepared = list(messages(tasks(scale.kept), TOGETHER))
        for name in servers:
            with site.watched_by(SERVERS[name], max_tasks=scale.kept) as server:
                _fill(site, server, prepared)
                memory.found[name] = server.process.memory / 1e6
                _timed(listing, server, scale, "/api/tasks?limit=100")
                _timed(search, server, scale, "/api/tasks?limit=100&search=customer-31")
                with Waits(server) as waits:
                    whole.found[name] = server.seconds("/api/tasks")
                wait.found[name] = waits.longest * 1000
    return [listing, search, whole, wait, memory]


def _fill(site: Bench, server: Server, prepared: list[tuple[str, bytes]]) -> None:
    site.flood.pour(prepared)
    last = str(uuid.uuid4())
    end = dict(next(tasks(1)), uuid=last)
    site.flood.pour(list(messages(iter([end]), 1)))
    until(lambda: server.state_of(last) is not None, 600, 0.2)


def _timed(figure: Figure, server: Server, scale: Scale, path: str) -> None:
    samples = median_of(scale.repeats, lambda: server.seconds(path) * 1000)
    figure.samples[server.name] = samples
    figure.found[server.name] = middle(samples)


def workers(scale: Scale, servers: list[str]) -> list[Figure]:
    """With three real workers: their inspection, and how soon a task is shown as ended."""
    refresh = Figure("refresh", "/api/workers?refresh=1, three workers", "ms", 100)
    shown = Figure("shown", "a task from sent to shown as succeeded", "ms", 18)
    with bench() as site:
        app.conf.update(broker_url=site.broker, result_backend=site.backend)
        crew = [worker(site.broker, site.backend, f"w{number}") for number in range(3)]
        try:
            for name in servers:
                server = SERVERS[name](site.broker, site.backend)
                try:
                    until(lambda server=server: _seen(server) == 3)
                    _timed(refresh, server, scale, "/api/workers?refresh=1")
                    samples = median_of(scale.repeats, lambda server=server: _sent(server))
                    shown.samples[name] = samples
                    shown.found[name] = middle(samples)
                finally:
                    server.stop()
        finally:
            for process in crew:
                process.stop()
    return [refresh, shown]


def _seen(server: Server) -> int:
    status = server.json("/api/workers?status=1") or {}
    return sum(bool(online) for online in status.values())


def _sent(server: Server) -> float:
    began = time.perf_counter()
    task = app.send_task("bench.add", (1, 2))
    until(lambda: server.state_of(task.id) == "SUCCESS", 30, 0.001)
    return (time.perf_counter() - began) * 1000


def broker_down(scale: Scale, servers: list[str]) -> list[Figure]:
    """How long after the broker's return an event is shown."""
    figure = Figure("reconnect", f"reconnect after the broker was down {scale.down:g} s", "s", 5)
    for name in servers:
        with bench() as site, site.watched_by(SERVERS[name]) as server:
            site.server.kill()
            time.sleep(scale.down)
            site.server.start()
            figure.found[name] = until(lambda site=site, server=server: _shows(site, server), 120)
    return [figure]


def _shows(site: Bench, server: Server) -> bool:
    event = next(tasks(1))
    try:
        site.flood.pour(list(messages(iter([event]), 1)))
    except OSError:
        return False
    time.sleep(0.1)
    return server.state_of(event["uuid"]) is not None


def kill(scale: Scale, servers: list[str]) -> list[Figure]:
    """Tasks that are there again after kill -9, two seconds after the last came."""
    figure = Figure("kill", "kill -9: share of the tasks kept", "%", 100, None, True)
    with bench() as site:
        count = min(scale.kept, 10_000)
        prepared = list(messages(tasks(count), TOGETHER))
        for name in servers:
            with site.watched_by(SERVERS[name]) as server:
                _fill(site, server, prepared)
                time.sleep(2)
                server.process.kill()
                server.restart()
                _, body = server.get("/api/tasks")
                figure.found[name] = 100 * len(json.loads(body)) / (count + 1)
    return [figure]


MEASUREMENTS: dict[str, Measurement] = {
    "floods": floods,
    "tables": tables,
    "workers": workers,
    "broker-down": broker_down,
    "kill": kill,
}
