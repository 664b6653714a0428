"""Who takes from a queue, where the broker does not tell."""

from __future__ import annotations

from typing import Any

from antflow.cluster.picture import with_consumers
from antflow.source import QueueView, WorkerStatus, WorkerView


def worker(name: str, *queues: str, status: WorkerStatus = "idle") -> WorkerView:
    return WorkerView(name, status, queues=queues)


def told(*names: str) -> dict[str, dict[str, Any]]:
    return {name: {"active_queues": []} for name in names}


def test_consumers_are_the_workers_online_that_take_from_it() -> None:
    workers = [
        worker("a", "mail"),
        worker("b", "mail", "slow"),
        worker("c", "mail", status="offline"),
    ]
    queues = [QueueView("mail"), QueueView("slow"), QueueView("nobody's")]
    counted = with_consumers(queues, workers, told("a", "b"))
    assert [queue.consumers for queue in counted] == [2, 1, 0]


def test_what_the_broker_tells_stands() -> None:
    [queue] = with_consumers([QueueView("mail", consumers=5)], [worker("a", "mail")], told("a"))
    assert queue.consumers == 5


def test_nothing_is_counted_before_every_worker_has_told() -> None:
    [queue] = with_consumers([QueueView("mail")], [worker("a", "mail"), worker("b")], told("a"))
    assert queue.consumers is None
