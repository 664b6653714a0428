"""Whose silence it is: the workers' own, or only the connection's."""

from __future__ import annotations

import math
from collections.abc import Callable

from antflow.cluster.events.link import Link

DOUBTFUL = 2.0  # seconds without a sign of the broker, or behind: workers are not judged
FIRST_WAIT = 2.0  # seconds between the first attempts of a worker to reconnect
LONGEST_WAIT = 30.0


class Silence:
    """Keeps workers from being taken for dead while, or because, nothing of them can arrive.

    Args:
        link: what is known of the connection.
        behind: gives the seconds that the oldest event has been waiting to be applied.
        forgive: told how many seconds of silence are not the workers' own.
    """

    def __init__(
        self, link: Link, behind: Callable[[], float], forgive: Callable[[float], None]
    ) -> None:
        self._link = link
        self._behind = behind
        self._forgive = forgive
        self._deaf = 0.0
        self._unheard = 0.0

    def is_theirs(self) -> bool:
        """Whether workers that are silent now may be taken for dead; asked once a second."""
        link = self._link
        unheard = max(link.silent(), self._behind())
        if not link.connected or unheard > DOUBTFUL:
            self._unheard = unheard
            return False
        deaf = link.deaf()
        if missed := max(deaf - self._deaf, self._unheard):
            self._forgive(missed + until_workers_are_back(missed))
        self._deaf, self._unheard = deaf, 0.0
        return True


def until_workers_are_back(away: float) -> float:
    """Seconds that workers may need to find a broker again that was away for so many.

    They wait 2, 4, 6, … 30 seconds between their attempts, so the last wait grows with the root
    of the time that all took.
    """
    return min(LONGEST_WAIT, FIRST_WAIT * (1.0 + math.sqrt(away)))
