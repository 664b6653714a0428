"""The app that test workers run; its broker and backend come from the environment.

`ANTFLOW_TEST_BROKER`, `ANTFLOW_TEST_BACKEND`, and `ANTFLOW_TEST_CONF`, a JSON object of further
settings. The test itself makes the same app with `make_app`.
"""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from celery import Celery, chain, group, shared_task
from celery.contrib.abortable import AbortableTask
from celery.exceptions import SoftTimeLimitExceeded

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u2066 \u0000\u001b[31m",
    "=cmd|' /C calc'!A0",
    "👾" * 10,
    "password=hunter2 token: abc",
    "{{7*7}} ${7*7} %(name)s {0}",
    "../../etc/passwd",
]


class NeverMendedError(Exception):
    """What `fail` raises."""


@shared_task(name="tests.add")
def add(x: float, y: float) -> float:
    return x + y


@shared_task(name="tests.fail")
def fail(text: str = "broken on purpose") -> None:
    raise NeverMendedError(text)


@shared_task(name="tests.sleep")
def sleep(seconds: float) -> float:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.05))
    return seconds


@shared_task(name="tests.crash")
def crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="tests.retrying", bind=True, max_retries=3)
def retrying(self: Any, succeed_at: int = 2, countdown: float = 0.1) -> int:
    if self.request.retries < succeed_at:
        raise self.retry(countdown=countdown, exc=NeverMendedError("not yet"))
    retries: int = self.request.retries
    return retries


@shared_task(name="tests.slow", soft_time_limit=1, time_limit=5)
def slow(seconds: float = 10) -> str:
    try:
        sleep(seconds)
    except SoftTimeLimitExceeded:
        return "cut short"
    return "whole"


@shared_task(name="tests.parent", bind=True)
def parent(self: Any, children: int = 3) -> list[str]:
    calls = [add.si(number, 1) for number in range(children)]
    return [call.apply_async().id for call in calls]


@shared_task(name="tests.chained")
def chained(steps: int = 3) -> str:
    started = chain(add.s(1, 1), *(add.s(1) for _ in range(steps - 1))).apply_async()
    return str(started.id)


@shared_task(name="tests.grouped")
def grouped(members: int = 3) -> str:
    return str(group(add.s(number, 1) for number in range(members)).apply_async().id)


@shared_task(name="tests.echo")
def echo(*args: Any, **kwargs: Any) -> Any:
    return {"args": args, "kwargs": kwargs}


@shared_task(name="tests.hostile")
def hostile(number: int = 0) -> str:
    return HOSTILE[number % len(HOSTILE)]


@shared_task(name="tests.abortable", bind=True, base=AbortableTask)
def abortable(self: Any, seconds: float = 30) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if self.is_aborted():
            return "aborted"
        time.sleep(0.05)
    return "ran to its end"


def make_app(broker: str, backend: str | None = None, **conf: Any) -> Celery:
    """The app, as a worker has it, for use in the test itself."""
    if broker.startswith("antflow+"):
        import antflow.cluster.broker  # noqa: F401 - registers the transport
    made = Celery("tests", broker=broker, backend=backend, set_as_current=False)
    made.conf.update(
        {
            "task_send_sent_event": True,
            "worker_send_task_events": True,
            "worker_pool_restarts": True,
            "result_extended": True,
            "broker_connection_retry_on_startup": True,
            "worker_cancel_long_running_tasks_on_connection_loss": True,
            "task_default_queue": "celery",
            **conf,
        }
    )
    made.finalize(auto=True)
    return made


def from_environment() -> Celery:
    conf = json.loads(os.environ.get("ANTFLOW_TEST_CONF", "{}"))
    backend = os.environ.get("ANTFLOW_TEST_BACKEND") or None
    made = make_app(os.environ["ANTFLOW_TEST_BROKER"], backend, **conf)
    made.set_current()
    made.set_default()
    return made


if "ANTFLOW_TEST_BROKER" in os.environ:
    app = from_environment()
