"""The errors that antflow raises. Each docstring says what went wrong and what to do."""

from __future__ import annotations


class AntFlowError(Exception):
    """Anything that antflow itself raises; catch this to catch them all."""


class PipelineError(AntFlowError):
    """The pipeline was used in a way its state does not allow.

    The text names the call to make first (`start()`, `shutdown()`, …).
    """


class StageValidationError(PipelineError):
    """A stage's configuration cannot work; the text names the stage, the field and the fix."""


class ExecutorShutdownError(AntFlowError):
    """A task was submitted to an executor that was shut down; make a new `AsyncExecutor`."""


class TaskFailedError(AntFlowError):
    """A task failed for good; `__cause__` is the task's own exception.

    Attributes:
        task_name: name of the task that failed.
        original_exception: the task's own exception.
    """

    def __init__(self, task_name: str, original_exception: BaseException) -> None:
        self.task_name = task_name
        self.original_exception = original_exception
        super().__init__(f"Task {task_name!r} failed: {original_exception}")
