"""What is saved is there after a restart, for as long as was asked."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from polling import eventually
from sqlalchemy import create_engine, text

from antflow.cluster.history import History, default_url
from antflow.cluster.state import TaskRecord
from antflow.exceptions import HistoryError

Opener = Callable[..., History]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "history.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Opener]:
    """`opened(**options)`: an open history in `path`."""
    histories: list[History] = []

    def make(**options: float) -> History:
        history = History(f"sqlite:///{path}", **options)  # type: ignore[arg-type]
        histories.append(history)
        history.open()
        return history

    yield make
    for history in histories:
        history.close()


def task(uuid: str, **fields: object) -> TaskRecord:
    return TaskRecord(uuid=uuid, **fields)  # type: ignore[arg-type]


def test_restart_shows_the_same_tasks(opened: Opener) -> None:
    record = task(
        "a", name="n", state="FAILURE", retries=2, clock=7, received=1.5, args="(1,)", stuck=True
    )
    first = opened()
    first.save([record])
    first.close()
    assert opened().load(10) == [record]


def test_newest_come_first_and_no_more_than_asked_for(opened: Opener) -> None:
    history = opened()
    for uuid in "abc":
        history.save([task(uuid, timestamp=float(ord(uuid)))])
    history.close()
    assert [record.uuid for record in opened().load(2)] == ["c", "b"]


def test_a_task_saved_again_has_one_row_with_what_came_last(opened: Opener) -> None:
    history = opened()
    history.save([task("a", state="STARTED")])
    eventually(lambda: history.load(10))
    history.save([task("a", state="SUCCESS")])
    history.close()
    assert [record.state for record in opened().load(10)] == ["SUCCESS"]


def test_a_record_is_saved_as_it_is_when_it_is_written(opened: Opener) -> None:
    """Until then no copy is held: at 50,000 that wait, copies are 20 MB."""
    history = opened()
    record = task("a", state="STARTED")
    history.save([record])
    record.state = "SUCCESS"
    history.close()
    assert opened().load(1)[0].state == "SUCCESS"


def test_written_without_being_closed(opened: Opener) -> None:
    history = opened()
    history.save([task("a")])
    eventually(lambda: history.load(1), timeout=10)
    eventually(lambda: history.lag == 0.0)


def test_file_is_the_owners_alone(opened: Opener, path: Path) -> None:
    opened()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_texts_that_databases_refuse_are_made_harmless(opened: Opener) -> None:
    history = opened()
    history.save([task("a\x00", args="x\x00y", result="\ud800z", kwargs="grün")])
    history.close()
    again = opened()
    (record,) = again.load(1)
    assert (record.args, record.result, record.kwargs) == ("x\ufffdy", "?z", "grün")
    assert again.problems == []


def test_numbers_that_databases_refuse_are_left_out(opened: Opener) -> None:
    history = opened()
    history.save([task("a", clock=2**70, runtime=float("nan"), received=float("inf"))])
    history.close()
    (record,) = opened().load(1)
    assert (record.clock, record.runtime, record.received) == (0, None, None)


def make_older(path: Path, seconds: float, where: str = "1=1") -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            text(f"UPDATE antflow_tasks SET saved = saved - {seconds} WHERE {where}")
        )
    engine.dispose()


def test_old_tasks_leave_and_failures_stay_longer(opened: Opener, path: Path) -> None:
    history = opened()
    history.save([task("good", state="SUCCESS"), task("bad", state="FAILURE", failed=1.0)])
    history.close()
    make_older(path, 100)
    history = opened(max_age=50, failures_max_age=1000)
    eventually(lambda: [record.uuid for record in history.load(9)] == ["bad"])
    history.close()
    make_older(path, 1000)
    history = opened(max_age=50, failures_max_age=1000)
    eventually(lambda: history.load(9) == [])


def test_above_the_bound_the_oldest_leave_and_failures_last(opened: Opener, path: Path) -> None:
    history = opened()
    history.save([task(f"t{n}", state="FAILURE" if n < 3 else "SUCCESS") for n in range(8)])
    history.close()
    make_older(path, 10, "uuid IN ('t3', 't4')")
    history = opened(max_rows=6)
    eventually(lambda: {r.uuid for r in history.load(9)} == {"t0", "t1", "t2", "t5", "t6", "t7"})


def test_open_and_close_may_be_repeated(opened: Opener) -> None:
    history = opened()
    history.open()
    history.close()
    history.close()


def test_loading_from_a_closed_history_says_to_open_it(path: Path) -> None:
    with pytest.raises(HistoryError, match=r"call open\(\) first"):
        History(f"sqlite:///{path}").load(1)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:secret@h/d", "mysql cannot hold the history"),
        ("nonsense", "cannot be read"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_an_address_that_cannot_work_is_refused(url: str, says: str) -> None:
    with pytest.raises(HistoryError, match=says) as caught:
        History(url)
    assert "secret" not in str(caught.value)


def test_the_default_is_below_the_users_state_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_url() == f"sqlite:///{tmp_path}/antflow/history.db"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", os.fspath(tmp_path))
    assert default_url() == f"sqlite:///{tmp_path}/.local/state/antflow/history.db"


def test_ten_thousand_changed_tasks_a_second_are_kept_up_with(opened: Opener) -> None:
    history = opened()
    began = time.monotonic()
    for start in range(0, 10_000, 500):
        history.save([task(f"t{n}", args="(1, 2)") for n in range(start, start + 500)])
    eventually(lambda: history.lag == 0.0, timeout=20)
    assert time.monotonic() - began < 10.0
    assert history.problems == []
