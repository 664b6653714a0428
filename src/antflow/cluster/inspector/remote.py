"""Asking workers: connection, questions, replies and what can go wrong, in one blocking call."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from celery import Celery

from antflow.cluster.inspector.lines import Lines
from antflow.cluster.inspector.offload import off_loop
from antflow.cluster.inspector.pidbox import (
    Exchange,
    OnReply,
    Questions,
    message_of,
    publish,
)
from antflow.cluster.inspector.wording import unreachable
from antflow.exceptions import BrokerConnectionError

T = TypeVar("T")

QUIET: Final = 1.0
"""Seconds of silence after which a question to everybody is answered."""

GRACE: Final = 0.25
"""Seconds beyond the timeout after which a thread that still waits is given up."""

Reply = dict[str, dict[str, Any]]
"""What workers answered: by command, then by worker."""


class _StaleLineError(Exception):
    """A connection that was kept is broken; nothing was sent over it."""


@dataclass
class Remote:
    """The workers of an application, as those who can be asked.

    Attributes:
        app: the application.
        timeout: seconds until an answer is given up, connecting included.
        lines: the connections used.
    """

    app: Celery
    timeout: float
    lines: Lines

    def ask(
        self,
        commands: Mapping[str, Mapping[str, Any]],
        destination: Collection[str] | None = None,
        *,
        expected: Collection[str] = (),
        replies: Reply | None = None,
    ) -> Reply:
        """Send commands and collect the replies; blocks for `timeout` seconds at most.

        Args:
            commands: arguments by command.
            destination: the workers meant; None: all, until `QUIET` seconds after the last reply.
            expected: with no destination: end as soon as all of these have answered.
            replies: filled in as they come, for who does not wait.

        Raises:
            BrokerConnectionError: no connection to the broker.
        """
        found: Reply = {} if replies is None else replies
        found.update({command: {} for command in commands})
        questions = Questions(
            commands,
            destination,
            expected if destination is None else destination,
            time.monotonic() + self.timeout,
            QUIET if destination is None else None,
        )
        self._hold(questions, lambda command, name, reply: found[command].__setitem__(name, reply))
        return found

    async def ask_off_loop(
        self,
        commands: Mapping[str, Mapping[str, Any]],
        destination: Collection[str] | None = None,
        *,
        expected: Collection[str] = (),
    ) -> Reply:
        """`ask`, awaited; a broker that never answers costs `timeout` seconds, not more."""
        return await self.run(lambda: self.ask(commands, destination, expected=expected), "control")

    def tell(self, command: str, destination: Collection[str]) -> None:
        """Send a command that is never answered.

        Raises:
            BrokerConnectionError: no connection to the broker.
        """
        # A line of its own: a kept one might be broken, which shows only after a reply is due.
        with self.lines.line(fresh=True) as line:
            mailbox = self.app.control.mailbox(line.connection)
            publish(line, mailbox, message_of(command, {}, destination))

    async def run(self, function: Callable[[], T], name: str) -> T:
        """Await a blocking call that uses the broker.

        Raises:
            BrokerConnectionError: it took longer than `timeout`.
        """
        return await off_loop(function, name, self.timeout + GRACE, self.gave_up)

    def gave_up(self) -> BrokerConnectionError:
        """The error where the broker itself is silent."""
        return unreachable(self.app, f"it did not answer within {self.timeout:g} s")

    def _hold(self, questions: Questions, on_reply: OnReply) -> None:
        try:
            self._exchange(questions, on_reply)
        except _StaleLineError:
            self._exchange(questions, on_reply, fresh=True)

    def _exchange(self, questions: Questions, on_reply: OnReply, *, fresh: bool = False) -> None:
        with self.lines.line(fresh=fresh) as line:
            exchange = Exchange(self.app, line, questions, on_reply)
            try:
                if not line.is_fresh:
                    line.probe()
                exchange.open()
            except self.lines.errors(line) as error:
                if line.is_fresh:
                    raise
                raise _StaleLineError from error
            exchange.send()
            exchange.collect()
            exchange.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        self.lines.close()
