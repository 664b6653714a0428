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
        self._open = 0
        self._over = False  # then a worker that ignores its cancellation is not listened to
        self._plain_end = output is None and (record is None or not record.bounded)

    @abstractmethod
    def _check_idle(self) -> None:
        """The last item on its way has its outcome."""

    def finish(self, item: Envelope) -> asyncio.Future[None] | None:
        """The item left the last stage; a future where it has to wait for `stream`'s consumer."""
        if self._over:
            return None
        if self.hook is not None:
            self.hook.item_processed()
        if self._collect:
            self.results.append(item)
        self._open -= 1
        if self._open and self._plain_end:
            return None
        return self._closed(item)

    def fail(
        self,
        item: Envelope,
        station: Station,
        error: BaseException,
        attempts: int,
        now: float,
        worker: str | None,
    ) -> asyncio.Future[None] | None:
        """The item failed for good."""
        if self._over:
            return None
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
        self._open -= 1
        return self._closed(item)

    def drop(self, item: Envelope, station: Station, now: float, worker: str) -> None:
        """A task filtered the item out."""
        if self._over:
            return
        self.ledger.dropped += 1
        if self.record is not None:
            self.record.ended(item, station.place, "dropped", now, worker)
        self._open -= 1
        self._closed(item, show=False)

    def cancel(
        self, item: Envelope, station: Station, now: float, worker: str | None = None
    ) -> None:
        """The item ends because somebody said so."""
        self.ledger.cancelled += 1
        if self.record is not None:
            self.record.ended(item, station.place, "cancelled", now, worker)
        self._open -= 1
        self._closed(item, show=False)

    def _closed(self, item: Envelope, *, show: bool = True) -> asyncio.Future[None] | None:
        if self.record is not None and self.record.bounded:
            self.record.finished(item)
        waiter = self._output.offer(item) if show and self._output is not None else None
        if not self._open:
            self._check_idle()
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
