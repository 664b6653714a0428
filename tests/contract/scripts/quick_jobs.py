"""One-liners with Pipeline.quick."""

import asyncio

from antflow import Pipeline


async def fetch_page(number: int) -> str:
    return f"page {number}"


async def count_letters(page: str) -> int:
    return len(page)


async def refuse_odd(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


async def main() -> None:
    pages = await Pipeline.quick(range(3), fetch_page, workers=2)
    print([result.value for result in pages])
    sizes = await Pipeline.quick([5, 50, 500], [fetch_page, count_letters])
    print([result.value for result in sizes])
    evens = await Pipeline.quick(range(6), refuse_odd, workers=2, retries=1)
    print([(result.id, result.value) for result in evens])


asyncio.run(main())
