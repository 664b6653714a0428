"""`Inquiries`: whom to ask, and the runs under way, which callers that ask the same share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from antflow.cluster.inspector.heartbeats import listen
from antflow.cluster.inspector.remote import Remote
from antflow.cluster.inspector.roster import Roster
from antflow.cluster.inspector.run import Run, covering

Loop = asyncio.AbstractEventLoop
Commands = Mapping[str, Mapping[str, Any]]
"""Arguments by command."""


class Inquiries:
    """Asks known workers by name, and everybody where they have to be found.

    Args:
        remote: how they are asked.
        roster: who is known; learns from every run.
        methods: those whose answers are kept.
    """

    def __init__(self, remote: Remote, roster: Roster, methods: Sequence[str]) -> None:
        self._remote = remote
        self._roster = roster
        self._methods = methods
        self._runs: list[Run] = []

    def all_methods(self, loop: Loop, worker: str | None) -> list[Run]:
        """Ask everything; a run under way that asks the same serves again.

        Args:
            loop: where it is followed.
            worker: one only; None: all there are.
        """
        commands: Commands = {method: {} for method in self._methods}
        whole = [run for run in self._runs if len(run.commands) == len(commands)]
        if worker is not None:
            return [covering(whole, worker) or self.some(loop, commands, worker)]
        surveys = [run for run in whole if run.destination is None]
        if surveys or not self._roster.can_name_all:
            return [surveys[0] if surveys else self.some(loop, commands, None)]
        self._survey_if_due(loop)
        found = {name: covering(whole, name) for name in self._roster.known}
        runs = list(dict.fromkeys(run for run in found.values() if run is not None))
        rest = frozenset(name for name, run in found.items() if run is None)
        return [*runs, self._start(loop, commands, rest)] if rest else runs

    def some(self, loop: Loop, commands: Commands, worker: str | None) -> Run:
        """Ask some things of one worker, or of all there are."""
        if worker is not None:
            return self._start(loop, commands, frozenset([worker]))
        if self._roster.can_name_all:
            self._survey_if_due(loop)
            return self._start(loop, commands, frozenset(self._roster.known))
        return self.survey(loop, commands)

    def survey(self, loop: Loop, commands: Commands) -> Run:
        """Ask everybody, known or not."""
        self._roster.survey_begins()
        return self._start(loop, commands, None)

    def _survey_if_due(self, loop: Loop) -> None:
        if self._roster.is_survey_due:
            self.survey(loop, {"ping": {}})

    def _start(self, loop: Loop, commands: Commands, destination: frozenset[str] | None) -> Run:
        covers = frozenset(self._roster.known) if destination is None else destination
        run = Run(self._remote, loop, commands, destination, covers, self._conclude)
        self._runs.append(run)
        run.start(self._listen if self._must_listen(run) else None)
        return run

    def _must_listen(self, run: Run) -> bool:
        if self._roster.is_fed or "stats" not in run.commands:
            return False
        return run.destination is None or not run.covers <= self._roster.heartbeats.keys()

    def _listen(self, run: Run) -> None:
        since = time.time()

        def is_enough() -> bool:
            if run.done:
                return True
            beats = [self._roster.heartbeats.get(name) for name in run.answered]
            return run.asked and all(beat and beat.load and beat.at >= since for beat in beats)

        listen(self._remote.app, self._remote.lines, self._roster.hear, is_enough)

    def _conclude(self, run: Run) -> None:
        self._runs.remove(run)
        self._roster.conclude(run, self._methods)
