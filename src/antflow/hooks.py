"""Hooks around the work, for tracing and the like; armed only where somebody installed one.

A hook is an object with the methods of `WorkHook`, whose every method is a documented no-op.
`install` takes a function that is asked at each start of a pipeline or executor: it returns the
hook to use from then on, or None for "not now", which costs nothing on the way of an item.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

_providers: list[Callable[[], WorkHook | None]] = []


class WorkHook:
    """Called around runs, stages and tasks. Override what you need.

    The methods are called on the way of every item: they must neither raise nor wait. The
    context managers are entered and left in one and the same task, and what they set in context
    variables is seen by what they surround: a sync task's thread runs in a copy of the context.
    """

    def run(self, stages: int, total: int | None) -> AbstractContextManager[Any]:
        """Entered around a whole run; total is None where the source has no length."""
        return nullcontext()

    def carrier(self) -> Any:
        """Called where an item is fed, in the feeder's context; the value goes to `stage`."""
        return None

    def stage(self, carrier: Any, stage_name: str) -> AbstractContextManager[Any]:
        """Entered around an item's stay with a worker of a stage, in the worker's own task.

        An item that waits for another attempt has left its worker: the attempt is another stay.
        What ends a stay passes through the context manager, whether an attempt follows or not.
        """
        return nullcontext()

    def task(self, task_name: str, attempt: int) -> AbstractContextManager[Any]:
        """Entered around one attempt (from 1) of a task, within `stage`.

        An exception of the attempt passes through the context manager.
        """
        return nullcontext()

    def executor_task(self, worker_id: int, task_id: int) -> AbstractContextManager[Any]:
        """Entered around a task of an `AsyncExecutor`, in a copy of the submitter's context."""
        return nullcontext()

    def item_processed(self) -> None:
        """An item left the last stage without failing."""

    def item_failed(self, stage_name: str, error: BaseException) -> None:
        """An item failed for good."""

    def item_retried(self, stage_name: str, error: BaseException) -> None:
        """An attempt failed and another follows."""


def install(provider: Callable[[], WorkHook | None]) -> None:
    """Ask `provider` for a hook at each start; installing it twice asks it once."""
    if provider not in _providers:
        _providers.append(provider)


def uninstall(provider: Callable[[], WorkHook | None]) -> None:
    """Ask `provider` no more; an unknown one is ignored."""
    if provider in _providers:
        _providers.remove(provider)


def current() -> WorkHook | None:
    """The first hook that a provider gives now, or None."""
    for provider in _providers:
        if (hook := provider()) is not None:
            return hook
    return None
