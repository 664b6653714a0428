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


class NotFoundError(AntFlowError):
    """What a command or a question names is not there; the text names it and what is."""


class SearchError(AntFlowError):
    """A search cannot be read; the text says what is wrong and where.

    Attributes:
        position: index of the offending character, from 0.
    """

    def __init__(self, message: str, position: int) -> None:
        self.position = position
        super().__init__(f"{message} (at character {position + 1})")


class ClusterError(AntFlowError):
    """A Celery cluster did not do what was asked; the children say why."""


class InspectionTimeoutError(ClusterError, TimeoutError):
    """Timeout: workers did not answer in time; the text names them."""


class BrokerConnectionError(ClusterError, ConnectionError):
    """No connection to the broker; the text has its address, without password, and the cause."""


class NoSuchWorkerError(ClusterError, NotFoundError):
    """No such worker: nobody of this name is known or answers."""


class CommandRefusedError(ClusterError):
    """A worker answered, and refused; the text is its own reason (`pool cannot grow: …`)."""


class ResultBackendError(ClusterError):
    """The result backend is disabled or does not answer; the text says which."""


class HistoryError(ClusterError):
    """The history cannot be read or written; the text names the database and what to do."""
