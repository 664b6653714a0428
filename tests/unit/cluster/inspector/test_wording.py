"""The texts of errors."""

from __future__ import annotations

import pytest
from celery import Celery

from antflow.cluster.inspector.wording import (
    broker_address,
    named,
    no_such_worker,
    silent,
    unreachable,
    without_secrets,
)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:pw@host:1/0", "redis://host:1/0"),
        ("amqp://user:p%40w@host//", "amqp://host//"),
        ("sentinel://:pw@a:1;sentinel://:pw@b:2", "sentinel://a:1"),
        ("redis+socket:///tmp/s", "redis+socket:///tmp/s"),
        ("amqp://u:p@w@host:5", "amqp://host:5"),
        ("redis://:p;w@host:1/0", "redis://host:1/0"),
    ],
)
def test_an_address_has_no_password(url: str, shown: str) -> None:
    assert broker_address(Celery(broker=url, set_as_current=False)) == shown


def test_addresses_within_a_text_lose_theirs_too() -> None:
    assert without_secrets("to redis://:a@b:1/0, or amqp://c:d@e//") == (
        "to redis://b:1/0, or amqp://e//"
    )


def test_silent_workers_are_named_with_the_word_timeout_and_what_to_do() -> None:
    text = str(silent(["b@h", "a@h"], 2.0, ["a@h", "b@h"]))
    assert text.startswith("Timeout: no answer from a@h, b@h within 2 s")
    assert "longer timeout" in text
    assert "no such worker" not in text


def test_a_silent_stranger_may_not_be_there() -> None:
    assert "no such worker (known: a@h)" in str(silent(["x@h"], 2.0, ["a@h"]))


def test_many_names_are_counted() -> None:
    assert named([f"w{n:02}" for n in range(12)]).endswith("w09 and 2 more")


def test_a_broker_that_is_slow_is_not_called_a_timeout() -> None:
    app = Celery(broker="redis://:pw@host:1/0", set_as_current=False)
    text = str(unreachable(app, TimeoutError("timed out")))
    assert "connection" in text
    assert "redis://host:1/0" in text
    assert "time" not in text


def test_a_missing_worker_is_named_with_those_that_are_known() -> None:
    text = str(no_such_worker("x@h", ["a@h"]))
    assert text.startswith("No such worker: 'x@h'; known: a@h")
