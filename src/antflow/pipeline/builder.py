"""`PipelineBuilder`: a pipeline as a chain of calls."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Sequence
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from antflow.pipeline.stage import RetryPolicy, Stage
from antflow.pipeline.task import task_name
from antflow.types import PipelineResult, TaskFunc

if TYPE_CHECKING:
    from antflow.pipeline.pipeline import Pipeline
    from antflow.tracker import StatusTracker


class PipelineBuilder:
    """Collects stages; `Pipeline.create()` makes one, and every method but the last returns it."""

    def __init__(self) -> None:
        self._stages: list[Stage] = []
        self._tracker: StatusTracker | None = None
        self._collect = True

    def add(
        self,
        name: str,
        *tasks: TaskFunc,
        workers: int = 5,
        retries: int = 3,
        retry_policy: RetryPolicy = "per_task",
        **fields: Any,
    ) -> PipelineBuilder:
        """Append a stage.

        Args:
            name: the stage's name.
            tasks: run one after another on each item.
            workers: how many items at once.
            retries: attempts under the retry policy; 1 means no retry.
            retry_policy: `per_task` or `per_stage`.
            fields: any other field of `Stage`.

        Raises:
            TypeError: a field that `Stage` does not have.
        """
        attempts = "stage_attempts" if retry_policy == "per_stage" else "task_attempts"
        fields.setdefault(attempts, retries)
        self._stages.append(
            Stage(name=name, workers=workers, tasks=list(tasks), retry=retry_policy, **fields)
        )
        return self

    def with_tracker(self, tracker: StatusTracker) -> PipelineBuilder:
        """Let the tracker record the pipeline's items."""
        self._tracker = tracker
        return self

    def collect_results(self, enabled: bool = True) -> PipelineBuilder:
        """Keep the results for `run` and `results`, or do not."""
        self._collect = enabled
        return self

    def build(self) -> Pipeline:
        """Make the pipeline.

        Raises:
            PipelineError: no stages, or a pull stage first.
            StageValidationError: a stage's configuration cannot work.
        """
        from antflow.pipeline.pipeline import Pipeline

        return Pipeline(self._stages, self._collect, self._tracker)

    async def run(
        self,
        items: Iterable[Any] | AsyncIterable[Any],
        progress: bool = False,
        dashboard: str | None = None,
    ) -> list[PipelineResult]:
        """`build()`, then `Pipeline.run(items, …)`."""
        return await self.build().run(items, progress=progress, dashboard=dashboard)


def quick_stages(tasks: TaskFunc | Sequence[TaskFunc], workers: int, retries: int) -> list[Stage]:
    """One stage per task, named after it in CamelCase, made unique by a number."""
    stages: list[Stage] = []
    used: set[str] = set()
    for task in [tasks] if callable(tasks) else tasks:
        name = _camel_case(task_name(task)) if callable(task) else "Task"
        names = chain([name], (f"{name}{number}" for number in count(2)))
        unique = next(candidate for candidate in names if candidate not in used)
        used.add(unique)
        stages.append(Stage(unique, workers, [task], task_attempts=retries))
    return stages


def _camel_case(name: str) -> str:
    words = name.strip("<>").split("_")
    return "".join(word[:1].upper() + word[1:] for word in words) or "Task"
