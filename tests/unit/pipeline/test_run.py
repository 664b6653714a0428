"""`run`: what it returns, what it warns of, what it shows, and that it can be repeated."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from antflow import Pipeline, PipelineError, Stage, StatusTracker
from antflow.testing import Flaky, Gate, RecordingDashboard, run_virtual, settle


async def double(value: int) -> int:
    return 2 * value


async def odd_only(value: int) -> int:
    if value % 2 == 0:
        raise ValueError(f"{value} is even")
    return value


def stage(*tasks: Any, **fields: Any) -> Stage:
    return Stage(
        **{"name": "Work", "workers": 3, "tasks": list(tasks), "task_attempts": 1, **fields}
    )


# -- results -----------------------------------------------------------------------------------


def test_results_stand_in_input_order_whatever_ended_first() -> None:
    async def later_first(value: int) -> int:
        await asyncio.sleep(10 - value)
        return value

    results = run_virtual(Pipeline([stage(later_first, workers=10)]).run(range(10)))
    assert [result.value for result in results] == list(range(10))


async def test_results_are_the_successes_only() -> None:
    results = await Pipeline([stage(odd_only)]).run(range(5))
    assert [result.id for result in results] == [1, 3]
    assert all(result.is_success for result in results)


async def test_failures_are_returned_in_their_place_where_asked_for() -> None:
    results = await Pipeline([stage(odd_only)]).run(range(4), include_failures=True)
    assert [result.is_success for result in results] == [False, True, False, True]
    assert [str(result.error) for result in results[::2]] == ["0 is even", "2 is even"]


async def test_the_value_of_a_failure_is_what_entered_the_failed_stage() -> None:
    async def fail(value: int) -> int:
        raise ValueError("no")

    stages = [stage(double), stage(double, fail, name="Last")]
    (result,) = await Pipeline(stages).run([3], include_failures=True)
    assert result.value == 6


async def test_all_items_failing_is_an_empty_list_and_no_exception() -> None:
    assert await Pipeline([stage(odd_only)]).run([0, 2]) == []


async def test_results_are_kept_until_the_next_run() -> None:
    pipeline = Pipeline([stage(double)])
    first = await pipeline.run([1, 2])
    assert pipeline.results == first
    second = await pipeline.run([3])
    assert [result.value for result in second] == [6]
    assert pipeline.results == second


async def test_without_collecting_nothing_is_kept_and_everything_counted() -> None:
    tracker = StatusTracker()
    pipeline = Pipeline([stage(double)], collect_results=False, status_tracker=tracker)
    assert await pipeline.run([1, 2]) == []
    assert pipeline.results == []
    assert pipeline.get_stats().items_processed == 2
    assert tracker.get_stats()["completed"] == 2


async def test_the_list_of_results_is_the_callers_own() -> None:
    pipeline = Pipeline([stage(double)])
    await pipeline.run([1])
    pipeline.results.clear()
    assert len(pipeline.results) == 1


# -- the warning -------------------------------------------------------------------------------


def warnings_of_runs(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        text for record in caplog.records if "include_failures" in (text := record.getMessage())
    ]


async def test_one_warning_says_how_many_failed_of_what_types_and_where_to_look(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(value: int) -> int:
        raise (ValueError if value < 3 else KeyError)(value)

    await Pipeline([stage(fail)]).run(range(5))
    (text,) = warnings_of_runs(caplog)
    assert text.startswith("5 items failed (ValueError: 3, KeyError: 2)")
    assert "get_error_summary()" in text
    record = caplog.records[-1]
    assert (record.name, record.levelno) == ("antflow", logging.WARNING)


async def test_the_warning_counts_this_run_only(caplog: pytest.LogCaptureFixture) -> None:
    pipeline = Pipeline([stage(odd_only)])
    await pipeline.run([0, 2])
    caplog.clear()
    await pipeline.run([0])
    (text,) = warnings_of_runs(caplog)
    assert text.startswith("1 items failed")


async def test_no_warning_without_failures_or_where_they_are_returned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline = Pipeline([stage(odd_only)])
    await pipeline.run([1, 3])
    await pipeline.run([0], include_failures=True)
    assert warnings_of_runs(caplog) == []


async def test_a_failure_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the number of its attempts."""
    flaky = Flaky(failures=3, error=lambda: ValueError("very special"))
    await Pipeline([stage(flaky, task_attempts=3, task_wait_seconds=0)]).run(["x"])
    logged = [record for record in caplog.records if "very special" in record.getMessage()]
    assert len(logged) == 1


# -- run after run -----------------------------------------------------------------------------


def test_a_pipeline_runs_again_in_another_event_loop() -> None:
    pipeline = Pipeline([stage(double, rate="100/s", call_concurrency=1)])
    first = asyncio.run(pipeline.run([1]))
    second = asyncio.run(pipeline.run([2]))
    assert [result.value for result in first + second] == [2, 4]


