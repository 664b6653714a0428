"""Differences between frames."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from antflow.source import FailureGroup, Frame, Group, Health, QueueView, Totals, WorkerView
from antflow.web.sources import FakeSource
from antflow.web.stream import applied, difference

_NAMES = st.sampled_from(["a", "b", "c", "1", "10", "a in b", "", "\x00", "__proto__"])
_FEW = {"max_size": 5}


def _json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


_GROUPS = st.lists(st.builds(Group, name=_NAMES, queued=st.integers(0, 2)), **_FEW)
_WORKERS = st.lists(
    st.builds(WorkerView, name=_NAMES, status=st.sampled_from(["busy", "idle"])), **_FEW
)
_QUEUES = st.lists(st.builds(QueueView, name=_NAMES, messages=st.integers(0, 1)), **_FEW)
_FAILURES = st.lists(
    st.builds(
        FailureGroup,
        exception=_NAMES,
        group=_NAMES,
        count=st.integers(1, 2),
        first=st.just(0.0),
        last=st.just(0.0),
        newest=_NAMES,
    ),
    **_FEW,
)
_FRAMES = st.builds(
    Frame,
    source=st.just("s"),
    at=st.floats(0, 3),
    health=st.builds(Health, state=st.sampled_from(["running", "stale"])),
    totals=st.builds(Totals, fed=st.integers(0, 2)),
    groups=_GROUPS,
    workers=_WORKERS,
    queues=_QUEUES,
    failures=_FAILURES,
    states=st.dictionaries(_NAMES, st.integers(0, 2), max_size=3),
)


@given(st.lists(_FRAMES, min_size=2, max_size=5))
def test_applying_every_difference_gives_the_same_as_a_fresh_frame(frames: list[Frame]) -> None:
    shown = _json(frames[0])
    for old, new in pairwise(frames):
        shown = applied(shown, _json(difference(old, new)))
        assert shown == _json(new)
        for rows in ("groups", "workers", "queues", "failures"):
            assert shown[rows] == _json(getattr(new, rows))


@given(_FRAMES)
def test_there_is_no_difference_between_equal_frames(frame: Frame) -> None:
    assert difference(frame, msgspec.structs.replace(frame)) == {}


def test_the_frames_of_a_lively_source_are_followed_by_their_differences() -> None:
    now = 1_000.0
    source = FakeSource(workers=20, tasks=300, hostile=True, rate=50.0, clock=lambda: now)
    frame = source.frame()
    shown = _json(frame)
    for _ in range(30):
        now += 0.7
        new = source.frame()
        shown = applied(shown, _json(difference(frame, new)))
        assert shown == _json(new)
        frame = new


def test_only_rows_that_changed_are_sent() -> None:
    old = Frame("s", 1.0, Health("running"), Totals(), groups=[Group("a"), Group("b"), Group("c")])
    new = msgspec.structs.replace(old, groups=[Group("a"), Group("b", queued=3), Group("c")])
    patch = _json(difference(old, new))
    assert list(patch) == ["groups"]
    assert list(patch["groups"]["set"]) == ["b"]
    assert "drop" not in patch["groups"]
