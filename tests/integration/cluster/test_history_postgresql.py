"""The history in a real PostgreSQL, also while it goes away and comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from polling import eventually
from servers import PostgresServer
from sqlalchemy import create_engine, text

from antflow.cluster.history import History
from antflow.cluster.state import TaskRecord
from antflow.exceptions import HistoryError


@pytest.fixture
def history(postgres_url: str) -> Iterator[History]:
    history = History(postgres_url)
    history.open()
    yield history
    history.close(timeout=2)


def uuids(history: History) -> list[str]:
    return [record.uuid for record in history.load(100)]


def test_restart_shows_the_same_tasks(history: History, postgres_url: str) -> None:
    record = TaskRecord(uuid="a", name="n", state="FAILURE", clock=2**40, received=1.5, stuck=True)
    history.save([record])
    history.close()
    again = History(postgres_url)
    again.open()
    try:
        assert again.load(10) == [record]
    finally:
        again.close()


def test_a_task_saved_again_has_one_row(history: History) -> None:
    history.save([TaskRecord(uuid="a", state="STARTED")])
    eventually(lambda: uuids(history) == ["a"])
    history.save([TaskRecord(uuid="a", state="SUCCESS")])
    eventually(lambda: [r.state for r in history.load(10)] == ["SUCCESS"])


def test_texts_that_it_refuses_are_made_harmless(history: History) -> None:
    history.save([TaskRecord(uuid="a\x00", args="x\x00", result="\udfff", kwargs="grün 🐜")])
    eventually(lambda: history.load(1))
    (record,) = history.load(1)
    assert (record.uuid, record.args, record.result) == ("a\ufffd", "x\ufffd", "?")
    assert record.kwargs == "grün 🐜"
    assert history.problems == []


def test_a_plain_address_finds_its_driver(postgres_url: str) -> None:
    history = History(postgres_url.replace("postgresql+psycopg", "postgresql"))
    history.open()
    history.close()
    assert history.problems == []


def test_while_it_is_away_tasks_wait_and_are_written_after(
    history: History, postgres_server: PostgresServer
) -> None:
    history.save([TaskRecord(uuid="before")])
    eventually(lambda: uuids(history) == ["before"])
    postgres_server.stop()
    history.save([TaskRecord(uuid="meanwhile")])
    eventually(lambda: any("cannot be written" in p for p in history.problems), timeout=30)
    assert history.lag > 0
    postgres_server.start()
    eventually(lambda: set(uuids(history)) == {"before", "meanwhile"}, timeout=30)
    eventually(lambda: history.lag == 0.0, timeout=30)
    assert not any("cannot be written" in problem for problem in history.problems)


def test_one_that_does_not_answer_is_an_error_without_the_password() -> None:
    history = History("postgresql://user:secret@127.0.0.1:1/x")
    with pytest.raises(HistoryError, match="cannot be opened") as caught:
        history.open()
    assert "secret" not in str(caught.value)
    assert "user:***@127.0.0.1" in str(caught.value)


def test_a_newer_version_is_refused(history: History, postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE antflow_history SET version = 99"))
    engine.dispose()
    with pytest.raises(HistoryError, match="newer antflow"):
        History(postgres_url).open()


def test_two_servers_that_start_together_share_it(postgres_url: str) -> None:
    histories = [History(postgres_url) for _ in range(2)]
    failures: list[BaseException] = []

    def begin(history: History) -> None:
        try:
            history.open()
        except HistoryError as error:
            failures.append(error)

    threads = [threading.Thread(target=begin, args=[history]) for history in histories]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    histories[0].save([TaskRecord(uuid="a")])
    eventually(lambda: uuids(histories[1]) == ["a"])
    for history in histories:
        history.close()
