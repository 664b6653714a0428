"""`Cluster` over `memory://`, with a worker in the same process and no server at all."""

from __future__ import annotations

from celery import Celery
from celery.contrib.testing.worker import start_worker
from polling import eventually_async

from antflow.cluster import Cluster
from antflow.source import TaskQuery


def make_app() -> Celery:
    app = Celery("inside", broker="memory://", backend="cache+memory://", set_as_current=False)
    app.conf.update(task_send_sent_event=True, worker_send_task_events=True)

    @app.task(name="inside.double")
    def double(number: int) -> int:
        return 2 * number

    return app


async def test_a_task_of_the_same_process_appears_as_succeeded() -> None:
    app = make_app()
    options = {"pool": "threads", "without_heartbeat": False, "perform_ping_check": False}
    with start_worker(app, **options):
        async with Cluster(app) as cluster:
            await eventually_async(lambda: cluster.frame().health.state == "running", 15)
            sent = app.send_task("inside.double", (21,))
            query = TaskQuery("state:succeeded")
            await eventually_async(lambda: cluster.state.find("state:succeeded")[1] == 1, 15)
            (task,) = (await cluster.find_tasks(query)).tasks
            assert (task.id, task.result) == (sent.id, "42")
