"""Which stage sets the pace, and why."""

from __future__ import annotations

from collections.abc import Sequence

from antflow.flow.records import Bottleneck, StageLoad

_BUSY = 0.8  # from this share of its workers on a stage counts as working at its limit
_BACKLOG = 0.5  # from this share of its places on a queue counts as backed up
_BLOCKED = 0.2  # from this share of its workers on a stage counts as held up by the next one
_FULL = 0.9
_HOLDS = {
    "rate": "its rate limit",
    "limit": "its concurrency limit",
    "retry": "retries",
    "thread": "timed-out threads",
    "callback": "its callbacks",
}


def find_bottleneck(loads: Sequence[StageLoad]) -> Bottleneck | None:
    """The stage that sets the pace of the others, or None where none does.

    All stages before it back up and all behind it starve. So it is the last one whose workers
    are busy while work waits before it: in its own queue, or in the hands of the workers of the
    stage before. A stage that lets nothing through before a full queue is one too. Where nothing
    backs up it is, of the busy stages with work waiting, the one with the most of it per worker.

    Args:
        loads: the stages in order, each over the last seconds.
    """
    for index in reversed(range(len(loads))):
        before = loads[index - 1] if index else None
        if reason := _reason(loads[index], before):
            return Bottleneck(loads[index].name, reason)
    waiting = [load for load in loads if _is_busy(load) and load.queued >= load.workers / 2]
    if not waiting:
        return None
    most = max(waiting, key=lambda load: load.queued / load.workers)
    return Bottleneck(most.name, ", ".join(_symptoms(most, None)))


def _reason(load: StageLoad, before: StageLoad | None) -> str | None:
    blocks = before is not None and before.waits_for_room >= _BLOCKED * before.workers > 0
    if not (blocks or _backed_up(load)):
        return None
    if _is_busy(load):
        return ", ".join(_symptoms(load, before if blocks else None))
    if load.rate_out == 0 and load.working < 1 and (blocks or _is_full(load)):
        return f"nothing leaves it, {_workers(load)}, {_queue(load)}"
    return None


def _is_busy(load: StageLoad) -> bool:
    return load.working >= _BUSY * load.workers > 0


def _backed_up(load: StageLoad) -> bool:
    if load.capacity is None:
        return load.queued >= max(1, load.workers)
    return load.capacity > 0 and load.queued >= _BACKLOG * load.capacity


def _is_full(load: StageLoad) -> bool:
    return bool(load.capacity) and load.queued >= _FULL * (load.capacity or 0)


def _symptoms(load: StageLoad, blocked: StageLoad | None) -> list[str]:
    held = {kind: count for kind, count in load.held.items() if kind in _HOLDS}
    kind = max(held, key=lambda name: held[name], default=None)
    found = [_workers(load)]
    if kind is not None and held[kind] >= load.workers / 2:
        found = [f"held by {_HOLDS[kind]}"]
    if load.capacity != 0:
        found.append(_queue(load))
    if blocked is not None:
        found.append(f"{blocked.name} waits for room")
    elif load.capacity is None and load.rate_in > 1.1 * load.rate_out:
        found.append("growing")
    return found


def _workers(load: StageLoad) -> str:
    return f"{round(load.working)}/{load.workers} workers busy"


def _queue(load: StageLoad) -> str:
    of = f"/{load.capacity}" if load.capacity else ""
    return f"queue {round(load.queued):,}{of}"
