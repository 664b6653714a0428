"""What a running task may ask for and say."""

import asyncio

from antflow import (
    Pipeline,
    Stage,
    call_rate_has_capacity,
    concurrency_limit,
    rate_limit,
    set_task_status,
)

inside = 0
most = 0


async def call(number: int) -> int:
    global inside, most
    async with rate_limit(), concurrency_limit():
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
    return number


async def ask(number: int) -> list[bool]:
    answers = []
    for _ in range(3):
        answers.append(call_rate_has_capacity())
        if answers[-1]:
            async with rate_limit():
                pass
    return answers


async def unlimited(number: int) -> list[str]:
    texts = []
    for limit in (rate_limit, concurrency_limit):
        try:
            async with limit():
                texts.append("no limit")
        except RuntimeError as error:
            texts.append(str("call_rate" in str(error) or "call_concurrency" in str(error)))
    return texts


async def main() -> None:
    stage = Stage("Call", 5, [call], call_concurrency=2, call_rate=100, call_rate_period=1.0)
    results = await Pipeline([stage]).run(range(10))
    print(len(results), most)

    stage = Stage("Ask", 1, [ask], call_rate=2, call_rate_period=60.0)
    print((await Pipeline([stage]).run([0]))[0].value)
    print((await Pipeline([Stage("Free", 1, [unlimited])]).run([0]))[0].value)

    async def talk(number: int) -> int:
        def current() -> str | None:
            return pipeline.get_worker_states()["Talk-W0"].current_task

        print(current(), set_task_status("step 1", min_interval=60.0), current())
        print(set_task_status("step 2", min_interval=60.0), current())
        print(set_task_status("step 3"), current())
        return number

    pipeline = Pipeline([Stage("Talk", 1, [talk])])
    await pipeline.run([1])
    print(pipeline.get_worker_states()["Talk-W0"].current_task, set_task_status("nobody"))


asyncio.run(main())
