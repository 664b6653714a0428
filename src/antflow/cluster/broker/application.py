"""A Celery app that needs no server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from celery import Celery

from antflow.cluster.broker.folder import BrokerFolder


def filesystem_app(folder: str | Path, name: str = "antflow") -> Celery:
    """A Celery app whose broker and results are folders.

    Args:
        folder: where; made where it is missing. Messages are in `broker`, results in `results`.
        name: the app's name.

    Returns:
        The app; the monitor and its workers make it alike, each in its own process.

    Raises:
        OSError: the folders cannot be made.
    """
    root = Path(folder).absolute()
    BrokerFolder(root / "broker").make()
    (root / "results").mkdir(parents=True, exist_ok=True)
    app = Celery(
        name,
        broker=f"antflow+filesystem://{quote(str(root / 'broker'))}",
        backend=f"file://{quote(str(root / 'results'))}",
        set_as_current=False,
    )
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={"polling_interval": 0.05},
        result_extended=True,
        task_send_sent_event=True,
        worker_send_task_events=True,
    )
    return app
