"""Queues of brokers that need no server, and of those that tell nothing."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from celery import Celery

from antflow.cluster.broker import QueueWatch, filesystem_app, queue_views
from antflow.exceptions import BrokerConnectionError
from antflow.source import QueueView


async def test_memory_tells_what_waits() -> None:
    app = Celery("a", broker="memory://", set_as_current=False)
    app.send_task("some.task", queue="watched")
    (view,) = await queue_views(app, ["watched"])
    assert (view.messages, view.ready) == (1, 1)
    app.close()


async def test_kombus_own_filesystem_tells_what_waits(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    app = Celery("a", broker="filesystem://", set_as_current=False)
    app.conf.broker_transport_options = {
        "data_folder_in": str(data),
        "data_folder_out": str(data),
        "control_folder": str(tmp_path / "control"),
    }
    app.send_task("some.task", queue="watched")
    (view,) = await queue_views(app, ["watched"])
    assert view.messages == 1
    app.close()


async def test_views_come_in_the_order_asked_and_unknown_queues_tell_nothing(
    tmp_path: Path,
) -> None:
    app = filesystem_app(tmp_path)
    app.send_task("some.task", queue="b", task_id="first")
    watch = QueueWatch(app)
    views = await watch.sample(["c", "b", "c"])
    assert [view.name for view in views] == ["c", "b"]
    assert views[0] == QueueView(name="c")
    assert views[1].messages == 1
    assert watch.heads == {"b": "first"}
    watch.close()
    app.close()


async def test_a_watch_that_rested_samples_again(tmp_path: Path) -> None:
    app = filesystem_app(tmp_path)
    app.send_task("some.task", queue="q")
    watch = QueueWatch(app)
    for _ in range(2):
        (view,) = await watch.sample(["q"])
        assert view.messages == 1
        watch.rest()
    watch.close()
    app.close()


async def test_no_names_ask_nobody() -> None:
    app = Celery("a", broker="redis://127.0.0.1:1/0", set_as_current=False)
    assert await queue_views(app, []) == []
    app.close()


async def test_a_transport_that_tells_nothing_gives_empty_views(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kombu.transport.memory.Transport.driver_type", "pigeon")
    app = Celery("a", broker="memory://", set_as_current=False)
    assert await queue_views(app, ["q"]) == [QueueView(name="q")]
    app.close()


async def test_a_sample_that_hangs_ends_at_its_timeout_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Celery("a", broker="redis://:s3cret@host/0", set_as_current=False)
    watch = QueueWatch(app, timeout=0.1)
    held = threading.Event()
    monkeypatch.setattr(watch._reader, "read", lambda _names: held.wait(30))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    with pytest.raises(BrokerConnectionError, match=r"redis://host/0: no answer within 0.1 s"):
        await watch.sample(["q"])
    counting.cancel()
    assert turns > 10
    held.set()
    watch.close()
    app.close()
