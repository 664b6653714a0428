"""Promise 12, continued: rates of stages.

`call_rate` governs the calls that a task wraps in `rate_limit()`; the field `rate="20/s"` holds
for every start of the stage's tasks by itself, and is what `Stage.rate_limited` sets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from evidence import now, same, virtually

from antflow import Pipeline, Stage, call_rate_has_capacity, rate_limit

Starts = list[float]


def noting(starts: Starts, seconds: float = 0.0) -> Callable[[Any], Any]:
    """A task that notes when it starts."""

    async def work(value: Any) -> Any:
        starts.append(now())
        await asyncio.sleep(seconds)
        return value

    return work


def calling(starts: Starts, seconds: float = 0.0) -> Callable[[Any], Any]:
    """A task that notes when the call starts that it wraps in `rate_limit()`."""

    async def work(value: Any) -> Any:
        async with rate_limit():
            starts.append(now())
            await asyncio.sleep(seconds)
        return value

    return work


# -- rate ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 0.25, 3])
def test_the_starts_of_a_stage_are_exactly_where_its_rate_puts_them(seconds: float) -> None:
    starts: Starts = []
    stage = Stage("Work", 50, [noting(starts, seconds)], rate="5/10s")
    virtually(Pipeline([stage]).run(range(12)))
    assert starts == [0] * 5 + [10, 12, 14, 16, 18, 20, 22]


def test_a_slow_stage_is_not_slowed_further() -> None:
    starts: Starts = []
    stage = Stage("Work", 1, [noting(starts, 3)], rate="5/10s")
    virtually(Pipeline([stage]).run(range(6)))
    assert starts == [0, 3, 6, 9, 12, 15]


def test_the_rate_holds_for_every_task_and_every_attempt() -> None:
    starts: Starts = []

    async def fail_once(value: int) -> int:
        starts.append(now())
        if len(starts) in (2, 3):
            raise ValueError
        return value

    stage = Stage("Work", 9, [noting(starts), fail_once], rate="1/s", task_wait_seconds=0)
    virtually(Pipeline([stage]).run([0]))
    assert starts == [0, 1, 2, 3]


async def test_the_rate_holds_for_plain_functions_too() -> None:
    """On a real clock: seven calls at 5 in 0.2 s take 0.24 s at least."""

    def plain(value: int) -> int:
        return value

    begun = asyncio.get_running_loop().time()
    await Pipeline([Stage("Work", 9, [plain], rate="5/0.2s")]).run(range(7))
    assert asyncio.get_running_loop().time() - begun >= 0.23


@pytest.mark.parametrize(("rps", "workers"), [(10, 10), (0.5, 1), (2.5, 2), (1000, 1000)])
def test_stage_rate_limited_sets_the_rate(rps: float, workers: int) -> None:
    stage = Stage.rate_limited("Work", same, rps=rps)
    assert (stage.rate, stage.workers, stage.call_rate) == (rps, workers, None)
    assert Stage.rate_limited("Work", same, rps=rps, workers=3).workers == 3


def test_stage_rate_limited_starts_so_many_a_second() -> None:
    starts: Starts = []
    stage = Stage.rate_limited("Work", noting(starts), rps=4)
    virtually(Pipeline([stage]).run(range(9)))
    assert starts == [0, 0, 0, 0, 1, 1.25, 1.5, 1.75, 2]


def test_two_stages_have_each_a_rate_of_its_own() -> None:
    first: Starts = []
    last: Starts = []
    stages = [
        Stage("First", 5, [noting(first)], rate="1/s"),
        Stage("Last", 5, [noting(last)], rate="1/2s"),
    ]
    virtually(Pipeline(stages).run(range(4)))
    assert first == [0, 1, 2, 3]
    assert last == [0, 2, 4, 6]


# -- call_rate -------------------------------------------------------------------------------------


def test_call_rate_paces_the_calls_that_are_wrapped() -> None:
    starts: Starts = []
    stage = Stage("Work", 50, [calling(starts)], call_rate=5, call_rate_period=10)
    virtually(Pipeline([stage]).run(range(12)))
    assert starts == [0] * 5 + [10, 12, 14, 16, 18, 20, 22]


def test_the_default_period_is_a_minute() -> None:
    starts: Starts = []
    stage = Stage("Work", 9, [calling(starts)], call_rate=2)
    virtually(Pipeline([stage]).run(range(5)))
    assert starts == [0, 0, 60, 90, 120]


def test_call_rate_does_not_govern_what_is_not_wrapped() -> None:
    starts: Starts = []
    stage = Stage("Work", 3, [noting(starts)], call_rate=1, call_rate_period=1000)
    virtually(Pipeline([stage]).run(range(20)))
    assert starts == [0] * 20


def test_several_calls_of_one_task_are_paced_each() -> None:
    starts: Starts = []
    stage = Stage("Work", 1, [calling(starts), calling(starts)], call_rate=1, call_rate_period=2)
    virtually(Pipeline([stage]).run(range(2)))
    assert starts == [0, 2, 4, 6]


def test_after_a_rest_the_whole_rate_starts_at_once_again() -> None:
    starts: Starts = []

    async def main() -> None:
        stage = Stage("Work", 50, [calling(starts)], call_rate=3, call_rate_period=6)
        pipeline = Pipeline([stage])
        await pipeline.start()
        await pipeline.feed(range(4))
        await asyncio.sleep(20)
        await pipeline.feed(range(4))
        await pipeline.join()
        await pipeline.shutdown()

    virtually(main())
    assert starts == [0, 0, 0, 6, 20, 20, 20, 26]


def test_call_rate_has_capacity_says_whether_so_many_could_start_now() -> None:
    said: list[tuple[float, int, bool]] = []

    async def ask(value: int) -> None:
        await asyncio.sleep(value)
        for amount in (1, 2, 3, 4):
            said.append((now(), amount, call_rate_has_capacity(amount)))
        async with rate_limit():
            pass

    stage = Stage("Work", 9, [ask], call_rate=3, call_rate_period=10)
    virtually(Pipeline([stage]).run([0, 1, 2, 3, 9, 15]))
    room = {time: sum(yes for when, _, yes in said if when == time) for time, _, _ in said}
    assert room == {0: 3, 1: 2, 2: 1, 3: 0, 9: 0, 15: 1}
    assert call_rate_has_capacity(10**6)


def test_call_rate_has_capacity_never_takes_what_it_tells_of() -> None:
    async def ask(value: int) -> bool:
        return all(call_rate_has_capacity() for _ in range(100))

    stage = Stage("Work", 1, [ask], call_rate=1, call_rate_period=1000)
    results = virtually(Pipeline([stage]).run(range(5)))
    assert [result.value for result in results] == [True] * 5


# -- over runs -------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["rate", "call_rate"])
@pytest.mark.parametrize("pause", [0, 4])
def test_the_window_holds_over_runs_of_the_pipeline(field: str, pause: float) -> None:
    """ "No window ever": a second run within the period does not start anew."""
    starts: Starts = []
    if field == "rate":
        stage = Stage("Work", 9, [noting(starts)], rate="3/10s")
    else:
        stage = Stage("Work", 9, [calling(starts)], call_rate=3, call_rate_period=10)
    pipeline = Pipeline([stage])

    async def main() -> None:
        for _ in range(4):
            await pipeline.run(range(2))
            await asyncio.sleep(pause)

    virtually(main())
    for first, following in zip(starts, starts[3:], strict=False):
        assert following - first >= 10


def test_the_window_holds_over_event_loops() -> None:
    """On a real clock: six calls at 2 in 0.1 s take 0.2 s at least, in however many runs."""
    pipeline = Pipeline([Stage("Work", 9, [calling([])], call_rate=2, call_rate_period=0.1)])
    begun = time.monotonic()
    for _ in range(3):
        asyncio.run(pipeline.run(range(2)))
    assert time.monotonic() - begun >= 0.2


def test_a_cancelled_wait_for_the_rate_costs_no_start() -> None:
    starts: Starts = []

    async def main() -> None:
        pipeline = Pipeline([Stage("Work", 9, [noting(starts)], rate="1/s")])
        running = asyncio.create_task(pipeline.run(range(6)))
        await asyncio.sleep(0.5)
        for item in (1, 2, 4):
            assert pipeline.revoke(item)
        results = await running
        assert [result.id for result in results] == [0, 3, 5]

    virtually(main())
    assert starts == [0, 1, 2]
