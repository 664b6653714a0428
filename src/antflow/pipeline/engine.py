"""`Engine`: what a pipeline needs of whatever runs its stages.

`antflow.pipeline.run.Run` runs them on the event loop; others may run them elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Callable, Iterable
from typing import Any, Protocol

from antflow.pipeline.ledger import Slot
from antflow.types import Item, PipelineResult


class Engine(Protocol):
    """From start to stop: takes items, brings each to its outcome, and can be steered.

    Attributes:
        results: what was kept, in the order of completion.
        unprocessed: what the stop left over, ready to be fed again.
        failed: the failures of this run, by exception class name.
    """

    results: list[PipelineResult]
    unprocessed: list[Item]
    failed: Counter[str]

    @property
    def busy(self) -> bool:
        """Whether items are on their way, or a feeder is producing."""

    async def feed(
        self, source: Iterable[Any] | AsyncIterable[Any], target_stage: str | None, priority: float
    ) -> None:
        """Take items from the source, no faster than the stage takes them."""

    async def join(self) -> None:
        """Return when every item has its outcome and no feeder is producing."""

    async def stop(self, timeout: float) -> None:
        """Take nothing new, let running tasks end, after `timeout` seconds cancel them."""

    def abandon(self) -> bool:
        """Settle what is left where the engine's event loop is closed; False where it is not."""

    def employ(self, stage: str, slot: Slot) -> None:
        """Start the worker of a slot."""

    def dismiss(self, stage: str, n: int) -> None:
        """End `n` workers of a stage, as each becomes free."""

    def pause(self, stage: str) -> None:
        """Let the stage's workers take nothing new."""

    def resume(self, stage: str) -> None:
        """Undo `pause`."""

    def revoke(self, item_id: Any) -> bool:
        """End the items of this id; whether there were any."""


EngineFactory = Callable[..., Engine]
"""Called at each start with (stages, ledger, recorder) and the keywords collect, failures and
output; see `antflow.pipeline.run.Run`."""


def local_engine() -> EngineFactory:
    """The engine on the running event loop; a third of the package, imported when it is started."""
    from antflow.pipeline.run import Run

    return Run
