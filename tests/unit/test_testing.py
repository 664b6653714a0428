"""The fakes and clocks that users of antflow test their own pipelines with."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from antflow import ErrorSummary, Pipeline, Stage, StatusEvent, StatusTracker
from antflow.testing import (
    Flaky,
    Gate,
    Recording,
    RecordingDashboard,
    VirtualClockLoop,
    run_virtual,
    settle,
    until,
)


async def same(value: int) -> int:
    return value


# -- the virtual clock -------------------------------------------------------------------------


def test_a_day_of_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(86_400)
        return asyncio.get_running_loop().time()

    before = time.monotonic()
    assert run_virtual(main()) == 86_400
    assert time.monotonic() - before < 60


def test_timers_go_off_in_order_at_their_times() -> None:
    times: list[float] = []

    async def note(seconds: float) -> None:
        await asyncio.sleep(seconds)
        times.append(asyncio.get_running_loop().time())

    async def main() -> None:
        await asyncio.gather(*(note(seconds) for seconds in (30, 10, 20, 10)))

    run_virtual(main())
    assert times == [10, 10, 20, 30]


def test_time_stands_still_while_anything_is_ready() -> None:
    async def main() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 0.0


def test_timeouts_live_by_the_virtual_clock() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 3600


def test_pipelines_live_by_the_virtual_clock() -> None:
    async def slow(value: int) -> int:
        await asyncio.sleep(1000)
        return value

    pipeline = Pipeline([Stage("A", 1, [slow])])
    assert len(run_virtual(pipeline.run([1, 2]))) == 2
    assert pipeline.get_worker_metrics()["A-W0"].total_processing_time == pytest.approx(2000)


def test_a_thread_wakes_the_loop() -> None:
    async def main() -> str:
        return await asyncio.to_thread(lambda: threading.current_thread().name)

    assert run_virtual(main()) != threading.current_thread().name


def test_it_returns_and_raises_what_the_coroutine_does() -> None:
    async def fail() -> None:
        raise KeyError("mine")

    assert run_virtual(same(3)) == 3
    with pytest.raises(KeyError, match="mine"):
        run_virtual(fail())


def test_the_loop_can_be_used_by_a_runner_of_your_own() -> None:
    with asyncio.Runner(loop_factory=VirtualClockLoop) as runner:
        runner.run(asyncio.sleep(5))
        loop = runner.get_loop()
        assert isinstance(loop, VirtualClockLoop)
        assert (loop.time(), loop.virtual_clock()) == (5.0, 5.0)


# -- settle and until --------------------------------------------------------------------------


async def test_settle_lets_everything_ready_go_on() -> None:
    steps: list[int] = []

    async def walk() -> None:
        for number in range(20):
            steps.append(number)
            await asyncio.sleep(0)

    task = asyncio.create_task(walk())
    await settle()
    assert len(steps) == 20
    await task


def test_settle_lets_no_time_pass() -> None:
    async def main() -> tuple[bool, float]:
        task = asyncio.create_task(asyncio.sleep(1))
        await settle()
        found = task.done(), asyncio.get_running_loop().time()
        await task
        return found

    assert run_virtual(main()) == (False, 0.0)


async def test_settle_goes_so_many_rounds() -> None:
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(count())
    await settle(rounds=7)
    task.cancel()
    assert 6 <= rounds <= 8


async def test_until_returns_at_once_where_it_is_true() -> None:
    asked: list[int] = []
    await until(lambda: asked.append(1) or True)  # type: ignore[func-returns-value]
    assert len(asked) == 1


async def test_until_waits_for_another_thread() -> None:
    ready = threading.Event()
    timer = threading.Timer(0.01, ready.set)
    timer.start()
    await until(ready.is_set)
    assert ready.is_set()


def test_until_gives_up_after_its_timeout() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await until(lambda: False, timeout=2.0)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == pytest.approx(2.0)


# -- the fakes ---------------------------------------------------------------------------------


def event(item_id: object, status: str) -> StatusEvent:
    return StatusEvent(item_id, "A", status, None, 0.0)  # type: ignore[arg-type]


def test_a_recording_keeps_events_in_order() -> None:
    recording = Recording()
    sent = [event(1, "queued"), event(2, "queued"), event(1, "failed")]
    for each in sent:
        recording(each)
    assert recording.events == sent
    assert recording.statuses(1) == ["queued", "failed"]
    assert recording.statuses(3) == []


async def test_a_recording_hears_a_pipeline() -> None:
    recording = Recording()
    tracker = StatusTracker()
    tracker.subscribe(recording)
    await Pipeline([Stage("A", 1, [same])], status_tracker=tracker).run([1])
    assert recording.statuses(0) == ["queued", "in_progress", "completed"]


async def test_a_recording_dashboard_keeps_what_it_is_shown() -> None:
    display = RecordingDashboard()
    results = await Pipeline([Stage("A", 1, [same])]).run([1, 2], custom_dashboard=display)
    assert display.started == [2]
    assert display.snapshots[-1].pipeline_stats.items_processed == 2
    assert display.finished == [(results, ErrorSummary())]


async def test_flaky_fails_the_first_times_for_each_value() -> None:
    flaky = Flaky(failures=2)
    for value in "ab":
        for _ in range(2):
            with pytest.raises(ValueError):
                await flaky(value)
        assert await flaky(value) == value
    assert flaky.calls == {"a": 3, "b": 3}


async def test_flaky_raises_what_it_is_told_made_anew() -> None:
    flaky = Flaky(failures=2, error=lambda: KeyError("mine"))
    found = []
    for _ in range(2):
        with pytest.raises(KeyError, match="mine") as caught:
            await flaky(1)
        found.append(caught.value)
    assert found[0] is not found[1]


async def test_a_gate_holds_every_item_until_it_opens() -> None:
    gate = Gate()
    tasks = [asyncio.create_task(gate(value)) for value in "abc"]
    await settle()
    assert (gate.held, gate.most) == (["a", "b", "c"], 3)
    assert not any(task.done() for task in tasks)
    gate.open()
    assert await asyncio.gather(*tasks) == ["a", "b", "c"]
    assert (gate.held, gate.most) == ([], 3)


async def test_an_open_gate_lets_through_what_comes_later() -> None:
    gate = Gate()
    gate.open()
    assert await gate("late") == "late"


async def test_a_gate_lets_go_of_what_was_cancelled() -> None:
    gate = Gate()
    task = asyncio.create_task(gate("a"))
    await settle()
    task.cancel()
    await asyncio.wait([task])
    assert gate.held == []
