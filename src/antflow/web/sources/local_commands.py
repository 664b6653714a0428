"""What the verbs do to a local pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from antflow.exceptions import CommandRefusedError, NotFoundError
from antflow.pipeline import Pipeline
from antflow.source import Verb
from antflow.web.sources.local_items import OVER, Items
from antflow.web.sources.searching import matcher

PATIENCE = 1.0
"""Seconds that an answer waits for items to be fed again."""


class Commands:
    """Steers one pipeline.

    Args:
        pipeline: what is steered.
        items: its items, by the ids that the pages know.
    """

    def __init__(self, pipeline: Pipeline, items: Items) -> None:
        self._pipeline = pipeline
        self._items = items
        self._feeding: set[asyncio.Task[int]] = set()

    async def obey(self, verb: Verb, target: str, arguments: Mapping[str, Any]) -> str:
        """Do what the verb says; what came of it, in words.

        Raises:
            NotFoundError: no such stage or item.
            CommandRefusedError: the pipeline cannot.
            SearchError: the search of `tasks` cannot be read.
        """
        if verb.target == "source":
            return self._all(verb.name)
        if verb.target == "group":
            return self._stage(verb.name, target, arguments)
        ids = [self._item(target)] if verb.target == "task" else self._found(target)
        if verb.name == "revoke":
            done = sum(self._pipeline.revoke(item_id) for item_id in ids)
            return f"{_items(done)} revoked" if done else "no item was there to be revoked"
        return await self._retry(ids)

    def _all(self, name: str) -> str:
        if name == "pause":
            self._pipeline.pause()
            return "paused"
        self._pipeline.resume()
        return "resumed"

    def _stage(self, name: str, stage: str, arguments: Mapping[str, Any]) -> str:
        if stage not in self._pipeline.get_worker_names():
            names = ", ".join(self._pipeline.get_worker_names())
            raise NotFoundError(f"no stage {stage[:200]!r}; there are {names}")
        try:
            if name == "pool_grow":
                return f"new workers: {', '.join(self._pipeline.pool_grow(stage, arguments['n']))}"
            if name == "pool_shrink":
                return f"{self._pipeline.pool_shrink(stage, arguments['n'])} workers remain"
        except ValueError as error:
            raise CommandRefusedError(str(error)) from None
        getattr(self._pipeline, name)(stage)
        return "paused" if name == "pause" else "resumed"

    def _item(self, text: str) -> Any:
        item_id = self._items.id_of(text)
        if item_id is None:
            raise NotFoundError(f"no item {text[:200]!r}")
        return item_id

    def _found(self, search: str) -> list[Any]:
        matches = matcher(search)
        return [
            item_id
            for item_id, row in self._items.pairs()
            if (row.state == "failed" or row.state not in OVER) and (not matches or matches(row))
        ]

    async def _retry(self, ids: list[Any]) -> str:
        feeding = asyncio.create_task(self._pipeline.retry_failed(ids))
        self._feeding.add(feeding)
        feeding.add_done_callback(self._feeding.discard)
        done, _ = await asyncio.wait([feeding], timeout=PATIENCE)
        if not done:
            return "items are fed again as the stages take them"
        try:
            fed = feeding.result()
        except Exception as error:
            raise CommandRefusedError(str(error)) from error
        return f"{_items(fed)} fed again" if fed else "no failed item was there to be fed again"

    async def stop(self) -> None:
        """Feed no more."""
        for feeding in self._feeding:
            feeding.cancel()
        if self._feeding:
            await asyncio.wait(self._feeding)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"
