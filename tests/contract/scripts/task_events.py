"""Start, complete and fail of each task; the names of odd callables; late callbacks."""

import asyncio
import functools

from antflow import Pipeline, Stage, StatusTracker, TaskEvent


class Rounder:
    async def __call__(self, number: float) -> int:
        return round(number)


async def scale(factor: float, number: float) -> float:
    return factor * number


async def check(number: int) -> int:
    if number > 10:
        raise OverflowError(str(number))
    return number


async def main() -> None:
    lines: list[str] = []

    async def note(event: TaskEvent) -> None:
        known = event.duration is not None and event.duration >= 0
        lines.append(
            f"{event.item_id} {event.stage} {event.worker} {event.task_name} "
            f"{event.event_type} {event.attempt} duration={known} {event.error!r}"
        )

    tracker = StatusTracker()
    tracker.on_task_start = note
    tracker.on_task_complete = note
    tracker.on_task_fail = note
    stage = Stage("Math", 1, [functools.partial(scale, 2.5), Rounder(), check], task_attempts=1)
    results = await Pipeline([stage], status_tracker=tracker).run([1.7, 8.0])
    print([result.value for result in results])
    print("\n".join(lines))


asyncio.run(main())
