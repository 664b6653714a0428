"""Messages, claims, bindings and owners as files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

import msgspec
import pytest

from antflow.cluster.broker.bindings import Binding, Bindings
from antflow.cluster.broker.claims import claim_next
from antflow.cluster.broker.folder import BrokerFolder, message_name, sent_at
from antflow.cluster.broker.owners import dead_owners, own_name
from antflow.cluster.broker.reaping import reap

MESSAGE = msgspec.json.encode({"body": "x", "headers": {}, "properties": {}})


@pytest.fixture
def folder(tmp_path: Path) -> BrokerFolder:
    folder = BrokerFolder(tmp_path / "broker")
    folder.make()
    return folder


@pytest.mark.parametrize("name", ["celery", "a/b", "..", ".hidden", "w@host.celery.pidbox", "ä*?"])
def test_any_name_of_a_queue_is_one_folder(folder: BrokerFolder, name: str) -> None:
    folder.put(name, MESSAGE)
    assert folder.count(name) == 1
    assert folder.queue_names() == [name]
    assert folder.queue(name).parent == folder.queues


def test_messages_come_in_the_order_they_were_sent(folder: BrokerFolder) -> None:
    names = [message_name() for _ in range(50)]
    assert sorted(names) == names
    assert all(sent_at(name) for name in names)


def test_a_higher_priority_goes_first() -> None:
    names = [message_name(priority) for priority in (0, 9, 5, 99, -1)]
    order = sorted(range(5), key=names.__getitem__)
    assert order[:3] == [1, 3, 2]


def test_a_message_is_taken_once(folder: BrokerFolder) -> None:
    folder.put("queue", MESSAGE)
    ahead: deque[str] = deque(folder.messages("queue"))
    claim = claim_next(folder, "queue", deque())
    assert claim is not None
    assert claim_next(folder, "queue", ahead) is None
    assert (folder.count("queue"), folder.unacknowledged("queue")) == (0, 1)
    claim.settle()
    assert folder.unacknowledged("queue") == 0


def test_what_is_given_back_keeps_its_place_and_is_marked(folder: BrokerFolder) -> None:
    for _ in range(2):
        folder.put("queue", MESSAGE)
    first = folder.messages("queue")[0]
    claim = claim_next(folder, "queue", deque())
    assert claim is not None
    claim.give_back()
    again = claim_next(folder, "queue", deque())
    assert again is not None
    assert again.path.name == first
    assert again.message["properties"]["delivery_info"]["redelivered"] is True


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'"text"', b"\xff\xfe"])
def test_what_is_no_message_is_put_aside_and_the_next_one_comes(
    folder: BrokerFolder, content: bytes
) -> None:
    folder.put("queue", content)
    folder.put("queue", MESSAGE)
    claim = claim_next(folder, "queue", deque())
    assert claim is not None
    assert claim.message["body"] == "x"
    assert len(list(folder.undelivered.iterdir())) == 1


def test_processed_messages_are_kept_where_asked(folder: BrokerFolder) -> None:
    folder.put("queue", MESSAGE)
    claim = claim_next(folder, "queue", deque())
    assert claim is not None
    claim.settle(keep=True)
    assert [path.name for path in folder.processed.iterdir()] == [claim.path.name]


def test_a_binding_stands_once_and_is_dropped_with_its_queue(folder: BrokerFolder) -> None:
    bindings = Bindings(folder)
    for queue in ("a", "b", "a"):
        bindings.add("events", Binding("#", "", queue))
    assert bindings.of("events") == [Binding("#", "", "a"), Binding("#", "", "b")]
    Bindings(folder).drop_queue("a")
    assert bindings.of("events") == [Binding("#", "", "b")]


@pytest.mark.parametrize("exchange", ["celery", "a/b", "events.json"])
def test_an_exchange_of_any_name_has_its_bindings(folder: BrokerFolder, exchange: str) -> None:
    bindings = Bindings(folder)
    bindings.add(exchange, Binding("", "", "q"))
    assert bindings.of(exchange) == [Binding("", "", "q")]
    bindings.drop(exchange, Binding("", "", "q"))
    assert bindings.of(exchange) == []


def _bind(root: Path, first: int) -> None:
    bindings = Bindings(BrokerFolder(root))
    for number in range(first, first + 50):
        bindings.add("events", Binding("", "", f"q{number}"))


def test_no_binding_is_lost_when_processes_bind_at_once(folder: BrokerFolder) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_bind, args=(folder.root, n * 50)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert {row.queue for row in Bindings(folder).of("events")} == {f"q{n}" for n in range(200)}


HOLDER = """
import sys, time
from collections import deque
from pathlib import Path
from antflow.cluster.broker.claims import claim_next
from antflow.cluster.broker.folder import OWNER_FILE, BrokerFolder
from antflow.cluster.broker.owners import own_name
folder = BrokerFolder(sys.argv[1])
claim_next(folder, "queue", deque())
(folder.queue("own")).mkdir()
(folder.queue("own") / OWNER_FILE).write_text(own_name(folder.owners))
print("ready", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_had_taken_comes_back(folder: BrokerFolder) -> None:
    folder.put("queue", MESSAGE)
    bindings = Bindings(folder)
    bindings.add("events", Binding("#", "", "own"))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.root)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        assert reap(folder, bindings) == []
        assert folder.count("queue") == 0
        os.kill(holder.pid, signal.SIGKILL)
    assert len(reap(folder, bindings)) == 1
    assert folder.count("queue") == 1
    assert folder.queue_names() == ["queue"]
    assert bindings.of("events") == []


def test_a_process_does_not_take_itself_for_dead(folder: BrokerFolder) -> None:
    name = own_name(folder.owners)
    with dead_owners(folder.owners) as dead:
        assert dead == []
    assert own_name(folder.owners) == name
