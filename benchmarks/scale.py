"""How much work each row does: the full figures, and a quick look that only proves it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Amounts of work.

    Attributes:
        pairs: alternating pairs of each ratio.
        items: items of a run.
        many_items: items of the long run that shows whether the cost of an item grows.
        repeats: repetitions of the long run.
        waiting_items: items of the throughput row, whose tasks wait 10 ms.
        memory_items: items of the memory row.
        snapshots: snapshots taken.
        single_runs: runs of one item.
        imports: interpreters started.
    """

    pairs: int = 11
    items: int = 20_000
    many_items: int = 200_000
    repeats: int = 5
    waiting_items: int = 10_000
    memory_items: int = 1_000_000
    snapshots: int = 2_000
    single_runs: int = 200
    imports: int = 11


FULL = Scale()
QUICK = Scale(
    pairs=3,
    items=1_000,
    many_items=4_000,
    repeats=1,
    waiting_items=300,
    memory_items=20_000,
    snapshots=50,
    single_runs=10,
    imports=1,
)
