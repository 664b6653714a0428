"""`Stage`: the plain description of one step of a pipeline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

from antflow.exceptions import PipelineError, StageValidationError
from antflow.pipeline.rate import Rate, parse_rate
from antflow.pipeline.task import is_async, task_name
from antflow.types import TaskFunc

RetryPolicy = Literal["per_task", "per_stage"]
Wait = float | Callable[[Any], float]
ItemCallback = Callable[[Any, Any, dict[str, Any]], Any]


@dataclass
class Stage:
    """One step of a pipeline: some workers that run the same tasks on item after item.

    The tasks run one after another on the same worker, output to input. A coroutine function
    runs on the event loop, a plain function on a thread of its worker's own. A task that
    returns `antflow.DROP` filters its item out.

    Attributes:
        name: unique within the pipeline; the workers are named after it (`Fetch-W0`).
        workers: how many items the stage works on at once; at least 1.
        tasks: at least one callable of one argument (see `unpack_args`).
        retry: `per_task` repeats the failed task, `per_stage` all tasks of the stage.
        task_attempts: attempts of each task under `per_task`; at least 1, by default 3.
        task_wait_seconds: wait before a task's next attempt, in seconds (1.0 by default), or a
            callable of tenacity's wait shape (`wait(retry_state) -> seconds`).
        stage_attempts: attempts of the stage under `per_stage`; at least 1, by default 3.
        stage_wait_seconds: like `task_wait_seconds`, before the stage's next attempt; 0.0.
        retry_on: exception classes that are worth another attempt; `(Exception,)`.
        unpack_args: pass a dict as keyword and a list or tuple as positional arguments.
        task_concurrency_limits: by task name, how many of it run at once across the stage.
        on_success: called with (id, result, payload) when an item completed the stage.
        on_failure: called with (id, exception, payload) when an item failed for good.
        on_skip: called with (id, value, payload) when `skip_if` let an item pass.
        skip_if: called with the value; a true answer passes the item on unchanged.
        queue_capacity: items that may wait before the stage; None: workers × 10, as the stage
            starts out; 0: no bound.
        pull: nothing waits before the stage: an item is handed to a worker that is free.
        call_concurrency: how many tasks at once are inside `concurrency_limit()`; None: the
            stage sets no limit.
        call_rate: how many tasks enter `rate_limit()` within `call_rate_period`; None: no limit.
        call_rate_period: seconds; 60.0 by default.
        rate: limits every start of the stage's tasks: `"20/s"`, `"100/m"`, `"5000/h"`, or
            a number per second; None: no limit.
        timeout: seconds for one attempt of a task; it then fails with `TimeoutError`. Waiting
            for `rate` and `task_concurrency_limits` does not count. A plain function's thread
            goes on past it, its result is thrown away, and its worker is busy till then.
        executor: `loop` runs coroutine functions on the pipeline's event loop; `thread` gives
            each worker a thread with a loop of its own for them, so that computing in them
            does not hold up the rest.

    The callbacks may be sync or async; payload is `{"id", "value": as it entered the stage,
    **metadata}`. An exception in one is logged and changes nothing.
    """

    name: str
    workers: int
    tasks: Sequence[TaskFunc]
    retry: RetryPolicy = "per_task"
    task_attempts: int = 3
    task_wait_seconds: Wait = 1.0
    stage_attempts: int = 3
    unpack_args: bool = False
    task_concurrency_limits: Mapping[str, int] = field(default_factory=dict)
    on_success: ItemCallback | None = None
    on_failure: ItemCallback | None = None
    on_skip: ItemCallback | None = None
    skip_if: Callable[[Any], Any] | None = None
    queue_capacity: int | None = None
    pull: bool = False
    call_concurrency: int | None = None
    call_rate: float | None = None
    call_rate_period: float = 60.0
    stage_wait_seconds: Wait = 0.0
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    rate: Rate = None
    timeout: float | None = None
    executor: Literal["loop", "thread"] = "loop"

    @property
    def capacity(self) -> int:
        """Items that may wait before the stage; 0 where there is no bound or `pull` is set."""
        if self.pull:
            return 0
        return self.workers * 10 if self.queue_capacity is None else self.queue_capacity

    @property
    def task_names(self) -> list[str]:
        """The tasks' names, in order."""
        return [task_name(task) for task in self.tasks]

    @property
    def all_async(self) -> bool:
        """Whether every task is a coroutine function."""
        return all(is_async(task) for task in self.tasks)

    @property
    def attempts(self) -> int:
        """Attempts under the chosen retry policy."""
        return self.task_attempts if self.retry == "per_task" else self.stage_attempts

    @property
    def wait(self) -> Wait:
        """Wait between attempts under the chosen retry policy."""
        return self.task_wait_seconds if self.retry == "per_task" else self.stage_wait_seconds

    def worker_name(self, number: int) -> str:
        """Name of the worker with this number, from 0."""
        return f"{self.name}-W{number}"

    @classmethod
    def io_bound(
        cls, name: str, *tasks: TaskFunc, workers: int = 10, retries: int = 3, **fields: Any
    ) -> Stage:
        """A stage that mostly waits for others; `retries` is the number of attempts."""
        return cls._preset(name, tasks, workers, retries, fields)

    @classmethod
    def cpu_bound(
        cls,
        name: str,
        *tasks: TaskFunc,
        workers: int | None = None,
        retries: int = 1,
        **fields: Any,
    ) -> Stage:
        """A stage that computes, off the event loop; workers: by default one a CPU."""
        fields.setdefault("executor", "thread")
        return cls._preset(name, tasks, workers or os.cpu_count() or 1, retries, fields)

    @classmethod
    def rate_limited(
        cls,
        name: str,
        *tasks: TaskFunc,
        rps: float = 10,
        workers: int | None = None,
        retries: int = 3,
        **fields: Any,
    ) -> Stage:
        """A stage whose tasks start at most `rps` times a second; workers: max(1, int(rps))."""
        fields.setdefault("rate", rps)
        return cls._preset(name, tasks, workers or max(1, int(rps)), retries, fields)

    @classmethod
    def _preset(
        cls,
        name: str,
        tasks: Sequence[TaskFunc],
        workers: int,
        retries: int,
        fields: dict[str, Any],
    ) -> Stage:
        policy = fields.setdefault("retry", "per_task")
        fields.setdefault("stage_attempts" if policy == "per_stage" else "task_attempts", retries)
        return cls(name=name, workers=workers, tasks=list(tasks), **fields)

    def validate(self) -> None:
        """Check every field.

        Raises:
            StageValidationError: naming the stage, the field and the fix.
        """
        for problem in self._problems():
            raise StageValidationError(f"Stage {self.name!r}: {problem}")

    def _problems(self) -> Iterator[str]:
        if not isinstance(self.name, str) or not self.name:
            yield "name must be a non-empty text"
        if self.retry not in ("per_task", "per_stage"):
            yield f"Invalid retry policy {self.retry!r}; use 'per_task' or 'per_stage'"
        if not _is_count(self.workers):
            yield f"must have at least 1 worker, got {self.workers!r}; set workers=1 or more"
        if isinstance(self.tasks, str) or not isinstance(self.tasks, Sequence) or not self.tasks:
            yield "must have at least one task; give tasks=[your_function]"
            return
        for task in self.tasks:
            if not callable(task):
                yield f"task {task!r} is not callable; give the function itself, without ()"
                return
        yield from self._retry_problems()
        yield from self._limit_problems()

    def _retry_problems(self) -> Iterator[str]:
        for name in ("task_attempts", "stage_attempts"):
            if not _is_count(value := getattr(self, name)):
                yield f"{name} must be at least 1, got {value!r}; 1 means no retry"
        for name in ("task_wait_seconds", "stage_wait_seconds"):
            if not callable(value := getattr(self, name)) and not _is_number(value, least=0):
                yield f"{name} must be seconds >= 0 or a callable(retry_state), got {value!r}"
        kinds = self.retry_on if isinstance(self.retry_on, tuple) else (self.retry_on,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            yield f"retry_on must be a tuple of exception classes, got {self.retry_on!r}"

    def _limit_problems(self) -> Iterator[str]:
        names = self.task_names
        for name, limit in self.task_concurrency_limits.items():
            if name not in names:
                yield f"unknown task {name!r} in task_concurrency_limits; it has {', '.join(names)}"
            elif not _is_count(limit):
                yield f"task_concurrency_limits[{name!r}] must be at least 1, got {limit!r}"
        if self.queue_capacity is not None and not _is_count(self.queue_capacity, least=0):
            yield f"queue_capacity must be None, 0 (no bound) or more, got {self.queue_capacity!r}"
        if self.pull and self.retry == "per_stage":
            yield "pull does not go with per_stage retries; use retry='per_task' or pull=False"
        if (value := self.call_concurrency) is not None and not _is_count(value):
            yield f"call_concurrency must be None or at least 1, got {value!r}"
        for name in ("call_rate", "call_rate_period", "timeout"):
            if (value := getattr(self, name)) is not None and not _is_number(value, above=0):
                yield f"{name} must be a number > 0, got {value!r}"
        for name in ("on_success", "on_failure", "on_skip", "skip_if"):
            if (value := getattr(self, name)) is not None and not callable(value):
                yield f"{name} must be callable or None, got {value!r}"
        if self.executor not in ("loop", "thread"):
            yield f"executor must be 'loop' or 'thread', got {self.executor!r}"
        try:
            parse_rate(self.rate)
        except ValueError as error:
            yield str(error)


def check_stages(stages: Sequence[Stage]) -> None:
    """Check that the stages make a pipeline.

    Raises:
        PipelineError: no stages, or a pull stage first.
        StageValidationError: a stage's configuration cannot work, or two share a name.
    """
    if not stages:
        raise PipelineError("a pipeline must have at least one stage")
    for stage in stages:
        if not isinstance(stage, Stage):
            raise PipelineError(f"stages must be Stage objects, got {stage!r}")
        stage.validate()
    names = [stage.name for stage in stages]
    for name in names:
        if names.count(name) > 1:
            raise StageValidationError(f"Duplicate stage name {name!r}; give each its own")
    if stages[0].pull:
        raise PipelineError(
            f"Stage {names[0]!r}: the first stage cannot pull; a source waits for nothing"
        )


def _is_count(value: Any, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _is_number(value: Any, least: float | None = None, above: float | None = None) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return False
    return (least is None or value >= least) and (above is None or value > above)
