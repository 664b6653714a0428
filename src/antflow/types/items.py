"""What goes into a pipeline, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from antflow.records import answer_as_dataclasses

TaskFunc = Callable[..., Any]
"""A task: a coroutine function, or a plain function, which then runs on a thread."""


class Drop:
    """The type of `DROP`; there is one instance."""

    def __repr__(self) -> str:
        return "antflow.DROP"

    def __reduce__(self) -> str:
        return "DROP"


DROP: Final = Drop()
"""Returned by a task to filter its item out: the item ends as `dropped`, with no result."""


class Item(Struct):
    """An input item that says what is its id and what its value, without guessing.

    Attributes:
        id: any hashable; None takes the next number of the run.
        value: what the first task receives.
        metadata: carried along untouched to `PipelineResult.metadata`.
        priority: lower goes first; None takes the priority given to `feed` (100 by default).
        stage: name of the stage to enter at; None: where it is fed, the first by default.
    """

    id: Any = None
    value: Any = None
    metadata: dict[str, Any] = {}
    priority: float | None = None
    stage: str | None = None


class PipelineResult(Struct, eq=False):  # noqa: PLW1641 — it may change, so it has no hash
    """What became of one item.

    Attributes:
        id: the item's id.
        value: the last task's return value; for a failed item, what entered the failed stage.
        sequence_id: position of the item in the input, from 0.
        metadata: the item's own extra keys.
        error: the exception that ended it, or None.
    """

    id: Any
    value: Any
    sequence_id: int
    metadata: dict[str, Any] = {}
    error: BaseException | None = None

    @property
    def is_success(self) -> bool:
        """True where the item left the last stage without an error."""
        return self.error is None

    def _key(self) -> tuple[Any, ...]:
        return (self.id, self.value, self.sequence_id, self.metadata, self.error)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, PipelineResult) else NotImplemented

    def __repr__(self) -> str:
        return (
            f"PipelineResult(id={self.id!r}, value={self.value!r}, "
            f"sequence_id={self.sequence_id!r}, metadata={self.metadata!r}, error={self.error!r})"
        )


answer_as_dataclasses(PipelineResult)
