"""POST /api/task/apply, /async-apply, /send-task and GET /api/task/result."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from antflow.exceptions import ResultBackendError
from antflow.web.flower.desk import Desk
from antflow.web.flower.options import Call, call_of
from antflow.web.security.permissions import authorize_task
from antflow.web.security.refusal import RefusalError

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.5
"""Seconds between two looks at a result."""
ENDED: Final = frozenset({"SUCCESS", "FAILURE", "REVOKED"})


async def apply(desk: Desk) -> Any:
    """Call a task and wait for its result."""
    call = await _call(desk)
    _need_backend(desk)
    task_id = await _sent(desk, call, registered=True)
    return await _outcome(desk, task_id, call.timeout, wait=True)


async def async_apply(desk: Desk) -> Any:
    """Call a task."""
    return await _answered(desk, await _sent(desk, await _call(desk), registered=True))


async def send_task(desk: Desk) -> Any:
    """Send a task by its name, whether anybody knows it or not."""
    return await _answered(desk, await _sent(desk, await _call(desk), registered=False))


async def result(desk: Desk) -> Any:
    """State and result of a task, from the result backend."""
    timeout = desk.arguments.number("timeout")
    _need_backend(desk)
    return await _outcome(desk, desk.target, timeout, wait=timeout is not None)


async def _call(desk: Desk) -> Call:
    authorize_task(desk.request, desk.target)
    return call_of(await desk.request.body())


async def _answered(desk: Desk, task_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"task-id": task_id}
    if desk.cluster.calls.has_results:
        answer["state"] = (await desk.cluster.calls.state(task_id)).get("status", "PENDING")
    return answer


async def _sent(desk: Desk, call: Call, *, registered: bool) -> str:
    """The new task's id."""
    name = desk.target
    if registered and name not in desk.cluster.app.tasks and not _known_to_workers(desk, name):
        raise RefusalError(404, f"Unknown task {name!r}")
    if registered:
        desk.cluster.calls.check(name, call.args, call.kwargs)
    return await desk.cluster.calls.call(name, call.args, call.kwargs, call.options)


def _known_to_workers(desk: Desk, name: str) -> bool:
    answers = desk.cluster.inspector.workers.values()
    return any(
        name == known.partition(" ")[0] for info in answers for known in info.get("registered", ())
    )


def _need_backend(desk: Desk) -> None:
    if not desk.cluster.calls.has_results:
        raise ResultBackendError("the app has no result backend; configure result_backend")


async def _outcome(desk: Desk, task_id: str, timeout: float | None, *, wait: bool) -> Any:
    """Look until it ended, the time is up, or nobody waits for the answer any more."""
    loop = asyncio.get_running_loop()
    end = None if timeout is None else loop.time() + max(0.0, timeout)
    pause = FIRST_PAUSE
    meta = await desk.cluster.calls.state(task_id)
    while wait and meta["status"] not in ENDED and not await desk.request.is_disconnected():
        left = pause if end is None else min(pause, end - loop.time())
        if left <= 0:
            break
        await asyncio.sleep(left)
        pause = min(pause * 2, LONGEST_PAUSE)
        meta = await desk.cluster.calls.state(task_id)
    return _shown(desk, task_id, meta)


def _shown(desk: Desk, task_id: str, meta: dict[str, Any]) -> dict[str, Any]:
    redactor = desk.site.redactor
    answer: dict[str, Any] = {"task-id": task_id, "state": meta["status"]}
    value = meta.get("result")
    if meta["status"] == "SUCCESS":
        answer["result"] = redactor.value(value)
    elif meta["status"] in ENDED or isinstance(value, BaseException):
        answer["result"] = redactor.text(repr(value))
        answer["traceback"] = redactor.text(str(meta.get("traceback") or ""))
    return answer
