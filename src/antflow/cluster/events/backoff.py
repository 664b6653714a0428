"""How long to wait between attempts to connect."""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST = 0.1
LONGEST = 3.0


def delays(first: float = FIRST, longest: float = LONGEST) -> Iterator[float]:
    """Seconds between the starts of attempts: doubling, with jitter, for ever.

    Args:
        first: the first, at most.
        longest: none is longer.
    """
    ceiling = first
    while True:
        yield ceiling * random.uniform(0.5, 1.0)
        ceiling = min(longest, ceiling * 2)
