"""`WorkerInfo`: what one worker answered, gathered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from antflow.cluster.inspector.heartbeats import Heartbeat


class WorkerInfo(TypedDict, total=False):
    """One worker. A key is missing where the worker did not say.

    Attributes:
        hostname: its name.
        status: `online` or `offline`.
        timestamp: when it answered, Unix seconds.
        active: tasks it runs.
        processed: tasks it has started since its own start.
        load: load averages of its machine over 1, 5 and 15 minutes, from its newest heartbeat.
        pool: as in its stats; `processes` is empty where the pool has none, `timeouts` are soft
            and hard in seconds, `max-tasks-per-child` is 0 where there is no bound.
        rusage: as in its stats.
        registered: names of its tasks.
        active_queues: the queues it consumes.
        clock: its logical clock.
        sw_ident: its software, from its heartbeat.
        sw_ver: the version, from its heartbeat.
        sw_sys: its operating system, from its heartbeat.
    """

    hostname: str
    status: str
    timestamp: float
    active: int
    processed: int
    load: list[float]
    pool: dict[str, Any]
    rusage: dict[str, Any]
    registered: list[str]
    active_queues: list[dict[str, Any]]
    clock: int
    sw_ident: str
    sw_ver: str
    sw_sys: str


def worker_info(
    name: str, answers: Mapping[str, Any], heartbeat: Heartbeat | None, at: float
) -> WorkerInfo:
    """Make one.

    Args:
        name: the worker's.
        answers: its answers by method, as they came.
        heartbeat: its newest, if any came.
        at: when it answered.
    """
    info: WorkerInfo = {"hostname": name, "status": "online", "timestamp": at}
    if isinstance(stats := answers.get("stats"), dict):
        _add_stats(info, stats)
    if isinstance(active := answers.get("active"), list):
        info["active"] = len(active)
    if isinstance(registered := answers.get("registered"), list):
        info["registered"] = [_task_name(each) for each in registered]
    if isinstance(queues := answers.get("active_queues"), list):
        info["active_queues"] = queues
    if heartbeat is not None:
        _add_heartbeat(info, heartbeat)
    return info


def _add_stats(info: WorkerInfo, stats: Mapping[str, Any]) -> None:
    if isinstance(total := stats.get("total"), dict):
        info["processed"] = sum(n for n in total.values() if isinstance(n, int))
    if isinstance(pool := stats.get("pool"), dict):
        info["pool"] = _pool(pool)
    if isinstance(rusage := stats.get("rusage"), dict):
        info["rusage"] = rusage
    if (clock := _number(stats.get("clock"))) is not None:
        info["clock"] = int(clock)


def _pool(pool: Mapping[str, Any]) -> dict[str, Any]:
    found = {"processes": [], **pool}
    bound = _number(pool.get("max-tasks-per-child"))
    found["max-tasks-per-child"] = int(bound) if bound is not None else 0
    if isinstance(timeouts := pool.get("timeouts"), list):
        found["timeouts"] = [float(_number(each) or 0) for each in timeouts]
    if (writes := pool.get("writes")) is not None:
        # N/A where the worker runs without an event loop
        known = writes if isinstance(writes, dict) else {"total": 0, "all": ""}
        found["writes"] = {**known, "avg": _number(known.get("avg")) or 0.0}
    return found


def _add_heartbeat(info: WorkerInfo, heartbeat: Heartbeat) -> None:
    if heartbeat.load is not None:
        info["load"] = list(heartbeat.load)
    if heartbeat.sw_ident is not None:
        info["sw_ident"] = heartbeat.sw_ident
    if heartbeat.sw_ver is not None:
        info["sw_ver"] = heartbeat.sw_ver
    if heartbeat.sw_sys is not None:
        info["sw_sys"] = heartbeat.sw_sys


def _task_name(registered: Any) -> str:
    # `proj.add [rate_limit=10/m]` where the task has such settings
    return str(registered).partition(" [")[0]


def _number(value: Any) -> float | None:
    # Celery writes some figures as text, and N/A for none
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
