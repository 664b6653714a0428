"""AsyncExecutor: as_completed and wait."""

import asyncio

from antflow import AsyncExecutor, WaitStrategy


async def main() -> None:
    gates = {name: asyncio.Event() for name in "abc"}

    async def after(name: str) -> str:
        await gates[name].wait()
        return name

    async def fail() -> str:
        raise LookupError("gone")

    async with AsyncExecutor(max_workers=5) as executor:
        futures = [executor.submit(after, name) for name in "abc"]
        gates["c"].set()
        done, pending = await executor.wait(futures, return_when=WaitStrategy.FIRST_COMPLETED)
        print([await future.result() for future in done], len(pending))
        async for future in executor.as_completed(futures):
            print(await future.result())
            gates["b" if gates["c"].is_set() and not gates["b"].is_set() else "a"].set()
        done, pending = await executor.wait(futures, timeout=10)
        print(sorted([await future.result() for future in done]), len(pending))

        gates["a"].clear()
        waiting = executor.submit(after, "a")
        done, pending = await executor.wait(
            [waiting, executor.submit(fail)], return_when=WaitStrategy.FIRST_EXCEPTION
        )
        print([repr(future.exception()) for future in done], len(pending))
        try:
            await executor.wait([waiting], timeout=0.01)
        except TimeoutError:
            print("still waiting")
        done, pending = await executor.wait(
            [waiting], timeout=0.01, return_when=WaitStrategy.FIRST_COMPLETED
        )
        print(len(done), len(pending))
        gates["a"].set()
        print(await waiting.result())


asyncio.run(main())
