"""Commands to one worker or to all, and the raw replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from antflow.cluster.control.replies import raise_if_refused
from antflow.cluster.inspector import Inspector, Remote
from antflow.cluster.inspector.wording import no_such_worker, silent


class Commander:
    """Sends commands.

    Args:
        inspector: knows the workers, and has connections.
        timeout: seconds until a reply is given up.
    """

    def __init__(self, inspector: Inspector, timeout: float) -> None:
        self.inspector = inspector
        self.timeout = timeout
        self.remote = Remote(inspector.capp, timeout, inspector.remote.lines)

    async def one(self, worker: str, command: str, **arguments: Any) -> Any:
        """Have one worker do something; returns its reply as it gave it.

        Raises:
            NoSuchWorkerError: nobody of this name is known or answers.
            InspectionTimeoutError: a known worker does not answer.
            CommandRefusedError: it refused.
            BrokerConnectionError: no connection to the broker.
        """
        self.check(worker)
        replies = await self.remote.ask_off_loop({command: arguments}, [worker])
        if worker not in replies[command]:
            raise self._silence(worker)
        raise_if_refused(command, replies[command][worker])
        return replies[command][worker]

    async def every(self, command: str, **arguments: Any) -> Mapping[str, Any]:
        """Have all workers do something; ends when all known have replied.

        Raises:
            InspectionTimeoutError: workers are known and none of them answers.
            BrokerConnectionError: no connection to the broker.
        """
        known = self.inspector.known if self.inspector.knows_all else ()
        replies = await self.remote.ask_off_loop({command: arguments}, expected=frozenset(known))
        if not replies[command] and self.inspector.known:
            raise silent(self.inspector.known, self.timeout, self.inspector.known)
        return replies[command]

    async def tell(self, worker: str, command: str) -> None:
        """Have one worker do what it never answers, once it has shown that it is there.

        Raises:
            NoSuchWorkerError: nobody of this name is known or answers.
            InspectionTimeoutError: a known worker does not answer.
            BrokerConnectionError: no connection to the broker.
        """
        await self.one(worker, "ping")
        await self.remote.run(lambda: self.remote.tell(command, [worker]), "control")

    def check(self, worker: str) -> None:
        """Raise NoSuchWorkerError at once where all workers are known and this is none of them."""
        if not worker or not isinstance(worker, str):
            raise ValueError("give the worker's name, such as celery@host")
        if self.inspector.knows_all and worker not in self.inspector.known:
            raise no_such_worker(worker, self.inspector.known)

    def _silence(self, worker: str) -> Exception:
        known = self.inspector.known
        if worker in known:
            return silent([worker], self.timeout, known)
        return no_such_worker(worker, known)
