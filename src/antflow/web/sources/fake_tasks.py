"""Rows of tasks that are made up."""

from __future__ import annotations

from random import Random

from msgspec import Struct, structs

from antflow.source import TaskView, WorkerView
from antflow.web.sources.hostile import Words

_ITEM_STATES = ("completed", "failed", "retrying", "skipped", "dropped", "cancelled", "queued")
_CELERY_STATES = ("SUCCESS", "FAILURE", "RETRY", "REVOKED", "REJECTED", "RECEIVED", "PENDING")
_RUNNING = {"pipeline": "in_progress", "cluster": "STARTED"}
_ERRORS = ("ValueError", "ConnectionError", "TimeoutError")
_OVER = frozenset(_ITEM_STATES[:6] + _CELERY_STATES[:5]) - {"RETRY", "retrying"}


class Making(Struct):
    """What rows are made from."""

    kind: str
    rng: Random
    words: Words
    groups: list[str]
    queues: list[str]


def name_of(task: TaskView) -> str:
    """The group of a row."""
    return task.name or ""


def started(making: Making, number: int, at: float, worker: WorkerView) -> TaskView:
    """A task that a worker takes now."""
    group = worker.group or making.rng.choice(making.groups)
    task = _blank(making, number, at - making.rng.uniform(0.01, 2.0), group)
    state = _RUNNING[making.kind]
    return structs.replace(task, state=state, worker=worker.name, started=at)


def made(making: Making, number: int, at: float, worker: str | None) -> TaskView:
    """A task of some time ago: one of each state first, then mostly ended well."""
    rng = making.rng
    group = making.groups[number % len(making.groups)]
    task = _blank(making, number, at, group)
    state = _state(making, number)
    if state in {"PENDING", "RECEIVED", "queued"} or worker is None:
        return structs.replace(task, state=state)
    begun = at + rng.uniform(0.01, 2.0)
    task = structs.replace(task, state=state, worker=worker, started=begun)
    if state in {"FAILURE", "failed", "RETRY", "retrying"}:
        return structs.replace(failed(making, task, begun + _runtime(rng)), state=state)
    if state in _OVER:
        return structs.replace(finished(making, task, begun + _runtime(rng)), state=state)
    return structs.replace(task, stuck=number % 11 == 0, orphaned=number % 13 == 0)


def _state(making: Making, number: int) -> str:
    states = _ITEM_STATES if making.kind == "pipeline" else _CELERY_STATES
    every = (*states, _RUNNING[making.kind])
    if number < 2 * len(every):
        return every[number % len(every)]
    chance = making.rng.random()
    if chance < 0.05:
        return states[1]
    return making.rng.choice(every) if chance < 0.1 else states[0]


def _runtime(rng: Random) -> float:
    return round(rng.lognormvariate(-0.5, 0.8), 3)


def _blank(making: Making, number: int, at: float, group: str) -> TaskView:
    words, rng = making.words, making.rng
    if making.kind == "pipeline":
        value = words.text(f"{{'page': {number}}}")
        return TaskView(words.name(f"item-{number}", number), group, args=value, received=at)
    queue = making.queues[number % len(making.queues)]
    task_id = words.name(f"{rng.getrandbits(128):032x}", number)
    return TaskView(
        task_id,
        group,
        args=words.text(f"({number}, 'order-{number}')"),
        kwargs=words.text(f"{{'user': {number % 97}, 'password': 'hunter2'}}"),
        received=at,
        queue=queue,
        exchange="",
        routing_key=queue,
        root_id=task_id,
        client=words.text("gen1@shop"),
        eta=words.text("2030-01-01T00:00:00+00:00") if number % 19 == 0 else None,
        cut=number % 23 == 0,
    )


def finished(making: Making, task: TaskView, at: float) -> TaskView:
    """The task, ended well."""
    state = "completed" if making.kind == "pipeline" else "SUCCESS"
    result = making.words.text(f"'done {task.id[-6:]}'")
    runtime = max(0.0, at - (task.started or at))
    return structs.replace(task, state=state, finished=at, runtime=runtime, result=result)


def failed(making: Making, task: TaskView, at: float) -> TaskView:
    """The task, failed for good."""
    error = making.rng.choice(_ERRORS)
    text = making.words.text("the server said no")
    frame = 'File "tasks.py", line 12, in work\n    return call(order)'
    return structs.replace(
        task,
        state="failed" if making.kind == "pipeline" else "FAILURE",
        finished=at,
        runtime=max(0.0, at - (task.started or at)),
        retries=making.rng.randrange(3),
        exception=f"{error}({text!r})",
        traceback=f"Traceback (most recent call last):\n  {frame}\n{error}: {text}\n",
    )
