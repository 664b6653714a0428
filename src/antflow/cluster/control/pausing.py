"""Queues that nobody consumes on purpose, and what it takes to consume them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from antflow.cluster.control.commander import Commander
from antflow.cluster.control.replies import answer_of
from antflow.exceptions import ClusterError, NotFoundError
from antflow.source import Answer

_OPTIONS: Final = (
    "durable",
    "auto_delete",
    "exclusive",
    "no_ack",
    "alias",
    "expires",
    "message_ttl",
    "max_length",
    "max_length_bytes",
    "max_priority",
    "queue_arguments",
    "binding_arguments",
    "consumer_arguments",
)


class Paused:
    """The queues paused from here, each with its former consumers.

    Args:
        commander: sends the commands.
    """

    def __init__(self, commander: Commander) -> None:
        self._commander = commander
        self._queues: dict[str, dict[str, dict[str, Any]]] = {}
        self._resuming: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The queues, sorted."""
        return sorted(self._queues)

    async def pause(self, queue: str) -> list[Answer]:
        """Have all its consumers take no more from it.

        Raises:
            NotFoundError: nobody consumes it.
            ClusterError: the workers could not be asked.
        """
        consumers = await self._consumers(queue)
        before = self._queues.get(queue, {})
        answers = [
            Answer(worker, True, f"{queue} is paused already")
            for worker in sorted(before.keys() - consumers.keys())
        ]
        for worker, options in sorted(consumers.items()):
            answer = await self._tell(worker, "cancel_consumer", {"queue": queue})
            if answer.ok:
                self._queues.setdefault(queue, {})[worker] = options
            answers.append(answer)
        return answers

    async def resume(self, queue: str) -> list[Answer]:
        """Have its former consumers take from it again; who fails is kept for another try.

        Raises:
            NotFoundError: it was not paused from here.
        """
        consumers = self._queues.get(queue)
        if consumers is None:
            raise NotFoundError(
                f"queue {queue!r} was not paused from here; paused are: "
                f"{', '.join(self.names) or 'none'}. add_consumer has a worker take from it"
            )
        answers = []
        self._resuming.add(queue)
        try:
            for worker, options in sorted(consumers.items()):
                answer = await self._tell(worker, "add_consumer", {"queue": queue, **options})
                if answer.ok:
                    consumers.pop(worker, None)
                answers.append(answer)
        finally:
            self._resuming.discard(queue)
        if not consumers:
            self._queues.pop(queue, None)
        return answers

    async def hold(self, consumed: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Have workers that came since, or started anew, take nothing from them either.

        Args:
            consumed: what each worker said it consumes, as `active_queues` answers.
        """
        for worker, queues in consumed.items():
            for each in list(queues):
                name = each.get("name")
                if name not in self._queues or name in self._resuming:
                    continue
                answer = await self._tell(worker, "cancel_consumer", {"queue": name})
                if answer.ok and name in self._queues:
                    self._queues[name][worker] = options_of(each)

    async def _consumers(self, queue: str) -> dict[str, dict[str, Any]]:
        """Options to consume it with, by worker."""
        found = await self._commander.inspector.ask("active_queues")
        consumers = {
            worker: options_of(each)
            for worker, queues in found.items()
            for each in queues
            if each["name"] == queue
        }
        if not consumers and queue not in self._queues:
            names = sorted({each["name"] for queues in found.values() for each in queues})
            consumed = ", ".join(names) or "none"
            raise NotFoundError(f"no worker consumes queue {queue!r}; consumed are: {consumed}")
        return consumers

    async def _tell(self, worker: str, command: str, arguments: Mapping[str, Any]) -> Answer:
        try:
            reply = await self._commander.one(worker, command, **arguments)
        except ClusterError as error:
            return Answer(worker, False, str(error))
        return answer_of(worker, command, reply)


def options_of(queue: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of `add_consumer` that restore a queue as a worker described it."""
    exchange = queue.get("exchange") or {}
    options = {name: queue[name] for name in _OPTIONS if queue.get(name) is not None}
    # kombu reads both durabilities from their long names, and the short one only as a fallback
    if exchange.get("durable") is not None:
        options["exchange_durable"] = exchange["durable"]
    return {
        "exchange": exchange.get("name"),
        "exchange_type": exchange.get("type") or None,
        "routing_key": queue.get("routing_key") or None,
        **options,
    }
