"""What an item's tasks are told to do, and what must become of the item for that."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from antflow import DROP, Stage
from antflow.pipeline.channel import Channel
from antflow.pipeline.run import Run

NAMES = ("A", "B", "C")

Kind = Literal["pass", "skip", "drop", "none", "fail", "hold", "sleep"]


@dataclass(frozen=True)
class Job:
    """A value that remembers which tasks it has been through."""

    serial: int
    trail: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Order:
    """What the tasks of one stage do with a job; `task` is the one that does it."""

    kind: Kind = "pass"
    times: int = 0
    task: int = 0
    error: type[BaseException] = ValueError
    seconds: float = 0.0


@dataclass(frozen=True)
class Shape:
    """How a stage is set up."""

    workers: int = 1
    tasks: int = 1
    retry: Literal["per_task", "per_stage"] = "per_task"
    attempts: int = 3
    wait: float | Callable[[Any], float] = 0.0
    capacity: int | None = None
    pull: bool = False
    skips: bool = True

    def stage(self, number: int, work: Worksite) -> Stage:
        return Stage(
            NAMES[number],
            self.workers,
            [work.task(number, index) for index in range(self.tasks)],
            retry=self.retry,
            task_attempts=self.attempts,
            stage_attempts=self.attempts,
            task_wait_seconds=self.wait,
            stage_wait_seconds=self.wait,
            queue_capacity=self.capacity,
            pull=self.pull,
            skip_if=work.skip_if(number) if self.skips else None,
        )


@dataclass
class Outcome:
    """How an item ends when nobody ends it early; `values` is what enters each stage."""

    kind: Literal["processed", "failed", "dropped", "cancelled"]
    value: Any = None
    stage: str | None = None
    error: str | None = None
    attempts: int = 0
    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class Feeding:
    """One item, fed once. `note` is what tells it apart where its value does not."""

    serial: int
    entry: int
    value: Any
    orders: tuple[Order, ...]
    id: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    numbered: bool = False
    broken_id: bool = False
    revoked: bool = False
    left_over: bool = False
    sequence: int | None = None
    calls: Counter[tuple[int, int]] = field(default_factory=Counter)

    def outcome(self, shapes: tuple[Shape, ...]) -> Outcome:
        end = Outcome("processed", self.value, NAMES[self.entry])
        if self.broken_id:
            end.kind, end.error = "failed", "ValueError"
            end.values = {NAMES[self.entry]: self.value}
            return end
        for number in range(self.entry, len(shapes)):
            end.stage = NAMES[number]
            end.values[end.stage] = end.value
            self._pass(number, shapes[number], end)
            if end.kind != "processed":
                break
        return end

    def _pass(self, number: int, shape: Shape, end: Outcome) -> None:
        order, job = self.orders[number], end.value
        if not isinstance(job, Job) or self._skipped(shape, order):
            return
        if order.kind == "drop":
            end.kind = "dropped"
            return
        if order.kind == "fail":
            end.attempts = shape.attempts if issubclass(order.error, Exception) else 1
            if order.times >= end.attempts:
                end.kind, end.error = "failed", order.error.__name__
                return
        steps = tuple((number, index) for index in range(shape.tasks))
        end.value = None if order.kind == "none" else Job(job.serial, job.trail + steps)

    @staticmethod
    def _skipped(shape: Shape, order: Order) -> bool:
        return order.kind == "skip" and shape.skips

    def skips(self, shapes: tuple[Shape, ...], number: int, end: Outcome) -> bool:
        """Whether the item passes the stage of this number untouched."""
        value = end.values[NAMES[number]]
        return isinstance(value, Job) and self._skipped(shapes[number], self.orders[number])

    def expected_calls(self, shapes: tuple[Shape, ...]) -> Counter[tuple[int, int]]:
        """How often each task must have been called for an item that ended by itself."""
        calls: Counter[tuple[int, int]] = Counter()
        end = self.outcome(shapes)
        for name, value in end.values.items():
            number = NAMES.index(name)
            shape, order = shapes[number], self.orders[number]
            worked = isinstance(value, Job) and not self._skipped(shape, order)
            if worked and not self.broken_id:
                calls.update(_calls_in(number, shape, order))
        return calls


def _calls_in(number: int, shape: Shape, order: Order) -> Counter[tuple[int, int]]:
    if order.kind == "drop":
        return Counter({(number, 0): 1})
    calls = Counter({(number, index): 1 for index in range(shape.tasks)})
    if order.kind == "fail":
        allowed = shape.attempts if issubclass(order.error, Exception) else 1
        failing = order.task % shape.tasks
        repeated = range(failing + 1) if shape.retry == "per_stage" else (failing,)
        for index in repeated:
            calls[number, index] = min(order.times + 1, allowed)
        if order.times >= allowed:
            for index in range(failing + 1, shape.tasks):
                del calls[number, index]
    return calls


class Worksite:
    """Where the tasks carry out the orders."""

    def __init__(self, shapes: tuple[Shape, ...]) -> None:
        self.shapes = shapes
        self.feedings: dict[int, Feeding] = {}
        self.gate = asyncio.Event()

    def open(self) -> None:
        """Let go of every job that is held now."""
        self.gate.set()
        self.gate = asyncio.Event()

    def skip_if(self, number: int) -> Callable[[Any], bool]:
        def skip(value: Any) -> bool:
            return isinstance(value, Job) and self._order(value, number).kind == "skip"

        return skip

    def _order(self, job: Job, number: int) -> Order:
        return self.feedings[job.serial].orders[number]

    def task(self, number: int, index: int) -> Callable[[Any], Any]:
        async def task(value: Any) -> Any:
            return await self._carry_out(number, index, value) if isinstance(value, Job) else value

        return task

    async def _carry_out(self, number: int, index: int, job: Job) -> Any:
        order, shape = self._order(job, number), self.shapes[number]
        calls = self.feedings[job.serial].calls
        calls[number, index] += 1
        if order.kind == "drop":
            return DROP
        if order.kind == "fail" and index == order.task % shape.tasks:
            if calls[number, index] <= order.times:
                raise order.error(f"attempt {calls[number, index]}")
        elif order.kind == "hold":
            await self.gate.wait()
        elif order.kind == "sleep":
            await asyncio.sleep(order.seconds)
        if order.kind == "none" and index == shape.tasks - 1:
            return None
        return Job(job.serial, (*job.trail, (number, index)))


def places(run: Run) -> list[Any]:
    """Every item that the run holds somewhere: in queues, in hands and between attempts."""
    found: list[Any] = []
    for name, station in run.stations.items():
        found += [*station.channel.waiting(), *(entry.item for entry in station.waiting)]
        found += [entry.item for entry in urgent(station.channel)]
        slots = [worker.slot for worker in run.workers[name]]
        found += [slot.item for slot in slots if slot.item is not None and not slot.released]
    return found


def urgent(channel: Channel) -> list[Any]:
    """The entries that go first, apart from orders to end."""
    entries = (*channel.urgent, *channel._held_urgent)
    return [entry for entry in entries if entry is not None]
