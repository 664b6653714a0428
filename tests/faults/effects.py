"""The app of workers that are killed: its tasks leave an effect under an idempotency key."""

from __future__ import annotations

import os
import time
from pathlib import Path

from celery import shared_task
from celery_apps.configured import from_environment

FOLDER = "ANTFLOW_TEST_EFFECTS"


@shared_task(name="faults.effect", acks_late=True, reject_on_worker_lost=True)
def effect(key: str, seconds: float) -> str:
    time.sleep(seconds)
    with (Path(os.environ[FOLDER]) / key).open("a") as file:
        file.write("x")
    return key


if "ANTFLOW_TEST_BROKER" in os.environ:
    app = from_environment()
