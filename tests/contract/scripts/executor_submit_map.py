"""AsyncExecutor: submit, map, map_iter, retries."""

import asyncio

from antflow import AsyncExecutor, ExecutorShutdownError

tries = 0


async def power(base: int, exponent: int = 2) -> int:
    return int(base**exponent)


async def late(number: int) -> int:
    for _ in range(10 - number):
        await asyncio.sleep(0)
    return number


async def reject(number: int) -> int:
    raise ValueError(f"no {number}")


async def flaky() -> str:
    global tries
    tries += 1
    if tries < 3:
        raise ConnectionError(str(tries))
    return "at last"


async def main() -> None:
    async with AsyncExecutor(max_workers=3) as executor:
        future = executor.submit(power, 3, exponent=3)
        print(future.sequence_id, future.done(), await future.result(), future.done())
        print(future.exception(), executor.submit(power, 1).sequence_id)
        failing = executor.submit(reject, 1)
        try:
            await failing.result()
        except ValueError as error:
            print(repr(error), failing.exception() is error)
        print(await executor.map(late, range(6)))
        print(await executor.map(power, [2, 3], [5, 2]))
        print([value async for value in executor.map_iter(late, [9, 1, 5])])
        try:
            await executor.map(reject, [7, 8])
        except ValueError as error:
            print(repr(error))
        print(await executor.submit(flaky, retries=2, retry_delay=0.001).result(), tries)
        lock = asyncio.Semaphore(1)
        futures = [executor.submit(late, number, semaphore=lock) for number in range(3)]
        print([await future.result() for future in futures])
        try:
            await executor.submit(asyncio.sleep, 0.2).result(timeout=0.01)
        except TimeoutError:
            print("too slow")
    try:
        executor.submit(power, 2)
    except ExecutorShutdownError as error:
        print("shut down", isinstance(error, Exception))
    try:
        AsyncExecutor(max_workers=0)
    except ValueError as error:
        print("max_workers must be at least 1" in str(error))


asyncio.run(main())
