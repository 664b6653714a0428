"""Sending failed tasks again: what is kept, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from antflow.cluster.publisher import Publisher
from antflow.cluster.requeue import Requeue, arguments_of, refusal, way_of
from antflow.cluster.results import Results
from antflow.cluster.state import TaskRecord


def failed(uuid: str = "a", **fields: Any) -> TaskRecord:
    given = {"name": "proj.add", "state": "FAILURE", "args": "(1,)", "kwargs": "{}"} | fields
    return TaskRecord(uuid, **given)


def requeue() -> tuple[Requeue, Publisher]:
    app = Celery("requeue", broker="memory://", set_as_current=False)
    publisher = Publisher(app)
    return Requeue(publisher, Results(app)), publisher


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, False),
        ({"state": "REVOKED"}, False),
        ({"state": "STARTED", "orphaned": 1.0}, False),
        ({"state": "STARTED"}, True),
        ({"state": "SUCCESS"}, True),
        ({"name": None}, True),
    ],
)
def test_only_what_failed_or_is_orphaned_is_sent_again(
    fields: dict[str, Any], refused: bool
) -> None:
    record = failed(**fields)
    assert (refusal(record, record.name or "") is not None) == refused


def test_stored_arguments_are_taken_before_the_events_texts() -> None:
    record = failed(args="([...],)")
    assert arguments_of(record, {"args": [[1]], "kwargs": {"k": 2}}) == (([1],), {"k": 2})


def test_texts_serve_where_nothing_is_stored() -> None:
    assert arguments_of(failed(), {"args": None, "kwargs": None}) == ((1,), {})


@pytest.mark.parametrize(
    ("fields", "way"),
    [
        ({"queue": "slow", "exchange": "", "routing_key": "slow"}, {"queue": "slow"}),
        ({"exchange": "", "routing_key": "slow"}, {"queue": "slow"}),
        (
            {"queue": "videos", "exchange": "media", "routing_key": "media.video"},
            {"queue": "videos", "exchange": "media", "routing_key": "media.video"},
        ),
        ({}, {}),
    ],
)
def test_the_way_is_kept(fields: dict[str, Any], way: dict[str, str]) -> None:
    assert way_of(failed(**fields), {}) == way


def test_the_stored_routing_key_serves_where_events_told_none() -> None:
    assert way_of(failed(), {"queue": "slow"}) == {"queue": "slow"}


async def test_a_double_click_sends_once() -> None:
    sender, publisher = requeue()
    (first,) = await sender.send([failed("double")])
    (second,) = await sender.send([failed("double")])
    await publisher.stop()
    assert first.ok
    assert (second.ok, second.message.rpartition(" ")[2]) == (
        False,
        first.message.rpartition(" ")[2],
    )


async def test_cut_arguments_are_refused_and_the_others_sent() -> None:
    sender, publisher = requeue()
    answers = await sender.send([failed("cut", args="(1, ...)"), failed("whole")])
    await publisher.stop()
    assert [answer.ok for answer in answers] == [False, True]
    assert "cut by Celery" in answers[0].message


async def test_what_could_not_be_sent_may_be_tried_again() -> None:
    sender, publisher = requeue()
    unsendable = failed("set", args="({1, 2},)")
    for _ in range(2):
        (answer,) = await sender.send([unsendable])
        assert not answer.ok
        assert "already" not in answer.message
    await publisher.stop()


async def test_a_broker_that_is_away_is_tried_once() -> None:
    app = Celery("requeue", broker="redis://127.0.0.1:1/0", set_as_current=False)
    publisher = Publisher(app)
    answers = await Requeue(publisher, Results(app)).send([failed("x"), failed("y")])
    await publisher.stop()
    assert "No connection" in answers[0].message
    assert "not tried" in answers[1].message
