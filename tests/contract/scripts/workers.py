"""Who does what: names, states while a task runs, metrics afterwards."""

import asyncio

from antflow import Pipeline, Stage


async def main() -> None:
    async def look_around(number: int) -> int:
        states = pipeline.get_worker_states()
        for name, state in states.items():
            print(
                name,
                state.stage,
                state.status,
                state.current_item_id,
                state.current_task,
                state.processing_since is not None,
            )
        if number == 13:
            raise ValueError("unlucky")
        return number

    pipeline = Pipeline(
        [
            Stage(name="Look", workers=1, tasks=[look_around], task_attempts=1),
            Stage(name="Rest", workers=2, tasks=[asyncio.sleep]),
        ]
    )
    print(pipeline.get_worker_names())
    await pipeline.run([{"id": "x", "value": 0}])
    print([(s.status, s.current_task) for s in pipeline.get_worker_states().values()])

    pipeline = Pipeline([Stage("Look", 1, [look_around], task_attempts=1)])
    await pipeline.run([1, 13, 2])
    for name, metrics in pipeline.get_worker_metrics().items():
        print(name, metrics.worker_name, metrics.stage)
        print(metrics.items_processed, metrics.items_failed, metrics.last_active is not None)
        print(metrics.total_processing_time > 0, metrics.avg_processing_time > 0)
    snapshot = pipeline.get_dashboard_snapshot()
    print(sorted(snapshot.worker_states), sorted(snapshot.worker_metrics))
    print(snapshot.pipeline_stats.items_processed, snapshot.timestamp > 1_600_000_000)


asyncio.run(main())
