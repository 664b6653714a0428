"""`Inspector`: what workers answer when they are asked."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from celery import Celery

from antflow.cluster.inspector.heartbeats import Heartbeat, heartbeat_of, listen
from antflow.cluster.inspector.inspection import Answers, Infos, Inspection
from antflow.cluster.inspector.lines import Lines
from antflow.cluster.inspector.offload import in_thread
from antflow.cluster.inspector.outcome import answers_to, infos_of, is_error, raise_if_silent
from antflow.cluster.inspector.remote import Remote
from antflow.cluster.inspector.run import Run, covering
from antflow.cluster.inspector.wording import silent
from antflow.exceptions import InspectionTimeoutError

SURVEY_EVERY: Final = 10.0
"""Seconds between two questions to everybody, which find new workers."""


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
        known: names of the workers known to be there.
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
        self.known: set[str] = set()
        self.remote = Remote(capp, self.timeout, Lines(capp, self.timeout))
        self._workers: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self._heartbeats: dict[str, Heartbeat] = {}
        self._runs: list[Run] = []
        self._surveyed = float("-inf")
        self._has_surveyed = False
        self._fed = False
        self._closing = weakref.finalize(self, self.remote.close)

    @property
    def workers(self) -> defaultdict[str, dict[str, Any]]:
        """The newest raw answers by worker and method, `revoked` as a set, with `timestamp`."""
        return self._workers

    @property
    def knows_all(self) -> bool:
        """Whether a worker that is not in `known` can be said not to be there."""
        return self._fed and self._has_surveyed and bool(self.known)

    def learn(self, names: Iterable[str]) -> None:
        """Take workers as known, because they were seen in events."""
        self._fed = True
        self.known.update(names)

    def forget(self, names: Iterable[str]) -> None:
        """Ask these workers no more; a survey may find them again."""
        for name in names:
            self.known.discard(name)

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take what a raw worker event tells: load, software, that it went offline."""
        name = event.get("hostname")
        if not isinstance(name, str):
            return
        if event.get("type") == "worker-offline":
            self.forget([name])
        elif (heartbeat := heartbeat_of(event)) is not None:
            before = self._heartbeats.get(name)
            # The heartbeat that is sent on demand has no load.
            if heartbeat.load is not None or before is None:
                self._heartbeats[name] = heartbeat

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
        loop = self._loop()
        commands: dict[str, dict[str, Any]] = {method: {} for method in self.methods}
        runs = self._shared_runs(loop, commands, workername)
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
        run = self._run_for(loop, {method: arguments}, workername)
        await _ended(run, loop)
        names = None if workername is None else frozenset([workername])
        return answers_to([run], method, names, self._silent)

    async def ping(self) -> list[str]:
        """Names of all workers that answer now, sorted; takes a second of silence.

        Raises:
            BrokerConnectionError: no connection to the broker.
        """
        loop = asyncio.get_running_loop()
        run = self._survey(loop, {"ping": {}})
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
        info = self._workers[workername]
        info[method] = set(response) if method == "revoked" else response
        info["timestamp"] = time.time()

    def _infos(self, runs: Sequence[Run], names: Collection[str] | None) -> Infos:
        infos = infos_of(runs, names, self._heartbeats)
        if not infos:
            raise_if_silent(runs, names, self._silent)
        return infos

    def _silent(self, names: Collection[str]) -> InspectionTimeoutError:
        return silent(names, self.timeout, self.known | self._workers.keys())

    def _loop(self) -> asyncio.AbstractEventLoop:
        if self.io_loop is None:
            return asyncio.get_running_loop()
        loop = getattr(self.io_loop, "asyncio_loop", self.io_loop)
        assert isinstance(loop, asyncio.AbstractEventLoop)
        return loop

    def _shared_runs(
        self,
        loop: asyncio.AbstractEventLoop,
        commands: dict[str, dict[str, Any]],
        workername: str | None,
    ) -> list[Run]:
        whole = [run for run in self._runs if len(run.commands) == len(commands)]
        if workername is not None:
            shared = covering(whole, workername)
            return [shared or self._run_for(loop, commands, workername)]
        surveys = [run for run in whole if run.destination is None]
        if surveys or not self._can_name_all():
            return [surveys[0] if surveys else self._run_for(loop, commands, None)]
        self._survey_if_due(loop)
        return self._runs_of_known(loop, commands, whole)

    def _runs_of_known(
        self,
        loop: asyncio.AbstractEventLoop,
        commands: dict[str, dict[str, Any]],
        whole: Sequence[Run],
    ) -> list[Run]:
        found = {name: covering(whole, name) for name in self.known}
        runs = list(dict.fromkeys(run for run in found.values() if run is not None))
        rest = frozenset(name for name, run in found.items() if run is None)
        return [*runs, self._start(loop, commands, rest)] if rest else runs

    def _run_for(
        self,
        loop: asyncio.AbstractEventLoop,
        commands: dict[str, dict[str, Any]],
        workername: str | None,
    ) -> Run:
        if workername is not None:
            return self._start(loop, commands, frozenset([workername]))
        if self._can_name_all():
            self._survey_if_due(loop)
            return self._start(loop, commands, frozenset(self.known))
        return self._survey(loop, commands)

    def _survey_if_due(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._is_survey_due():
            self._survey(loop, {"ping": {}})

    def _can_name_all(self) -> bool:
        return bool(self.known) and (self._fed or not self._is_survey_due())

    def _is_survey_due(self) -> bool:
        return time.monotonic() - self._surveyed >= SURVEY_EVERY

    def _survey(self, loop: asyncio.AbstractEventLoop, commands: dict[str, dict[str, Any]]) -> Run:
        self._surveyed = time.monotonic()
        return self._start(loop, commands, None)

    def _start(
        self,
        loop: asyncio.AbstractEventLoop,
        commands: dict[str, dict[str, Any]],
        destination: frozenset[str] | None,
    ) -> Run:
        covers = frozenset(self.known) if destination is None else destination
        run = Run(self.remote, loop, commands, destination, covers, self._conclude)
        self._runs.append(run)
        run.start(self._listen if self._must_listen(run) else None)
        return run

    def _must_listen(self, run: Run) -> bool:
        if self._fed or "stats" not in run.commands:
            return False
        return run.destination is None or not run.covers <= self._heartbeats.keys()

    def _listen(self, run: Run) -> None:
        since = time.time()

        def is_enough() -> bool:
            if run.done:
                return True
            beats = [self._heartbeats.get(name) for name in run.answered]
            return run.asked and all(beat and beat.load and beat.at >= since for beat in beats)

        listen(self.capp, self.remote.lines, self.hear, is_enough)

    def _conclude(self, run: Run) -> None:
        self._runs.remove(run)
        self.known |= run.answered
        self.known -= run.silent
        if run.destination is None and run.error is None:
            self._has_surveyed = True
            self.known -= run.covers - run.answered
        for method, found in run.replies.items():
            for worker, reply in found.items():
                if method in self.methods and not is_error(reply):
                    self._on_update(worker, method, reply)


async def _ended(run: Run, loop: asyncio.AbstractEventLoop) -> None:
    event = asyncio.Event()
    run.wait(loop, event.set)
    await event.wait()
