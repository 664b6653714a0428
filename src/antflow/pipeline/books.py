"""`Books`: the outcomes of one run. Each item passes exactly one of them, once."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections import Counter

from antflow import hooks
from antflow.clock import clock_of
from antflow.pipeline.channel import Channel
from antflow.pipeline.envelope import Envelope, reopen
from antflow.pipeline.ledger import Ledger
from antflow.pipeline.station import Station
from antflow.tracker.recorder import Recorder
from antflow.types import FailedItem, Item, PipelineResult

logger = logging.getLogger("antflow")


class Books:
    """What became of the items of one run; the ledger sums it up over all runs.

    Args:
        ledger: where the counts go.
        record: the tracker's recorder, or None.
        collect: keep the results of items that did not fail.
        failures: keep those that failed, too.
        output: where results go one by one instead, for `stream`.

    Attributes:
        results: what was kept, in the order of completion.
        unprocessed: what the stop left over, ready to be fed again.
        failed: the failures of this run, by exception class name.
        processed: how many items left the last stage without failing.
    """

    def __init__(
        self,
        ledger: Ledger,
        record: Recorder | None,
        *,
        collect: bool,
        failures: bool,
        output: Channel | None,
    ) -> None:
        self.clock = clock_of(asyncio.get_running_loop())
        self.ledger = ledger
        self.record = record
        self.hook = hooks.current()
        self.results: list[PipelineResult] = []
        self.unprocessed: list[Item] = []
        self.failed: Counter[str] = Counter()
        self._collect = collect
        self._failures = failures
        self._output = output
        self.processed = 0
        self._open = 0
        self._plain_end = (
            collect and output is None and self.hook is None
            and (record is None or not record.bounded)
        )  # fmt: skip

    @abstractmethod
    def check_idle(self) -> None:
        """The last item on its way has its outcome."""

    def finish(self, item: Envelope) -> asyncio.Future[None] | None:
        """The item left the last stage; a future where it has to wait for `stream`'s consumer."""
        if not item.open:
            return None
        item.open = False
        self.processed += 1
        if not self._plain_end:
            return self._finish_with_ceremony(item)
        self.results.append(item)
        self._open -= 1
        if not self._open:
            self.check_idle()
        return None

    def _finish_with_ceremony(self, item: Envelope) -> asyncio.Future[None] | None:
        if self.hook is not None:
            self.hook.item_processed()
        if self._collect:
            self.results.append(item)
        return self.close(item)

    def fail(
        self,
        item: Envelope,
        station: Station,
        error: BaseException,
        attempts: int,
        now: float,
        worker: str | None,
    ) -> None:
        """The item failed for good; `close` it when its callback has been called."""
        if not item.open:
            return
        item.open = False
        item.error = error
        place = station.place
        stage = place.name
        text, kind = _text(error), type(error).__name__
        failure = FailedItem(item.id, text, kind, stage, attempts, now + place.epoch, error)
        self.ledger.failed += 1
        self.ledger.failures.add(failure, reopen(item, stage) if worker is not None else None)
        self.failed[kind] += 1
        logger.warning("item %r failed in %s: %s: %s", item.id, stage, kind, text)
        if self.record is not None:
            metadata = {"error": text, "error_type": kind, "attempts": attempts}
            self.record.ended(item, place, "failed", now, worker, metadata)
        if self.hook is not None:
            self.hook.item_failed(stage, error)
        if self._failures:
            self.results.append(item)

    def drop(self, item: Envelope, station: Station, now: float, worker: str) -> None:
        """A task filtered the item out."""
        if item.open:
            item.open = False
            self.ledger.dropped += 1
            if self.record is not None:
                self.record.ended(item, station.place, "dropped", now, worker)
            self.close(item, show=False)

    def cancel(
        self, item: Envelope, station: Station, now: float, worker: str | None = None
    ) -> bool:
        """The item ends because somebody said so; False where it has its outcome."""
        if not item.open:
            return False
        item.open = False
        self.ledger.cancelled += 1
        if self.record is not None:
            self.record.ended(item, station.place, "cancelled", now, worker)
        self.close(item, show=False)
        return True

    def close(self, item: Envelope, *, show: bool = True) -> asyncio.Future[None] | None:
        """Let go of an item that has its outcome; a future where a consumer has to take it."""
        if self.record is not None and self.record.bounded:
            self.record.finished(item)
        waiter = self._output.offer(item) if show and self._output is not None else None
        self._open -= 1
        if not self._open:
            self.check_idle()
        return waiter

    def skip(self, item: Envelope) -> None:
        """A stage let the item pass."""
        if not item.skipped:
            item.skipped = True
            self.ledger.skipped += 1

    def retry(
        self, item: Envelope, stage: str, error: BaseException, attempt: int, now: float
    ) -> None:
        """An attempt failed and another follows, with this number."""
        if self.hook is not None:
            self.hook.item_retried(stage, error)
        if self.record is not None:
            metadata = {
                "error": _text(error),
                "error_type": type(error).__name__,
                "attempts": attempt - 1,
                "retry": True,
                "attempt": attempt,
            }
            self.record.retrying(item, now, metadata)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:
        return f"<no text: str() of it raised {type(second).__name__}>"
