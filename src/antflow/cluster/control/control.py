"""`Control`: steers the workers, tasks and queues of a Celery cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from celery import Celery

from antflow.cluster.control import checks, workers
from antflow.cluster.control.backend import abort, backend_is_silent, purge
from antflow.cluster.control.commander import Commander
from antflow.cluster.control.pausing import Paused
from antflow.cluster.control.replies import answer_of, answers_of
from antflow.cluster.inspector import Inspector
from antflow.cluster.inspector.offload import off_loop
from antflow.source import Answer

CRAWLS = (
    "on Redis a rate limit slows all tasks down once the prefetch is used up (celery issue 5927): "
    "give the limited tasks a queue and a worker of their own"
)


class Control:
    """Sends commands to workers and reads their replies.

    Every command to one worker raises NoSuchWorkerError where nobody of this name is known or
    answers, InspectionTimeoutError where a known worker is silent, CommandRefusedError with the
    worker's reason where it refuses, BrokerConnectionError without a broker, and ValueError for
    arguments that cannot be right. A command to all of them raises the same, but
    CommandRefusedError only where all refuse.

    Args:
        app: the Celery application.
        inspector: knows the workers; None: one of its own.
        timeout: seconds until a reply is given up, connecting included.

    Attributes:
        commander: sends the commands.
    """

    def __init__(
        self, app: Celery, *, inspector: Inspector | None = None, timeout: float = 1.0
    ) -> None:
        self.app = app
        self.timeout = timeout
        self.inspector = inspector or Inspector(None, app, timeout)
        self.commander = Commander(self.inspector, timeout)
        self._paused = Paused(self.commander)

    @property
    def paused(self) -> list[str]:
        """Names of the queues paused from here."""
        return self._paused.names

    async def shutdown(self, worker: str) -> list[Answer]:
        """Have it finish its tasks and end."""
        return self._answer(worker, "shutdown", await workers.shutdown(self.commander, worker))

    async def pool_restart(self, worker: str) -> list[Answer]:
        """Restart its pool; refused without `worker_pool_restarts` in its configuration."""
        reply = await self.commander.one(worker, "pool_restart")
        return self._answer(worker, "pool_restart", reply)

    async def pool_grow(self, worker: str, n: int = 1) -> list[Answer]:
        """Add `n` processes; refused under autoscale, and by pools of a fixed size."""
        reply = await workers.pool_grow(self.commander, worker, n)
        return self._answer(worker, "pool_grow", reply)

    async def pool_shrink(self, worker: str, n: int = 1) -> list[Answer]:
        """Take `n` processes away, of which one must be left; else as `pool_grow`."""
        reply = await workers.pool_shrink(self.commander, worker, n)
        return self._answer(worker, "pool_shrink", reply)

    async def autoscale(self, worker: str, min: int, max: int) -> list[Answer]:  # noqa: A002
        """Set the bounds of its pool; refused by workers started without `--autoscale`."""
        reply = await workers.autoscale(self.commander, worker, min, max)
        return self._answer(worker, "autoscale", reply)

    async def add_consumer(self, worker: str, queue: str) -> list[Answer]:
        """Have it take tasks from a queue."""
        reply = await workers.add_consumer(self.commander, worker, queue)
        return self._answer(worker, "add_consumer", reply)

    async def cancel_consumer(self, worker: str, queue: str) -> list[Answer]:
        """Have it take no more tasks from a queue; one that it never consumed is fine."""
        reply = await workers.cancel_consumer(self.commander, worker, queue)
        return self._answer(worker, "cancel_consumer", reply)

    async def rate_limit(
        self, task_name: str, rate: str | float, worker: str | None = None
    ) -> list[Answer]:
        """Start tasks of a type no faster than so, on each worker.

        Args:
            task_name: the type.
            rate: `10/s`, `100/m`, `1000/h`, or a number a second; 0: no limit.
            worker: one worker only; None: all.
        """
        limit = 0 if rate in {"0", 0} else rate
        arguments = {"task_name": checks.text("task_name", task_name), "rate_limit": limit}
        answers = await self._one_or_all("rate_limit", worker, arguments)
        if self.app.connection_for_write().transport.driver_type != "redis":
            return answers
        return [
            Answer(each.who, each.ok, f"{each.message}; {CRAWLS}") if each.ok and limit else each
            for each in answers
        ]

    async def time_limit(
        self,
        task_name: str,
        soft: float | None = None,
        hard: float | None = None,
        worker: str | None = None,
    ) -> list[Answer]:
        """End tasks of a type that run longer.

        Args:
            task_name: the type.
            soft: seconds until SoftTimeLimitExceeded is raised in it; None: never.
            hard: seconds until its process is killed; None: never.
            worker: one worker only; None: all.
        """
        checks.text("task_name", task_name)
        soft, hard = checks.seconds("soft", soft), checks.seconds("hard", hard)
        if soft is not None and hard is not None and soft > hard:
            raise ValueError(f"soft ({soft:g} s) must not be longer than hard ({hard:g} s)")
        arguments = {"task_name": task_name, "soft": soft, "hard": hard}
        return await self._one_or_all("time_limit", worker, arguments)

    async def revoke(
        self, task_id: str | Iterable[str], terminate: bool = False, signal: str = "SIGTERM"
    ) -> list[Answer]:
        """Have no worker run these tasks.

        Args:
            task_id: one id, or several.
            terminate: also end them where they run.
            signal: what ends their process.
        """
        arguments = {
            "task_id": checks.ids(task_id),
            "terminate": bool(terminate),
            "signal": checks.signal_name(signal),
        }
        answers = await self._one_or_all("revoke", None, arguments)
        nobody = "sent, but no worker answered: one that starts later will not know of it"
        return answers or [Answer("broker", False, nobody)]

    async def abort(self, task_id: str) -> list[Answer]:
        """Ask an `AbortableTask` to end, through the result backend.

        Raises:
            ResultBackendError: there is none, or it does not answer.
        """
        checks.text("task_id", task_id)
        answer = await off_loop(
            lambda: abort(self.app, task_id),
            "abort",
            self.timeout,
            lambda: backend_is_silent(self.timeout),
        )
        return [answer]

    async def pause(self, queue: str) -> list[Answer]:
        """Have all its consumers take no more from a queue, and remember them.

        Raises:
            NotFoundError: nobody consumes it.
        """
        return await self._paused.pause(checks.text("queue", queue))

    async def resume(self, queue: str) -> list[Answer]:
        """Have those that consumed a queue before `pause` take from it again.

        Raises:
            NotFoundError: it was not paused from here.
        """
        return await self._paused.resume(checks.text("queue", queue))

    async def hold_pauses(self, consumed: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Have workers that came since a queue was paused, or started anew, not take from it.

        Args:
            consumed: what each worker said it consumes, as `active_queues` answers; a worker
                that does not obey is passed over.
        """
        await self._paused.hold(consumed)

    async def purge(self, queue: str) -> list[Answer]:
        """Throw away the messages that wait in a queue; the answer's message is their number.

        Raises:
            NotFoundError: the broker has no such queue.
        """
        checks.text("queue", queue)
        remote = self.commander.remote
        purged = await remote.run(lambda: purge(remote.lines, queue), "purge")
        return [Answer(queue, True, str(purged))]

    async def enable_events(self) -> list[Answer]:
        """Have all workers send the events of their tasks."""
        return await self._one_or_all("enable_events", None, {})

    async def queue_names(self) -> list[str]:
        """Names of all queues that workers consume, sorted.

        Raises:
            InspectionTimeoutError: workers are known and none of them answers.
        """
        found = await self.inspector.ask("active_queues")
        return sorted({each["name"] for queues in found.values() for each in queues})

    async def aclose(self) -> None:
        """Close the connections that are kept for the next command."""
        await self.inspector.aclose()

    async def _one_or_all(
        self, command: str, worker: str | None, arguments: dict[str, Any]
    ) -> list[Answer]:
        if worker is not None:
            reply = await self.commander.one(worker, command, **arguments)
            return self._answer(worker, command, reply)
        return answers_of(command, await self.commander.every(command, **arguments))

    @staticmethod
    def _answer(worker: str, command: str, reply: Any) -> list[Answer]:
        return [answer_of(worker, command, reply)]
