"""Many calls to a model behind a rate limit: never above the limit, retried where it says no.

`FakeModel` stands for the service: it refuses what comes too fast, fails now and then, and
needs no network. Put your client's call in its place.
"""

import asyncio
import random
import time
from collections import deque

from antflow import Pipeline, Stage, StatusTracker, TaskEvent, rate_limit, set_task_status

ALLOWED, PERIOD = 25, 0.5  # what the service allows: calls, seconds
CALLS = 20  # what we ask for: some room below it, as calls take their time on the way


class RateLimitError(Exception):
    """The service's "429 Too Many Requests"."""


class OverloadedError(Exception):
    """The service's "529 Overloaded": worth another attempt."""


class FakeModel:
    """Answers in 50 to 150 ms."""

    def __init__(self) -> None:
        self.calls: deque[float] = deque(maxlen=ALLOWED)
        self.refused = 0

    async def complete(self, prompt: str) -> str:
        now = time.monotonic()
        if len(self.calls) == ALLOWED and now - self.calls[0] < PERIOD:
            self.refused += 1
            raise RateLimitError("slow down")
        self.calls.append(now)
        await asyncio.sleep(random.uniform(0.05, 0.15))
        if random.random() < 0.05:
            raise OverloadedError("try again")
        return f"a summary of {prompt}"


model = FakeModel()


def prompt_of(document: str) -> str:
    return f"the document {document!r}"


async def ask(prompt: str) -> str:
    set_task_status("waiting for its turn")
    async with rate_limit():
        set_task_status("asking")
        return await model.complete(prompt)


async def main() -> None:
    retried: list[TaskEvent] = []
    tracker = StatusTracker(on_task_retry=retried.append)
    stages = [
        Stage("Prompt", workers=1, tasks=[prompt_of]),
        Stage(
            "Ask",
            workers=25,
            tasks=[ask],
            call_rate=CALLS,
            call_rate_period=PERIOD,
            task_attempts=5,
            task_wait_seconds=0.1,
            retry_on=(RateLimitError, OverloadedError),
        ),
    ]
    pipeline = Pipeline(stages, status_tracker=tracker)
    start = time.monotonic()
    results = await pipeline.run([f"report-{n}.txt" for n in range(80)], progress=True)
    seconds = time.monotonic() - start
    print(f"{len(results)} answers in {seconds:.1f} s, first: {results[0].value}")
    print(f"{len(retried)} calls tried again, {model.refused} refused as too fast")


asyncio.run(main())
