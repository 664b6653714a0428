"""The safe filesystem transport, between real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery_apps.configured import make_app
from kombu import Connection, Exchange, Queue
from polling import eventually
from workers import WorkerProcess

from antflow.cluster.broker import filesystem_app
from antflow.cluster.broker.folder import BrokerFolder

MESSAGES = 1_500

CONSUMER = """
import socket, sys
from kombu import Connection, Exchange, Queue
import antflow.cluster.broker
url, out = sys.argv[1:]
queue = Queue("work", Exchange("work", type="direct"), routing_key="work")
seen = open(out, "a", buffering=1)
def got(body, message):
    seen.write(f"{body['number']} {len(body['text'])}\\n")
    message.ack()
with Connection(url) as connection, connection.Consumer(queue, callbacks=[got]) as consumer:
    consumer.qos(prefetch_count=8)
    print("ready", flush=True)
    while True:
        try:
            connection.drain_events(timeout=0.2)
        except socket.timeout:
            pass
"""
PRODUCER = """
import sys
from kombu import Connection, Exchange, Queue
import antflow.cluster.broker
url, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
queue = Queue("work", Exchange("work", type="direct"), routing_key="work")
with Connection(url) as connection:
    producer = connection.Producer()
    for number in range(first, first + count):
        producer.publish({"number": number, "text": "x" * (number % 5000)},
                         exchange=queue.exchange, routing_key="work", declare=[queue])
