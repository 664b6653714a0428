"""What all tests share: no test may leave work behind on its event loop."""

from __future__ import annotations

import asyncio
import gc
import inspect
import logging
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from broker_fixtures import *  # noqa: F403 - fixtures of servers, brokers and workers

# A task that was cancelled or told to stop ends within a few turns of the loop.
TURNS_TO_END = 20


@pytest.fixture
async def _no_task_left_over() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    own = asyncio.current_task()
    for _ in range(TURNS_TO_END):
        left = {task for task in asyncio.all_tasks() - before if task is not own}
        if not left:
            return
        await asyncio.sleep(0)
    names = "\n".join(repr(task) for task in left)
    for task in left:
        task.cancel()
    pytest.fail(f"the test left tasks running:\n{names}", pytrace=False)


@pytest.fixture(autouse=True)
def _strict_loop(request: pytest.FixtureRequest) -> None:
    """Every async test ends with no task of its own left over."""
    function = getattr(request, "function", None)
    if function is not None and inspect.iscoroutinefunction(function):
        request.getfixturevalue("_no_task_left_over")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A worker of Celery's within the process sets the root logger's level, for all that follow."""
    level = logging.root.level
    yield
    logging.root.setLevel(level)


WITH_SERVERS = {"browser", "contract", "faults", "integration", "seeds"}
"""Folders whose tests kill brokers, and with them connections that libraries hold."""


@pytest.fixture(autouse=True, scope="module")
def _what_died_is_collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a killed server left of sockets is no fault of the test that the collector finds."""
    yield
    if WITH_SERVERS & set(Path(request.path).parts):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Within those folders the collector may run at any time."""
    for item in items:
        if WITH_SERVERS & set(item.path.parts):
            item.add_marker(
                pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
            )
