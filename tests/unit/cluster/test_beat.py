"""The beat's schedule in words, its last runs and when it is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from celery.schedules import crontab, schedule

from antflow.cluster.beat import BeatSchedule, in_words
from antflow.cluster.state import TaskRecord

NOW = 1_790_000_000.0


def beat(**entries: dict[str, Any]) -> BeatSchedule:
    app = Celery("beat", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = entries
    return BeatSchedule(app)


def run(uuid: str, at: float, args: str | None = "[]", state: str = "SUCCESS") -> TaskRecord:
    return TaskRecord(uuid, "proj.clean", state, sent=at, args=args, kwargs="{}")


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        (schedule(30), "every 30 seconds"),
        (schedule(timedelta(hours=1)), "every hour"),
        (schedule(timedelta(minutes=90)), "every 90 minutes"),
        (schedule(1.5), "every 1.5 seconds"),
        (crontab(minute=0, hour=4), "crontab 0 4 * * *"),
        (crontab(minute="*/15", day_of_week="mon-fri"), "crontab */15 * * * mon-fri"),
    ],
)
def test_schedules_are_told_in_words(timing: Any, words: str) -> None:
    assert in_words(timing) == words


def test_without_a_schedule_there_are_no_entries() -> None:
    assert beat().entries(NOW) == []


def test_an_entry_has_its_last_run_and_is_due_after_it() -> None:
    made = beat(clean={"task": "proj.clean", "schedule": 60.0, "options": {"queue": "slow"}})
    made.see([run("a", NOW - 100), run("b", NOW - 20, state="FAILURE")])
    (entry,) = made.entries(NOW)
    assert (entry.last_run, entry.runs, entry.last_state) == (NOW - 20, 2, "FAILURE")
    assert (entry.schedule, entry.queue) == ("every minute", "slow")
    assert entry.next_run is not None


def test_a_run_seen_in_several_states_is_one_run() -> None:
    made = beat(clean={"task": "proj.clean", "schedule": 60.0})
    made.see([run("a", NOW, state="PENDING")])
    made.see([run("a", NOW, state="SUCCESS")])
    (entry,) = made.entries(NOW)
    assert (entry.runs, entry.last_state) == (1, "SUCCESS")


def test_entries_of_one_task_are_told_apart_by_their_arguments() -> None:
    made = beat(
        one={"task": "proj.clean", "schedule": 60.0, "args": (1,)},
        two={"task": "proj.clean", "schedule": 60.0, "args": (2,)},
    )
    made.see([run("a", NOW, args="[2]")])
    assert [entry.runs for entry in made.entries(NOW)] == [0, 1]


def test_an_entry_that_cannot_be_read_costs_itself_alone() -> None:
    class Odd:
        def __str__(self) -> str:
            return "at full moon"

    made = beat(odd={"task": "a", "schedule": Odd()}, plain={"task": "b", "schedule": 5})
    assert [entry.schedule for entry in made.entries(NOW)] == ["at full moon", "every 5 seconds"]
