"""Promise 14: logging uses the `antflow` logger with a NullHandler; a failure is logged once."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from evidence import same, virtually

import antflow
from antflow import AsyncExecutor, Pipeline, PipelineResult, Stage, StatusTracker
from antflow.testing import Flaky


async def fail_on_threes(value: int) -> int:
    if value % 10 == 3:
        raise ValueError(f"no {value}")
    return value


def failing(retry: Any = "per_task", **fields: Any) -> Pipeline:
    tracker = StatusTracker()
    stage = Stage("Check", 2, [fail_on_threes], retry, 3, 1, 3, **fields)
    return Pipeline([stage, Stage("Last", 1, [same])], status_tracker=tracker)


def test_the_logger_is_called_antflow_and_has_a_null_handler() -> None:
    assert antflow
    logger = logging.getLogger("antflow")
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]
    assert logger.propagate
    assert logger.level == logging.NOTSET


def test_every_entry_is_of_this_logger_or_a_child_of_it(caplog: pytest.LogCaptureFixture) -> None:
    def raising(*_: Any) -> None:
        raise LookupError

    caplog.set_level(logging.DEBUG)
    pipeline = failing(on_success=raising, on_failure=raising, skip_if=raising)
    assert pipeline.tracker is not None
    pipeline.tracker.subscribe(raising)

    async def main() -> None:
        await pipeline.run(range(20))
        await pipeline.start()
        await pipeline.feed(range(20))
        await pipeline.shutdown()

    virtually(main())
    names = {record.name.partition(".")[0] for record in caplog.records} - {"asyncio"}
    assert names == {"antflow"}
    assert len(caplog.records) > 5


def about(caplog: pytest.LogCaptureFixture, text: str) -> list[logging.LogRecord]:
    return [record for record in caplog.records if text in record.getMessage()]


async def run(pipeline: Pipeline) -> None:
    await pipeline.run(range(20))


async def run_with_failures(pipeline: Pipeline) -> None:
    await pipeline.run(range(20), include_failures=True)


async def stream(pipeline: Pipeline) -> None:
    results: list[PipelineResult] = [result async for result in pipeline.stream(range(20))]
    assert len(results) == 20


async def by_hand(pipeline: Pipeline) -> None:
    async with pipeline:
        await pipeline.start()
        await pipeline.feed(range(20))


@pytest.mark.parametrize("retry", ["per_task", "per_stage"])
@pytest.mark.parametrize("how", [run, run_with_failures, stream, by_hand])
def test_a_failure_is_logged_once(
    how: Callable[[Pipeline], Any], retry: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    virtually(how(failing(retry, on_failure=lambda *_: None)))
    for text in ("no 3", "no 13"):
        (record,) = about(caplog, text)
        assert record.levelno == logging.WARNING
        assert "Check" in record.getMessage()


def test_the_entry_of_a_failure_tells_item_stage_attempts_and_exception(
    caplog: pytest.LogCaptureFixture,
) -> None:
    virtually(failing().run([{"id": "order 66", "value": 3}]))
    (record,) = about(caplog, "no 3")
    for text in ("order 66", "Check", "3", "ValueError"):
        assert text in record.getMessage()


def test_an_attempt_that_another_follows_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    virtually(Pipeline([Stage("Only", 1, [Flaky(2)])]).run(range(5)))
    assert caplog.records == []


def test_a_run_with_failures_ends_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """How many, of what types, and where to look."""
    virtually(failing().run(range(20)))
    last = caplog.records[-1]
    assert len(caplog.records) == 3
    assert last.levelno == logging.WARNING
    for text in ("2", "ValueError", "get_error_summary", "include_failures"):
        assert text in last.getMessage()


def test_where_failures_are_returned_there_is_no_warning_at_the_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    virtually(failing().run(range(20), include_failures=True))
    assert len(caplog.records) == 2


def test_a_run_without_trouble_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    virtually(Pipeline([Stage("Only", 3, [same])], status_tracker=StatusTracker()).run(range(50)))
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


def test_each_run_warns_of_its_own_failures_only(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        pipeline = failing()
        await pipeline.run(range(20))
        caplog.clear()
        await pipeline.run(range(3))
        assert caplog.records == []

    virtually(main())


def test_a_failure_of_the_executor_is_left_to_its_future(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with AsyncExecutor() as executor:
            with pytest.raises(ValueError, match="no 3"):
                await executor.submit(fail_on_threes, 3)

    asyncio.run(main())
    assert len(about(caplog, "no 3")) == 0


PROGRAM = """
import asyncio, logging
handlers = list(logging.getLogger().handlers)
level = logging.getLogger().level
import antflow
assert logging.getLogger().handlers == handlers and logging.getLogger().level == level

async def fail(value):
    raise ValueError(value)

async def main():
    pipeline = antflow.Pipeline([antflow.Stage("Only", 2, [fail], task_attempts=1)])
    await pipeline.run(range(5))
    await pipeline.start()
    await pipeline.feed(range(5))
    await pipeline.shutdown()

asyncio.run(main())
"""


@pytest.mark.parametrize(("configured", "entries"), [(False, 0), (True, 7)])
def test_nothing_is_printed_unless_the_program_configures_logging(
    configured: bool, entries: int
) -> None:
    """The NullHandler keeps Python's last resort silent; a handler of the root gets everything."""
    lines = "import logging; logging.basicConfig()\n" if configured else ""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", lines + PROGRAM],
        capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    told = [line for line in done.stderr.splitlines() if "antflow" in line]
    assert done.stdout == ""
    assert len(told) == len(done.stderr.splitlines()) == entries
