"""C3: a broker that never answers, resets, or is slow; the server answers all the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import pytest
from asking import Client, Reply, served
from heart import Heart
from polling import eventually_async
from proxy import FaultProxy, Mode
from sending import let_go
from servers import RedisServer
from sizes import GUARD

from antflow.cluster import Cluster

ANSWERED_WITHIN = 2.0
BLOCKED_FOR = 0.1


class Setting(NamedTuple):
    """A server whose broker and backend are behind a proxy; its worker sees them directly."""

    client: Client
    cluster: Cluster
    proxy: FaultProxy
    worker: str


@pytest.fixture
async def setting(
    redis_server: RedisServer,
    fault_proxy: Callable[[int], FaultProxy],
    start_worker: Callable[..., Any],
) -> AsyncIterator[Setting]:
    url = redis_server.fresh_url()
    worker = await asyncio.to_thread(start_worker, url, url)
    proxy = fault_proxy(redis_server.port)
    through = url.replace(str(redis_server.port), str(proxy.port))
    app = worker.make_app(broker_url=through, result_backend=through)
    cluster = Cluster(app, name="c")
    async with served(cluster) as client:
        await eventually_async(lambda: worker.hostname in cluster.state.workers, 20)
        await client.ask("GET", f"/api/v1/sources/c/workers/{worker.hostname}?refresh=1")
        yield Setting(client, cluster, proxy, worker.hostname)
    let_go(app)


def known(worker: str) -> list[tuple[str, str, Any]]:
    """What is answered from what is known, with or without a broker."""
    ours = "frame tasks workers queues failures groups schedule events".split()
    paths = [f"/api/v1/sources/c/{name}" for name in ours]
    paths += ["/api/v1/about", f"/api/v1/sources/c/workers/{worker}", "/api/tasks", "/metrics"]
    return [("GET", path, None) for path in [*paths, "/api/workers", "/api/task/types"]]


def asked(worker: str) -> list[tuple[str, str, Any]]:
    """What only the broker, the workers or the result backend can answer."""
    command = "/api/v1/sources/c/commands/worker"
    return [
        ("GET", "/api/workers?refresh=1", None),
        ("GET", "/api/queues/length", None),
        ("GET", "/api/task/result/no-such-task", None),
        ("POST", f"/api/worker/pool/grow/{worker}?n=1", None),
        ("POST", f"{command}.pool_grow", {"target": worker, "arguments": {"n": 1}}),
        ("POST", f"{command}.add_consumer", {"target": worker, "arguments": {"queue": "q"}}),
        ("POST", "/api/task/async-apply/tests.add", {"args": [1, 2]}),
        ("POST", "/api/task/revoke/no-such-task", None),
        ("POST", f"/api/task/rate-limit/tests.add?workername={worker}&ratelimit=5/m", None),
    ]


def shown(replies: list[Reply]) -> str:
    return "\n".join(f"{r.status} {r.seconds:.2f} s {r.path} {r.text[:120]!r}" for r in replies)


@pytest.mark.parametrize("mode", ["stall", "reset"])
async def test_what_is_known_is_answered_and_the_rest_refused_in_time(
    setting: Setting, mode: Mode
) -> None:
    """200 for what the state knows, 503 for what only the broker could tell; both soon."""
    client, _cluster, proxy, worker = setting
    proxy.set(mode)
    async with Heart() as heart:
        at_once = await client.all(known(worker) + asked(worker))
        later = await client.all(known(worker) + asked(worker))
    print(f"blocked {heart.longest:.3f} s\n{shown(at_once)}\n{shown(later)}")
    count = len(known(worker))
    # what was under way as the network went bad may still have been answered
    for replies, refused in ((at_once, {200, 503}), (later, {503})):
        assert {reply.status for reply in replies[:count]} == {200}, shown(replies[:count])
        assert {reply.status for reply in replies[count:]} <= refused, shown(replies[count:])
        assert max(reply.seconds for reply in replies) < GUARD * ANSWERED_WITHIN
    assert heart.longest < GUARD * BLOCKED_FOR


async def test_a_slow_broker_is_waited_for(setting: Setting) -> None:
    """Half a second each way: all is answered in time, by what it said or by 503."""
    client, cluster, proxy, worker = setting
    proxy.set("delay", 0.5)
    async with Heart() as heart:
        replies = await client.all(known(worker) + asked(worker))
    print(f"blocked {heart.longest:.3f} s\n{shown(replies)}")
    assert {reply.status for reply in replies} <= {200, 404, 503}
    assert max(reply.seconds for reply in replies) < GUARD * ANSWERED_WITHIN
    assert heart.longest < GUARD * BLOCKED_FOR
    proxy.set("pass")
    await eventually_async(lambda: cluster.frame().health.state == "running", 30)


@pytest.mark.parametrize("mode", ["stall", "reset"])
async def test_all_is_well_again_when_the_network_is(setting: Setting, mode: Mode) -> None:
    client, cluster, proxy, worker = setting
    proxy.set(mode)
    await eventually_async(lambda: cluster.frame().health.state in {"stale", "disconnected"}, 30)
    assert cluster.frame().health.reason

    async def is_said() -> bool:
        return (await client.ask("GET", "/healthcheck")).status == 503

    await eventually_async(is_said, 30)  # silent comes first, then it counts as gone
    proxy.set("pass")
    await eventually_async(lambda: cluster.frame().health.state == "running", 50)

    async def works() -> bool:
        reply = await client.ask("POST", f"/api/worker/pool/grow/{worker}?n=1")
        return reply.status == 200

    await eventually_async(works, 20)
    assert (await client.ask("GET", "/healthcheck")).status == 200
    assert cluster.state.workers[worker].online
