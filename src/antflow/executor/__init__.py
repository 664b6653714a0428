"""Run functions and coroutine functions on a bounded number of workers, and wait for them."""

from antflow.executor.executor import AsyncExecutor
from antflow.executor.future import AsyncFuture
from antflow.executor.waiting import WaitStrategy

__all__ = ["AsyncExecutor", "AsyncFuture", "WaitStrategy"]
