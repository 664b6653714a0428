"""Reconciliation with what workers say that they have in hand."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from celery import Celery

from antflow.cluster.inspector import Inspector
from antflow.cluster.reconcile import Reconciler
from antflow.cluster.results import Results
from antflow.cluster.state import Applied, ClusterState


class Told:
    """Stands for an inspector whose workers have answered."""

    def __init__(self, answers: dict[str, dict[str, Any]]) -> None:
        self.methods = list(answers)
        self._answers = answers

    def inspect(self) -> list[asyncio.Future[dict[str, Any]]]:
        futures = []
        for method in self.methods:
            future = asyncio.get_running_loop().create_future()
            future.set_result(self._answers[method])
            futures.append(future)
        return futures


async def test_a_round_over_thousands_of_tasks_gives_way_to_others() -> None:
    tasks = [{"id": f"t{n}", "name": "job", "args": [n], "time_start": 1.0} for n in range(3_000)]
    state, learned = ClusterState(), list[Applied]()
    inspector = cast("Inspector", Told({"active": {"w": tasks}}))
    results = Results(Celery("a", broker="memory://", set_as_current=False))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(others())
    await Reconciler(state, inspector, results, learned.append).run()
    counting.cancel()
    assert turns > 30
    assert state.states() == {"STARTED": 3_000}
    assert {uuid for applied in learned for uuid in applied.tasks} == set(state.tasks)
