"""The stages at a pace to watch."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from antflow.demo.measure import ModuleFacts
from antflow.demo.pipeline import STAGES, build_pipeline, parse, read_file
from antflow.demo.slow_motion import SECONDS, SlowMotion, StoreUnreachableError
from antflow.demo.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "library.db")
    yield store
    store.close()


def facts(name: str) -> ModuleFacts:
    return ModuleFacts(name, 1, 1, 0, (), (), 1)


def test_every_stage_takes_its_time() -> None:
    assert tuple(SECONDS) == STAGES


def test_a_slowed_task_keeps_its_name_and_its_kind() -> None:
    slow = SlowMotion({})
    reading, parsing = slow.paced("Read", read_file), slow.paced("Parse", parse)
    assert (reading.__name__, parsing.__name__) == ("read_file", "parse")
    assert inspect.iscoroutinefunction(reading)
    assert not inspect.iscoroutinefunction(parsing)


def test_a_slowed_task_raises_what_it_raises_and_returns_what_it_returns() -> None:
    slow = SlowMotion({})
    assert slow.paced("Parse", len)("four") == 4
    with pytest.raises(TypeError):
        slow.paced("Parse", len)(4)


def test_a_pause_is_between_half_and_one_and_a_half_of_what_was_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("antflow.demo.slow_motion.time.sleep", slept.append)
    slow = SlowMotion({"Parse": 2.0}).paced("Parse", len)
    for _ in range(50):
        slow("")
    assert 1.0 <= min(slept) < max(slept) <= 3.0


async def test_store_loses_a_file_now_and_then_and_takes_it_the_second_time(store: Store) -> None:
    save = SlowMotion({}, lost_every=3).paced("Store", store.save)
    assert [await save(facts("a")), await save(facts("b"))] == ["a", "b"]
    with pytest.raises(StoreUnreachableError, match=r"c: no answer"):
        await save(facts("c"))
    assert await save(facts("c")) == "c"


def test_without_slow_motion_the_tasks_are_as_they_are(store: Store) -> None:
    tasks = [task for stage in build_pipeline(store).stages for task in stage.tasks]
    assert tasks[:2] == [read_file, parse]
