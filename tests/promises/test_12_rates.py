"""Promise 12: rates, by the pacer's own rules.

After a rest of one period up to `call_rate` calls start at once; while callers wait, starts are
`call_rate_period / call_rate` apart; no window of one period ever holds more than `call_rate`;
`call_rate_has_capacity(n)` says whether n could start now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import accumulate

import pytest
from evidence import now, virtually
from hypothesis import given, settings
from hypothesis import strategies as st

from antflow.pipeline.rate import Pacer, parse_rate

SOON = 1e-6
"""Seconds that rounding may cost."""


def starts_of(arrivals: Sequence[float], limit: int, period: float) -> list[float]:
    """When callers that arrive then may start, in the order of their arrival."""
    starts: dict[int, float] = {}

    async def call(pacer: Pacer, number: int) -> None:
        await pacer.acquire()
        starts[number] = asyncio.get_running_loop().time()

    async def main() -> None:
        pacer = Pacer(limit, period)
        async with asyncio.TaskGroup() as callers:
            for number, arrival in enumerate(arrivals):
                if (seconds := arrival - asyncio.get_running_loop().time()) > 0:
                    await asyncio.sleep(seconds)
                callers.create_task(call(pacer, number))

    virtually(main())
    return [starts[number] for number in range(len(arrivals))]


def kept(start: float, arrival: float, before: list[float], limit: int, period: float) -> bool:
    """Whether a start is where the promise puts it, given the starts before it.

    At once where the window allows it and nobody waits; else in turn. Where an arrival falls
    together with the end of a wait, either is right.
    """
    window = before[-limit] + period if len(before) >= limit else 0.0
    last = before[-1] if before else 0.0
    in_turn = max(arrival, window, last + period / limit) if before else arrival
    free, held = arrival >= max(window, last) - SOON, arrival < max(window, last) + SOON
    return (free and abs(start - arrival) < SOON) or (held and abs(start - in_turn) < SOON)


gaps = st.one_of(
    st.just(0.0), st.floats(0, 0.5), st.floats(0, 5), st.sampled_from([1.0, 2.0, 10.0, 60.0])
)
arrival_patterns = st.lists(gaps, max_size=40).map(lambda found: list(accumulate(found)))
limits = st.integers(1, 8)
periods = st.sampled_from([0.5, 1.0, 3.0, 10.0, 60.0])


@settings(deadline=None, derandomize=True, max_examples=100)
@given(arrivals=arrival_patterns, limit=limits, period=periods)
def test_no_window_of_one_period_ever_holds_more(
    arrivals: list[float], limit: int, period: float
) -> None:
    starts = starts_of(arrivals, limit, period)
    assert starts == sorted(starts)
    for first, following in zip(starts, starts[limit:], strict=False):
        assert following - first >= period - SOON


@settings(deadline=None, derandomize=True, max_examples=100)
@given(arrivals=arrival_patterns, limit=limits, period=periods)
def test_nobody_waits_longer_than_the_promise_says(
    arrivals: list[float], limit: int, period: float
) -> None:
    """Neither later nor earlier: each start is where the three rules put it."""
    starts = starts_of(arrivals, limit, period)
    for number, (start, arrival) in enumerate(zip(starts, arrivals, strict=True)):
        assert kept(start, arrival, starts[:number], limit, period)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(arrivals=arrival_patterns, limit=limits, period=periods)
def test_while_callers_wait_starts_are_evenly_apart(
    arrivals: list[float], limit: int, period: float
) -> None:
    starts = starts_of(arrivals, limit, period)
    for number in range(1, len(starts)):
        if starts[number] > arrivals[number] + SOON:
            assert starts[number] - starts[number - 1] >= period / limit - SOON


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    before=arrival_patterns, rest=st.floats(0, 3), limit=limits, period=periods, late=st.booleans()
)
def test_after_a_rest_of_one_period_the_whole_rate_starts_at_once(
    before: list[float], rest: float, limit: int, period: float, late: bool
) -> None:
    quiet_from = max(starts_of(before, limit, period), default=0.0)
    again = quiet_from + period * (1 + rest) + SOON
    arrivals = [*before, *[again] * limit, *[again] * late]
    starts = starts_of(arrivals, limit, period)
    assert starts[len(before) : len(before) + limit] == pytest.approx([again] * limit)
    if late:
        assert starts[-1] == pytest.approx(again + period)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(arrivals=arrival_patterns, amount=st.integers(1, 9), limit=limits, period=periods)
def test_has_capacity_says_whether_so_many_could_start_now(
    arrivals: list[float], amount: int, limit: int, period: float
) -> None:
    """Asked after each arrival, and then tried out: that many callers more."""

    async def main() -> None:
        pacer = Pacer(limit, period)
        for arrival in arrivals:
            await asyncio.sleep(max(0.0, arrival - now()))
            await pacer.acquire()
        said = pacer.has_capacity(amount)
        asked_at = now()
        starts: list[float] = []

        async def call() -> None:
            await pacer.acquire()
            starts.append(now())

        await asyncio.gather(*(call() for _ in range(amount)))
        assert said == (max(starts) - asked_at < SOON)

    virtually(main())


def test_has_capacity_knows_that_others_wait() -> None:
    async def main() -> None:
        pacer = Pacer(2, 10)
        for _ in range(2):
            assert pacer.has_capacity()
            await pacer.acquire()
        assert not pacer.has_capacity()
        assert not pacer.has_capacity(3)
        waiting = asyncio.create_task(pacer.acquire())
        await asyncio.sleep(9.5)
        assert not pacer.has_capacity()
        await waiting
        assert now() == 10
        assert pacer.has_capacity()
        assert not pacer.has_capacity(2)

    virtually(main())


@pytest.mark.parametrize("cancelled", [[0], [3], [5, 6], [0, 1, 2, 3, 4, 5, 6]])
def test_a_cancelled_caller_costs_no_start(cancelled: list[int]) -> None:
    """Of ten callers at a rate of 3 in 6 s, some that wait are cancelled after 1 s."""
    started: dict[int, float] = {}

    async def main() -> None:
        pacer = Pacer(3, 6.0)

        async def call(number: int) -> None:
            await pacer.acquire()
            started[number] = now()

        tasks = [asyncio.create_task(call(number)) for number in range(-3, 7)]
        await asyncio.sleep(1)
        for number in cancelled:
            tasks[number + 3].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    virtually(main())
    left = [number for number in range(7) if number not in cancelled]
    assert started == {-3: 0, -2: 0, -1: 0} | {n: 6 + 2 * place for place, n in enumerate(left)}


def test_a_caller_cancelled_in_the_moment_of_its_start_costs_no_start() -> None:
    async def main() -> list[float]:
        pacer = Pacer(1, 10)
        await pacer.acquire()
        first = asyncio.create_task(pacer.acquire())
        second = asyncio.create_task(pacer.acquire())
        loop = asyncio.get_running_loop()
        loop.call_at(10, lambda: loop.call_soon(first.cancel))
        await asyncio.wait([first, second])
        return [now(), float(first.cancelled())]

    assert virtually(main()) in ([10, 1], [20, 0], [20, 1])


@pytest.mark.parametrize(
    ("rate", "limit", "period"),
    [
        ("20/s", 20, 1), ("100/m", 100, 60), ("5000/h", 5000, 3600), ("5/10s", 5, 10),
        (10, 10, 1), (0.5, 1, 2), (2.5, 2, 0.8), ("1.5/s", 1, 2 / 3), (" 3 / s ", 3, 1),
    ],
)  # fmt: skip
def test_a_rate_may_be_written_in_several_ways(
    rate: str | float, limit: int, period: float
) -> None:
    found = parse_rate(rate)
    assert found is not None
    assert found[0] == limit
    assert found[1] == pytest.approx(period)


@pytest.mark.parametrize("rate", [0, -1, "0/s", "fast", "10/d", "10", "", True, float("inf")])
def test_a_rate_that_makes_no_sense_is_refused(rate: str | float) -> None:
    with pytest.raises(ValueError, match="rate must be"):
        parse_rate(rate)
