"""Brokers that are not there, or that accept and say nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from celery import Celery
from polling import eventually_async

from antflow.cluster.control import Control, worker_shutdown
from antflow.cluster.inspector import Inspector
from antflow.exceptions import BrokerConnectionError

SCHEMES = ["redis://:geheim@127.0.0.1:{}/0", "amqp://user:geheim@127.0.0.1:{}//"]


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port that accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def app_of(url: str) -> Celery:
    return Celery(broker=url, set_as_current=False)


def complaint(caught: pytest.ExceptionInfo[BrokerConnectionError], port: int) -> str:
    text = str(caught.value)
    assert "connection" in text.lower()
    assert "timeout" not in text.lower()
    assert f"127.0.0.1:{port}" in text
    assert "geheim" not in text
    return text


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_broker_that_refuses_is_named_without_its_password(
    scheme: str, closed_port: int
) -> None:
    inspector = Inspector(None, app_of(scheme.format(closed_port)), 5.0)
    began = time.perf_counter()
    with pytest.raises(BrokerConnectionError) as caught:
        await inspector.inspect()
    assert "whether it runs" in complaint(caught, closed_port)
    assert time.perf_counter() - began < 2.0


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_broker_that_never_answers_costs_the_timeout_and_the_loop_runs_on(
    scheme: str, mute_port: int
) -> None:
    before = left_over()
    app = app_of(scheme.format(mute_port))
    inspector = Inspector(None, app, 1.0)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    began = time.perf_counter()
    with pytest.raises(BrokerConnectionError) as caught:
        await inspector.inspect("celery@host")
    assert time.perf_counter() - began < 2.0
    complaint(caught, mute_port)
    assert turns > 20
    counting.cancel()
    control = Control(app, inspector=inspector, timeout=0.5)
    for command in (control.pool_grow("celery@host"), control.purge("q"), control.shutdown("w@h")):
        with pytest.raises(BrokerConnectionError):
            await command
    await eventually_async(lambda: not left_over() - before, 10)


def left_over() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name.startswith("antflow-")}


async def test_each_future_tells_of_the_broker_too(closed_port: int) -> None:
    inspector = Inspector(None, app_of(SCHEMES[0].format(closed_port)), 1.0)
    futures = inspector.inspect()
    found = await asyncio.gather(*futures, return_exceptions=True)
    assert [type(each) for each in found] == [BrokerConnectionError] * 8
    with pytest.raises(BrokerConnectionError):
        await futures


async def test_a_command_without_a_broker_says_so(closed_port: int) -> None:
    app = app_of(SCHEMES[0].format(closed_port))
    with pytest.raises(BrokerConnectionError, match=r"(?i)connection"):
        await worker_shutdown("celery@host", app=app)
