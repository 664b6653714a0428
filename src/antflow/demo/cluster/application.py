"""The demo's Celery app: the same in its workers, in its sender and in the monitor."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from celery import Celery, chain

from antflow.cluster.broker import filesystem_app

FOLDER_VARIABLE: Final = "ANTFLOW_DEMO_FOLDER"
"""Environment variable that tells a worker which folder is the broker."""

FILES: Final = "files"
FACTS: Final = "facts"
SURVEYS: Final = "surveys"

ROUTES: Final = {
    "library.parse": {"queue": FILES},
    "library.measure": {"queue": FACTS},
    "library.store": {"queue": FACTS},
    "library.survey": {"queue": SURVEYS},
}


def make_app(folder: str | Path) -> Celery:
    """The app over a folder.

    Args:
        folder: the demo's; made where it is missing.

    Raises:
        OSError: the folder cannot be made.
    """
    app = filesystem_app(folder, "library")
    app.conf.update(
        task_routes=ROUTES,
        task_default_queue=FILES,
        task_acks_late=True,  # what a killed worker had in its hands, another one does
        task_reject_on_worker_lost=True,
        task_track_started=True,
        worker_prefetch_multiplier=1,
        worker_pool_restarts=True,
        result_expires=600,
        worker_hijack_root_logger=False,
        broker_heartbeat=0,
    )
    return app


def work(app: Celery, name: str, path: str) -> Any:
    """All that is done to one file: a chain of parse, measure and store."""
    first = app.signature("library.parse", args=(name, path))
    return chain(first, app.signature("library.measure"), app.signature("library.store"), app=app)
