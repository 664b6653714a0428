"""`Control`: steering a pipeline while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from antflow.exceptions import PipelineError
from antflow.pipeline.engine import Engine
from antflow.pipeline.ledger import Ledger
from antflow.types import Item


class Control:
    """The verbs of a pipeline; `Pipeline` inherits them.

    Where nothing runs, `pool_grow`, `pool_shrink`, `pause` and `resume` take effect at the next
    start; there is nothing to `revoke` then, and `retry_failed` needs a started pipeline.
    """

    _ledger: Ledger
    _engine: Engine | None
    _paused: set[str]

    def _stage_name(self, stage: str) -> str:
        if stage not in self._ledger.slots:
            names = ", ".join(map(repr, self._ledger.slots))
            raise ValueError(f"Stage {stage!r} not found in pipeline; it has {names}")
        return stage

    def pool_grow(self, stage: str, n: int = 1) -> list[str]:
        """Add `n` workers to a stage; each takes the lowest free number.

        Returns:
            The names of the new workers.

        Raises:
            ValueError: unknown stage, or n below 1.
        """
        self._stage_name(stage)
        slots = [self._ledger.hire(stage) for _ in range(_count(n))]
        if self._engine is not None:
            for slot in slots:
                self._engine.employ(stage, slot)
        return [slot.name for slot in slots]

    def pool_shrink(self, stage: str, n: int = 1) -> int:
        """Take `n` workers from a stage: idle ones at once, else those that first end an item.

        Returns:
            How many workers will remain.

        Raises:
            ValueError: unknown stage, n below 1, or fewer than one worker would remain.
        """
        remaining = self._ledger.planned(self._stage_name(stage)) - _count(n)
        if remaining < 1:
            raise ValueError(
                f"Stage {stage!r}: pool cannot shrink by {n} to {remaining}; at least 1 worker "
                f"must remain, use pause({stage!r}) to stop it for a while"
            )
        self._ledger.dismiss(stage, n, at_once=self._engine is None)
        if self._engine is not None:
            self._engine.dismiss(stage, n)
        return remaining

    def pause(self, stage: str | None = None) -> None:
        """Let the workers of a stage (None: of all) take nothing new; running tasks go on.

        Raises:
            ValueError: unknown stage.
        """
        for name in self._named(stage):
            self._paused.add(name)
            if self._engine is not None:
                self._engine.pause(name)

    def resume(self, stage: str | None = None) -> None:
        """Undo `pause` for a stage (None: for all).

        Raises:
            ValueError: unknown stage.
        """
        for name in self._named(stage):
            self._paused.discard(name)
            if self._engine is not None:
                self._engine.resume(name)

    @property
    def paused(self) -> frozenset[str]:
        """Names of the stages that are paused."""
        return frozenset(self._paused)

    def revoke(self, item_id: Any) -> bool:
        """End an item wherever it is: waiting, between attempts, or in a running task.

        Its outcome is `cancelled`; a thread that runs for it goes on, its result is lost.

        Returns:
            Whether such an item was there to be ended. Of several with this id, all are. One
            whose tasks are done, and whose callback runs, goes on: False.
        """
        return self._engine is not None and self._engine.revoke(item_id)

    async def retry_failed(
        self, item_ids: Any = None, *, stage: str | None = None, priority: float = 100
    ) -> int:
        """Feed failed items again; each goes on at the stage where it failed.

        Each failure can be fed again once; the counts of what failed stay.

        Args:
            item_ids: ids of the items; None: all.
            stage: only what failed in this stage; None: in any.
            priority: as in `feed`.

        Returns:
            How many items were fed.

        Raises:
            PipelineError: the pipeline is not started.
            ValueError: unknown stage.
        """
        if stage is not None:
            self._stage_name(stage)
        if self._engine is None:
            raise PipelineError("the pipeline is not started; call start(), then retry_failed()")
        if isinstance(item_ids, (str, bytes)):
            raise TypeError(
                f"item_ids must be a list of ids, got {item_ids!r}; give [{item_ids!r}]"
            )
        ids = None if item_ids is None else set(item_ids)
        fed = 0

        def letters() -> Iterator[Item]:
            nonlocal fed
            for letter in self._ledger.failures.letters(stage, ids):
                fed += 1
                yield letter

        await self._engine.feed(letters(), None, priority)
        return fed

    def _named(self, stage: str | None) -> list[str]:
        return list(self._ledger.slots) if stage is None else [self._stage_name(stage)]


def _count(n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"n must be a whole number of workers, at least 1, got {n!r}")
    return n
