"""What a running task may ask of the worker that runs it, or tell it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from typing import Any, Protocol


class TaskScope(Protocol):
    """The worker's side of these functions."""

    def set_status(self, text: str, min_interval: float) -> bool:
        """Show `text`; False where the last one is younger than `min_interval` seconds."""

    def rate_limit(self) -> AbstractAsyncContextManager[Any]:
        """Enter when the stage's `call_rate` allows another call."""

    def concurrency_limit(self) -> AbstractAsyncContextManager[Any]:
        """Enter when the stage's `call_concurrency` allows another call."""

    def has_capacity(self, amount: int) -> bool:
        """Whether `amount` calls could start now."""


current_scope: ContextVar[TaskScope | None] = ContextVar("antflow_scope", default=None)
"""The worker whose task runs in this context; set once per worker."""


def _scope(asked: str) -> TaskScope:
    scope = current_scope.get()
    if scope is None:
        raise RuntimeError(
            f"{asked} works inside a task of a pipeline only; "
            f"give the stage call_rate or call_concurrency and call it from its task"
        )
    return scope


def set_task_status(text: str, min_interval: float = 0.0) -> bool:
    """Show what the current task is doing, in `WorkerState.current_task` and the displays.

    Args:
        text: what to show, until the item's next task.
        min_interval: seconds; a text that comes sooner after the last one is passed over.

    Returns:
        Whether it is shown; False also outside a task, so that tasks can be called alone.
    """
    scope = current_scope.get()
    return scope is not None and scope.set_status(str(text), min_interval)


def rate_limit() -> AbstractAsyncContextManager[Any]:
    """`async with rate_limit():` around a call: at most `call_rate` a `call_rate_period`.

    Raises:
        RuntimeError: outside a task, or where the stage sets no `call_rate`.
    """
    return _scope("rate_limit() (call_rate)").rate_limit()


def concurrency_limit() -> AbstractAsyncContextManager[Any]:
    """`async with concurrency_limit():` around a call: at most `call_concurrency` at once.

    Raises:
        RuntimeError: outside a task, or where the stage sets no `call_concurrency`.
    """
    return _scope("concurrency_limit() (call_concurrency)").concurrency_limit()


def call_rate_has_capacity(amount: int = 1) -> bool:
    """Whether `amount` calls under `rate_limit()` could start now without waiting.

    True also outside a task and where the stage sets no `call_rate`: nothing holds them up.
    """
    scope = current_scope.get()
    return scope is None or scope.has_capacity(amount)
