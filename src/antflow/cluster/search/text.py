"""The text of a task that plain terms look through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from antflow.cluster.state.record import TaskRecord


def searchable(task: TaskRecord) -> str:
    """Id, type, arguments, result, exception and worker in lower case; kept on the record.

    The traceback is not in it: it is long, and `traceback:` looks through it.
    """
    text = task._text
    if text is None:
        text = (
            f"{task.uuid}\n{task.name or ''}\n{task.args or ''}\n{task.kwargs or ''}\n"
            f"{task.result or ''}\n{task.exception or ''}\n{task.worker or ''}"
        ).lower()
        task._text = text
    return text
