"""What a viewer costs the server that shows a pipeline with 200 workers, in processor time."""

from __future__ import annotations

import asyncio
import statistics
import time

from busy_pipeline import BusyPipeline
from polling import eventually_async

from antflow.web.stream.feed import Feed
from antflow.web.stream.viewer import Viewer

PROMISED = 0.02  # of a core
GUARD = 5  # a tick is some milliseconds, of which caches that other work emptied are a part
TICKS = 15


async def test_a_viewer_of_200_workers_costs_a_small_part_of_a_core() -> None:
    """A tick's picture, its difference and their encoding, times the ticks of a second."""
    source = BusyPipeline("busy", pause=0.002, workers=200)
    await source.start()
    feed = Feed(source)
    viewer = Viewer([feed], "epoch")
    viewer.join()
    viewer.next()
    await eventually_async(lambda: source.get_stats().items_processed > 100, 40)
    costs: list[float] = []
    try:
        for _ in range(TICKS):
            await asyncio.sleep(0.1)
            begun = time.thread_time()
            feed.tick()
            message = viewer.next()
            costs.append(time.thread_time() - begun)
            assert message
    finally:
        viewer.leave()
        await source.stop()
    share = statistics.median(costs) / source.tick
    print(f"{statistics.median(costs) * 1e3:.1f} ms a tick: {share:.1%} of a core")
    assert source.tick == 0.25
    assert share <= GUARD * PROMISED
