"""What the verbs do to a made-up world."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from antflow.exceptions import CommandRefusedError, NotFoundError
from antflow.source import Answer, Verb
from antflow.web.sources.fake_world import World
from antflow.web.sources.searching import select

_FAILED = ("FAILURE", "failed")
_OVER = (*_FAILED, "SUCCESS", "completed", "REVOKED", "cancelled", "skipped", "dropped", "REJECTED")

Arguments = Mapping[str, Any]


def obey(world: World, who: str, verb: Verb, target: str, arguments: Arguments) -> list[Answer]:
    """Do what the verb says.

    Raises:
        NotFoundError: no such target.
        CommandRefusedError: the worker cannot.
        SearchError: the search of `tasks` cannot be read.
    """
    found = {
        "source": lambda: [who],
        "worker": lambda: [_known(world.workers, target, "worker")],
        "group": lambda: [_known(world.tallies, target, "group")],
        "queue": lambda: [_known(dict.fromkeys(world.queue_names), target, "queue")],
        "task": lambda: [_known(world.tasks, target, "task")],
        "tasks": lambda: [task.id for task in select(world.newest_first(), target)],
    }[verb.target]()
    deed = _DEEDS[verb.target, verb.name]
    if verb.target == "tasks":
        done = sum(deed(world, one, arguments) != _NOTHING for one in found)
        return [Answer(who, True, f"{done} tasks")]
    return [
        Answer(target if verb.target == "worker" else who, True, deed(world, found[0], arguments))
    ]


def _known(known: Mapping[str, Any], name: str, kind: str) -> str:
    if name not in known:
        raise NotFoundError(f"no {kind} {name[:200]!r}")
    return name


_NOTHING = "nothing to do"


def _shutdown(world: World, name: str, arguments: Arguments) -> str:
    for running in world.workers[name].running:
        world.change(running.id, orphaned=True)
    world.change_worker(name, status="offline", running=(), active=0)
    return "Shutting down!"


def _pool(sign: int) -> Callable[[World, str, Arguments], str]:
    def change(world: World, name: str, arguments: Arguments) -> str:
        size = (world.workers[name].concurrency or 0) + sign * arguments["n"]
        if size < 1:
            raise CommandRefusedError(f"pool cannot shrink to {size}")
        world.change_worker(name, concurrency=size)
        return f"{size} processes"

    return change


def _autoscale(world: World, name: str, arguments: Arguments) -> str:
    low, high = arguments["min"], arguments["max"]
    if low > high:
        raise ValueError(f"min {low} is above max {high}")
    world.change_worker(name, concurrency=high)
    return f"autoscale now max={high} min={low}"


def _consume(world: World, name: str, arguments: Arguments) -> str:
    queues = dict.fromkeys((*world.workers[name].queues, arguments["queue"]))
    world.change_worker(name, queues=tuple(queues))
    return f"consuming from {arguments['queue']}"


def _consume_no_more(world: World, name: str, arguments: Arguments) -> str:
    queues = tuple(one for one in world.workers[name].queues if one != arguments["queue"])
    world.change_worker(name, queues=queues)
    return f"no longer consuming from {arguments['queue']}"


def _stages_pool(sign: int) -> Callable[[World, str, Arguments], str]:
    def change(world: World, name: str, arguments: Arguments) -> str:
        size = sum(worker.group == name for worker in world.workers.values())
        if size + sign * arguments["n"] < 1:
            raise ValueError("at least 1 worker must remain")
        return f"{size + sign * arguments['n']} workers"

    return change


def _pause(world: World, name: str, arguments: Arguments) -> str:
    world.paused.add(name)
    return "paused"


def _resume(world: World, name: str, arguments: Arguments) -> str:
    world.paused.discard(name)
    return "resumed"


def _pause_all(world: World, name: str, arguments: Arguments) -> str:
    world.paused.update(world.groups)
    return "paused"


def _resume_all(world: World, name: str, arguments: Arguments) -> str:
    world.paused.clear()
    return "resumed"


def _revoke(world: World, task_id: str, arguments: Arguments) -> str:
    if world.tasks[task_id].state in _OVER:
        return _NOTHING
    world.release(task_id)
    state = "cancelled" if world.kind == "pipeline" else "REVOKED"
    world.change(task_id, state=state, finished=world.now)
    return "revoked"


def _retry(world: World, task_id: str, arguments: Arguments) -> str:
    task = world.tasks[task_id]
    if task.state not in _FAILED:
        return _NOTHING
    state = "queued" if world.kind == "pipeline" else "RECEIVED"
    world.change(task_id, state=state, finished=None, retries=task.retries + 1)
    return "queued again"


def _said(text: str) -> Callable[[World, str, Arguments], str]:
    return lambda world, name, arguments: text


_DEEDS: dict[tuple[str, str], Callable[[World, str, Arguments], str]] = {
    ("worker", "shutdown"): _shutdown,
    ("worker", "pool_restart"): _said("reload started"),
    ("worker", "pool_grow"): _pool(1),
    ("worker", "pool_shrink"): _pool(-1),
    ("worker", "autoscale"): _autoscale,
    ("worker", "add_consumer"): _consume,
    ("worker", "cancel_consumer"): _consume_no_more,
    ("group", "rate_limit"): _said("new rate limit set successfully"),
    ("group", "time_limit"): _said("time limits set successfully"),
    ("group", "apply"): _said("sent"),
    ("group", "pool_grow"): _stages_pool(1),
    ("group", "pool_shrink"): _stages_pool(-1),
    ("group", "pause"): _pause,
    ("group", "resume"): _resume,
    ("source", "pause"): _pause_all,
    ("source", "resume"): _resume_all,
    ("queue", "pause"): _pause,
    ("queue", "resume"): _resume,
    ("queue", "purge"): _said("12 messages"),
    ("task", "revoke"): _revoke,
    ("task", "abort"): _revoke,
    ("task", "retry"): _retry,
    ("tasks", "revoke"): _revoke,
    ("tasks", "retry"): _retry,
}
