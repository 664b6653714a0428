"""`Inspector`: what workers answer when they are asked."""

from __future__ import annotations

import asyncio
import weakref
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from celery import Celery

from antflow.cluster.inspector.inquiries import Inquiries
from antflow.cluster.inspector.inspection import Answers, Infos, Inspection
from antflow.cluster.inspector.lines import Lines
from antflow.cluster.inspector.offload import in_thread
from antflow.cluster.inspector.outcome import answers_to, infos_of, raise_if_silent
from antflow.cluster.inspector.remote import Remote
from antflow.cluster.inspector.roster import Roster
from antflow.cluster.inspector.run import Run
from antflow.cluster.inspector.wording import silent
from antflow.cluster.loops import asyncio_loop
from antflow.exceptions import InspectionTimeoutError


class Inspector:
    """Asks workers, in threads, and keeps what they answered.

    Known workers are asked by name, so that the answer comes with the last reply. Everybody is
    asked, which takes a second more, while no worker is known and every 10 s; the first time,
    and with each such survey, one heartbeat of each worker is waited for as well (2 s at most),
    for load and software. Once `learn` is called, somebody follows the events: the survey then
    runs beside the inspection, and heartbeats are taken from `hear`.

    Args:
        io_loop: an asyncio loop or a tornado `IOLoop`, on which futures are given; None: the
            one that runs where `inspect` is called.
        capp: the Celery application.
        timeout: seconds until an answer is given up, connecting included.

    Attributes:
        methods: what is asked.
    """

    methods: ClassVar[tuple[str, ...]] = (
        "stats",
        "active_queues",
        "registered",
        "scheduled",
        "active",
        "reserved",
        "revoked",
        "conf",
    )

    def __init__(self, io_loop: Any, capp: Celery, timeout: float = 1.0) -> None:
        self.io_loop = io_loop
        self.capp = capp
        self.timeout = float(timeout)
        self.remote = Remote(capp, self.timeout, Lines(capp, self.timeout))
        self._roster = Roster()
        self._inquiries = Inquiries(self.remote, self._roster, self.methods)
        self._closing = weakref.finalize(self, self.remote.close)

    @property
    def workers(self) -> defaultdict[str, dict[str, Any]]:
        """The newest raw answers by worker and method, `revoked` as a set, with `timestamp`."""
        return self._roster.workers

    @property
    def known(self) -> set[str]:
        """Names of the workers known to be there."""
        return self._roster.known

    @property
    def knows_all(self) -> bool:
        """Whether a worker that is not in `known` can be said not to be there."""
        return self._roster.knows_all

    def learn(self, names: Iterable[str]) -> None:
        """Take workers as known, because they were seen in events."""
        self._roster.learn(names)

    def forget(self, names: Iterable[str]) -> None:
        """Ask these workers no more; a survey may find them again."""
        self._roster.forget(names)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take what a raw worker event tells: load, software, that it went offline."""
        self._roster.hear(event)

    def inspect(self, workername: str | None = None) -> Inspection:
        """Ask one worker, or all.

        Calls that come while the same workers are asked share the answers.

        Args:
            workername: its name; None: all there are.

        Returns:
            A list of futures, one a method, in the order of `methods`; each gives
            `{worker: answer}`. Awaited itself, it gives `{worker: WorkerInfo}` of those that
            answered; where no worker is known and none answers, `{}`. Both raise:

            InspectionTimeoutError: nobody of those who should have answered did.
            BrokerConnectionError: no connection to the broker.
            CommandRefusedError: one method only: the workers answered with errors.

        Raises:
            RuntimeError: no event loop was given, and none runs here.
        """
        loop = asyncio_loop(self.io_loop)
        runs = self._inquiries.all_methods(loop, workername)
        names = None if workername is None else frozenset([workername])
        return Inspection(
            loop,
            self.methods,
            runs,
            lambda ended, method: answers_to(ended, method, names, self._silent),
            lambda ended: self._infos(ended, names),
        )

    async def ask(self, method: str, workername: str | None = None, **arguments: Any) -> Answers:
        """Ask one thing only.

        Args:
            method: any of Celery's inspect commands.
            workername: its name; None: all there are.
            **arguments: of the command.

        Returns:
            `{worker: answer}`.

        Raises:
            InspectionTimeoutError: nobody of those who should have answered did.
            BrokerConnectionError: no connection to the broker.
            CommandRefusedError: the workers answered with errors only.
        """
        loop = asyncio.get_running_loop()
        run = self._inquiries.some(loop, {method: arguments}, workername)
        await _ended(run, loop)
        names = None if workername is None else frozenset([workername])
        return answers_to([run], method, names, self._silent)

    async def ping(self) -> list[str]:
        """Names of all workers that answer now, sorted; takes a second of silence.

        Raises:
            BrokerConnectionError: no connection to the broker.
        """
        loop = asyncio.get_running_loop()
        run = self._inquiries.survey(loop, {"ping": {}})
        await _ended(run, loop)
        if run.error is not None:
            raise run.error
        return sorted(run.answered)

    async def aclose(self) -> None:
        """`close`, without blocking the loop."""
        await asyncio.wrap_future(in_thread(self.remote.close, "closing"))

    def close(self) -> None:
        """Close the connections that are kept for the next question; may block for seconds."""
        self.remote.close()

    def _inspect(self, method: str, workername: str | None) -> None:
        """Ask one thing, blocking, and keep the answers.

        Args:
            method: one of `methods`.
            workername: its name; None: all there are.
        """
        names = None if workername is None else [workername]
        replies = self.remote.ask({method: {}}, names)
        for worker, reply in replies[method].items():
            self._on_update(worker, method, reply)

    def _on_update(self, workername: str, method: str, response: Any) -> None:
        """Keep one answer.

        Args:
            workername: who answered.
            method: what was asked.
            response: what it said.
        """
        self._roster.keep(workername, method, response)

    def _infos(self, runs: Sequence[Run], names: Collection[str] | None) -> Infos:
        infos = infos_of(runs, names, self._roster.heartbeats)
        if not infos:
            raise_if_silent(runs, names, self._silent)
        return infos

    def _silent(self, names: Collection[str]) -> InspectionTimeoutError:
        return silent(names, self.timeout, self.known | self.workers.keys())


async def _ended(run: Run, loop: asyncio.AbstractEventLoop) -> None:
    event = asyncio.Event()
    run.wait(loop, event.set)
    await event.wait()
