"""What a task is: its name, and whether it runs on the loop or on a thread."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from antflow.types import TaskFunc


def _unwrapped(task: Any) -> Any:
    while isinstance(task, functools.partial):
        task = task.func
    return task


def task_name(task: TaskFunc) -> str:
    """`__name__`; of a partial its function's; of a callable object its class's."""
    inner = _unwrapped(task)
    return getattr(inner, "__name__", None) or type(inner).__name__


def is_async(task: TaskFunc) -> bool:
    """Whether calling the task gives a coroutine, so that it runs on the event loop."""
    inner = _unwrapped(task)
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(
        getattr(inner, "__call__", None)  # noqa: B004 — the method itself is wanted
    )
