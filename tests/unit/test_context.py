"""What a task may ask and say, and what the same calls do outside a task."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import pytest

import antflow
from antflow import context
from antflow.context import (
    call_rate_has_capacity,
    concurrency_limit,
    current_scope,
    rate_limit,
    set_task_status,
)


class FakeScope:
    """A worker's side that keeps what it is asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def set_status(self, text: str, min_interval: float) -> bool:
        self.asked.append((text, min_interval))
        return text != "no"

    def rate_limit(self) -> AbstractAsyncContextManager[Any]:
        self.asked.append("rate")
        return nullcontext("rate")

    def concurrency_limit(self) -> AbstractAsyncContextManager[Any]:
        self.asked.append("concurrency")
        return nullcontext("concurrency")

    def has_capacity(self, amount: int) -> bool:
        self.asked.append(amount)
        return amount < 3


@pytest.fixture
def scope() -> Any:
    fake = FakeScope()
    token = current_scope.set(fake)
    yield fake
    current_scope.reset(token)


def test_the_functions_are_those_of_the_package() -> None:
    names = ("set_task_status", "rate_limit", "concurrency_limit", "call_rate_has_capacity")
    assert all(getattr(antflow, name) is getattr(context, name) for name in names)


def test_a_status_goes_to_the_worker_as_text(scope: FakeScope) -> None:
    assert set_task_status("hello") is True
    assert set_task_status("no", 2.5) is False
    assert set_task_status(7, min_interval=1) is True  # type: ignore[arg-type]
    assert scope.asked == [("hello", 0.0), ("no", 2.5), ("7", 1)]


async def test_the_limits_are_the_workers(scope: FakeScope) -> None:
    async with rate_limit() as first, concurrency_limit() as second:
        assert (first, second) == ("rate", "concurrency")


def test_capacity_is_asked_for_one_call_by_default(scope: FakeScope) -> None:
    assert (call_rate_has_capacity(), call_rate_has_capacity(3)) == (True, False)
    assert scope.asked == [1, 3]


async def test_an_asyncio_task_of_the_task_asks_the_same_worker(scope: FakeScope) -> None:
    async def child() -> bool:
        return set_task_status("from a child")

    assert await asyncio.create_task(child()) is True
    assert await asyncio.to_thread(set_task_status, "from a thread") is True


def test_a_thread_of_its_own_asks_nobody(scope: FakeScope) -> None:
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(set_task_status("alone")))
    thread.start()
    thread.join()
    assert (answers, scope.asked) == ([False], [])


def test_outside_a_task_a_status_is_not_shown() -> None:
    assert set_task_status("nobody sees it") is False


def test_outside_a_task_nothing_holds_a_call_up() -> None:
    assert call_rate_has_capacity(1_000) is True


@pytest.mark.parametrize(
    ("limit", "field"), [(rate_limit, "call_rate"), (concurrency_limit, "call_concurrency")]
)
def test_outside_a_task_there_is_no_limit_to_enter(limit: Any, field: str) -> None:
    with pytest.raises(RuntimeError, match=field) as caught:
        limit()
    assert "inside a task" in str(caught.value)