async def test_counts_add_up_over_runs() -> None:
    pipeline = Pipeline([stage(odd_only)])
    await pipeline.run(range(4))
    await pipeline.run(range(4))
    stats = pipeline.get_stats()
    assert (stats.items_fed, stats.items_processed, stats.items_failed) == (8, 4, 4)


async def test_a_second_run_at_once_is_refused_and_leaves_the_first_alone() -> None:
    gate = Gate()
    pipeline = Pipeline([stage(gate)])
    first = asyncio.create_task(pipeline.run([1, 2]))
    await settle()
    with pytest.raises(PipelineError, match="already running"):
        await pipeline.run([3])
    gate.open()
    assert [result.value for result in await first] == [1, 2]


async def test_start_during_a_run_is_refused() -> None:
    gate = Gate()
    pipeline = Pipeline([stage(gate)])
    first = asyncio.create_task(pipeline.run([1]))
    await settle()
    with pytest.raises(PipelineError, match="already running"):
        await pipeline.start()
    gate.open()
    assert len(await first) == 1


async def test_one_stage_object_serves_two_pipelines_at_once() -> None:
    shared = stage(double, rate=1000, call_concurrency=1)
    first, second = Pipeline([shared]), Pipeline([shared])
    results = await asyncio.gather(first.run(range(5)), second.run(range(3)))
    assert [len(found) for found in results] == [5, 3]
    assert (first.get_stats().items_fed, second.get_stats().items_fed) == (5, 3)


# -- displays ----------------------------------------------------------------------------------


async def test_progress_and_dashboard_together_are_refused() -> None:
    with pytest.raises(ValueError, match="Cannot use both"):
        await Pipeline([stage(double)]).run([1], progress=True, dashboard="compact")


async def test_an_unknown_dashboard_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match="'shiny' not found") as caught:
        await Pipeline([stage(double)]).run([1], dashboard="shiny")
    assert all(name in str(caught.value) for name in ("compact", "detailed", "full"))


async def test_a_refused_display_leaves_the_pipeline_usable() -> None:
    pipeline = Pipeline([stage(double)])
    with pytest.raises(ValueError, match="not found"):
        await pipeline.run([1], dashboard="shiny")
    assert pipeline.get_stats().items_fed == 0
    assert len(await pipeline.run([1])) == 1


async def test_a_custom_dashboard_without_its_methods_is_refused() -> None:
    with pytest.raises(TypeError, match="on_start, on_update and on_finish"):
        await Pipeline([stage(double)]).run([1], custom_dashboard=object())  # type: ignore[arg-type]


async def test_a_custom_dashboard_sees_the_beginning_and_the_end() -> None:
    display = RecordingDashboard()
    results = await Pipeline([stage(odd_only)]).run(range(4), custom_dashboard=display)
    assert display.started == [4]
    assert display.snapshots[0].pipeline_stats.items_processed == 0
    assert display.snapshots[-1].pipeline_stats.items_processed == 2
    ((shown, summary),) = display.finished
    assert (shown, summary.total_failed) == (results, 2)


def test_a_custom_dashboard_is_updated_every_interval() -> None:
    """At once, at 2, 4, 6, 8 and 10 seconds, and at the end."""

    async def slow(value: int) -> None:
        await asyncio.sleep(11)

    display = RecordingDashboard()
    pipeline = Pipeline([stage(slow)])
    run_virtual(pipeline.run([1], custom_dashboard=display, dashboard_update_interval=2.0))
    assert len(display.snapshots) == 7


async def test_a_dashboard_with_async_methods_is_awaited() -> None:
    seen: list[str] = []

    class Display:
        async def on_start(self, pipeline: Any, total: int | None) -> None:
            await asyncio.sleep(0)
            seen.append("start")

        async def on_update(self, snapshot: Any) -> None:
            seen.append("update")

        async def on_finish(self, results: Any, summary: Any) -> None:
            await asyncio.sleep(0)
            seen.append("finish")

    await Pipeline([stage(double)]).run([1], custom_dashboard=Display())
    assert (seen[0], seen[-1]) == ("start", "finish")
    assert set(seen[1:-1]) == {"update"}


async def test_a_dashboard_that_raises_is_logged_and_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def on_start(self, pipeline: Any, total: int | None) -> None:
            raise RuntimeError("no screen")

        on_update = on_finish = on_start

    results = await Pipeline([stage(double)]).run([1, 2], custom_dashboard=Broken())  # type: ignore[arg-type]
    assert [result.value for result in results] == [2, 4]
    assert any("display" in record.getMessage() for record in caplog.records)


async def test_a_dashboard_finishes_also_when_the_run_is_cancelled() -> None:
    display, gate = RecordingDashboard(), Gate()
    run = asyncio.create_task(Pipeline([stage(gate)]).run([1], custom_dashboard=display))
    await settle()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert len(display.finished) == 1
