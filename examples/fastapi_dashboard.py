"""The dashboard inside an application of your own: a pipeline that works on what is posted.

    uvicorn --app-dir examples fastapi_dashboard:app

Then open http://127.0.0.1:8000/antflow/ and send some work:

    curl -X POST "http://127.0.0.1:8000/pages?count=200"

It needs antflow's extra `web`.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from antflow import Pipeline, Stage, StatusTracker
from antflow.web import mount
from antflow.web.sources import LocalSource


async def fetch(number: int) -> str:
    await asyncio.sleep(random.uniform(0.1, 0.3))
    if number % 25 == 13:
        raise ConnectionError(f"page {number} is gone")
    return f"page {number}"


async def count_letters(page: str) -> int:
    await asyncio.sleep(0.1)
    return len(page)


pipeline = Pipeline(
    [
        Stage("Fetch", workers=4, tasks=[fetch], queue_capacity=10_000),
        Stage("Count", workers=2, tasks=[count_letters]),
    ],
    collect_results=False,
    status_tracker=StatusTracker(max_items=10_000),
)


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    await pipeline.start()
    yield
    await pipeline.shutdown()


app = FastAPI(lifespan=lifespan)


@app.post("/pages")
async def post_pages(count: int = 100) -> dict[str, int]:
    await pipeline.feed(range(count))
    return {"fed": count}


mount(app, LocalSource(pipeline, "pages"), "/antflow")