"""


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def run(code: str, *arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def seen(paths: list[Path]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for path in paths:
        for line in path.read_text().splitlines() if path.exists() else ():
            number, size = map(int, line.split())
            assert size == number % 5000
            counts[number] += 1
    return counts


def wait_ready(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"


def test_each_message_comes_exactly_once_to_several_processes(
    filesystem_broker: str, tmp_path: Path, run: Callable[..., subprocess.Popen[bytes]]
) -> None:
    outs = [tmp_path / f"out{number}" for number in range(3)]
    for out in outs:
        wait_ready(run(CONSUMER, filesystem_broker, out))
    part = MESSAGES // 3
    producers = [run(PRODUCER, filesystem_broker, n * part, part) for n in range(3)]
    assert [producer.wait(60) for producer in producers] == [0, 0, 0]
    eventually(lambda: len(seen(outs)) == MESSAGES, 60, interval=0.1)
    assert set(seen(outs).values()) == {1}
    folder = BrokerFolder(tmp_path / "broker")
    eventually(lambda: folder.unacknowledged("work") == 0)
    assert list(folder.undelivered.iterdir()) == []
    assert len([out for out in outs if out.stat().st_size]) > 1


def test_what_killed_consumers_had_taken_comes_to_others(
    filesystem_broker: str, tmp_path: Path, run: Callable[..., subprocess.Popen[bytes]]
) -> None:
    outs = [tmp_path / f"out{number}" for number in range(4)]
    consumers = [run(CONSUMER, filesystem_broker, out) for out in outs[:2]]
    for consumer in consumers:
        wait_ready(consumer)
    producer = run(PRODUCER, filesystem_broker, 0, MESSAGES)
    for number, consumer in enumerate(consumers):
        eventually(lambda: len(seen(outs)) > 50, 30, interval=0.005)
        os.kill(consumer.pid, signal.SIGKILL)
        consumer.wait()
        wait_ready(run(CONSUMER, filesystem_broker, outs[2 + number]))
    assert producer.wait(60) == 0
    eventually(lambda: len(seen(outs)) == MESSAGES, 60, interval=0.1)
    # what was handed over and not acknowledged at the kill may come twice, and no more than that
    assert sum(seen(outs).values()) - MESSAGES <= 2 * 8


def test_a_task_of_a_killed_worker_is_done_by_another(
    filesystem_broker: str, backend_url: str, start_worker: Callable[..., WorkerProcess]
) -> None:
    conf = {"task_acks_late": True, "worker_prefetch_multiplier": 1}
    first = start_worker(filesystem_broker, backend_url, conf=conf)
    app = first.make_app()
    results = [app.tasks["tests.sleep"].delay(1.5) for _ in range(2)]
    eventually(lambda: "tests.sleep" in first.text, 10)
    first.kill9()
    start_worker(filesystem_broker, backend_url, conf=conf)
    assert [result.get(timeout=40, interval=0.05) for result in results] == [1.5, 1.5]
    app.close()


def test_a_dead_monitors_queue_and_binding_are_gone_at_the_next_start(
    filesystem_broker: str, tmp_path: Path, run: Callable[..., subprocess.Popen[bytes]]
) -> None:
    monitor = run(
        "import sys, time, antflow.cluster.broker\n"
        "from kombu import Connection, Exchange, Queue\n"
        "connection = Connection(sys.argv[1])\n"
        "exchange = Exchange('celeryev', type='topic')\n"
        "queue = Queue('celeryev.dead', exchange, routing_key='#', auto_delete=True)\n"
        "queue(connection.channel()).declare()\n"
        "print('ready', flush=True); time.sleep(60)",
        filesystem_broker,
    )
    wait_ready(monitor)
    folder = BrokerFolder(tmp_path / "broker")
    assert "celeryev.dead" in folder.queue_names()
    os.kill(monitor.pid, signal.SIGKILL)
    monitor.wait()
    exchange = Exchange("celeryev", type="topic")
    with Connection(filesystem_broker) as connection:
        connection.Producer(exchange=exchange).publish({"event": 1}, routing_key="task.sent")
        assert connection.default_channel.get_table("celeryev") == []
    assert "celeryev.dead" not in folder.queue_names()


def test_a_closed_channel_gives_back_what_was_not_acknowledged(filesystem_broker: str) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    with Connection(filesystem_broker) as connection:
        bound = queue(connection.channel())
        bound.declare()
        for number in range(3):
            connection.Producer().publish(number, exchange="work", routing_key="work")
        assert [bound.get(no_ack=False).payload for _ in range(2)] == [0, 1]
    with Connection(filesystem_broker) as connection:
        bound = queue(connection.channel())
        messages = [bound.get(no_ack=True) for _ in range(4)]
    assert [message and message.payload for message in messages] == [0, 1, 2, None]
    assert messages[0].delivery_info["redelivered"] is True


def test_rejected_messages_are_dropped_or_come_again(filesystem_broker: str) -> None:
    queue = Queue("work", Exchange("work"), routing_key="work")
    with Connection(filesystem_broker) as connection:
        bound = queue(connection.channel())
        bound.declare()
        connection.Producer().publish("text", exchange="work", routing_key="work")
        bound.get().requeue()
        again = bound.get()
        assert again.payload == "text"
        again.reject()
        assert bound.get() is None


def test_a_fanout_message_can_be_acknowledged_once_per_queue(filesystem_broker: str) -> None:
    exchange = Exchange("all", type="fanout")
    with Connection(filesystem_broker) as connection:
        channel = connection.channel()
        queues = [Queue(name, exchange)(channel) for name in ("one", "two")]
        for queue in queues:
            queue.declare()
        connection.Producer().publish("text", exchange=exchange)
        messages = [queue.get() for queue in queues]
        assert [message.payload for message in messages] == ["text", "text"]
        messages[0].ack()
        assert channel.folder.unacknowledged("two") == 1


def test_two_folders_in_one_process_do_not_mix(tmp_path: Path) -> None:
    apps: list[Any] = [filesystem_app(tmp_path / name) for name in ("a", "b")]
    for app in apps:
        app.send_task("some.task")
    for app in apps:
        with app.connection_for_read() as connection:
            declared = connection.default_channel.queue_declare("celery", passive=True)
        assert declared.message_count == 1
        app.close()


def test_the_full_path_of_the_class_works_too(tmp_path: Path) -> None:
    path = "antflow.cluster.broker.filesystem:Transport"
    options = {"folder": str(tmp_path / "broker")}
    connection = Connection(transport=path, transport_options=options)
    with connection, connection.SimpleQueue("queue") as queue:
        queue.put("text")
        assert queue.get(timeout=5).payload == "text"


def test_an_address_without_a_folder_says_what_is_needed() -> None:
    with pytest.raises(ValueError, match="needs a folder"):
        Connection("antflow+filesystem://").connect()


def test_purge_empties_a_queue_and_says_how_many(filesystem_broker: str) -> None:
    app = make_app(filesystem_broker)
    for _ in range(3):
        app.tasks["tests.add"].delay(1, 2)
    assert app.control.purge() == 3
    assert app.control.purge() == 0
    app.close()


def test_a_worker_obeys_grow_and_cancel_over_it(
    filesystem_broker: str, start_worker: Callable[..., WorkerProcess]
) -> None:
    worker = start_worker(filesystem_broker)
    app = worker.make_app()
    where = {"destination": [worker.hostname], "reply": True, "timeout": 5}
    assert "ok" in app.control.pool_grow(1, **where)[0][worker.hostname]
    assert "ok" in app.control.add_consumer("more", **where)[0][worker.hostname]
    queues = app.control.inspect([worker.hostname], timeout=5).active_queues()
    assert {queue["name"] for queue in queues[worker.hostname]} == {"celery", "more"}
    app.close()
