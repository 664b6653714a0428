"""The search language: what it finds, what it refuses and where."""

from __future__ import annotations

from datetime import datetime

import pytest

from antflow.cluster.search import parse
from antflow.cluster.state import ClusterState, TaskRecord
from antflow.exceptions import SearchError

TASK = TaskRecord(
    "7e57-aa",
    name="shop.Report",
    state="FAILURE",
    worker="celery@one",
    args="(17, 'Ünï')",
    kwargs="{'user': 7, 'city': 'Bonn', 'note': \"it's\"}",
    exception="ValueError('too hot')",
    traceback="File x, in compute",
    queue="slow",
    root_id="root-1",
    runtime=5.5,
    retries=2,
    received=datetime.fromisoformat("2026-01-05T12:00:00").timestamp(),
    failed=datetime.fromisoformat("2026-01-05T12:01:00").timestamp(),
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "report",
        "REPORT",
        "7e57",
        "ünï",
        '"too hot"',
        "celery@one",
        "state:failed",
        "state:FAILURE",
        "state:Failure report",
        "name:report",
        "name=shop.Report",
        "worker:one",
        'worker="celery@one" queue=slow',
        "exception=ValueError",
        "args:17",
        "args:ünï",
        "kwargs:user=7",
        "kwargs:user",
        'kwargs:city="bonn"',
        "kwargs:city='Bonn'",
        'kwargs:note="it\'s"',
        "exception:valueerror",
        "traceback:compute",
        "queue:slow",
        "root:root-1",
        "id:7e57",
        "runtime>5",
        "runtime>=5.5",
        "runtime<=5.5",
        "retries=2",
        "received>2026-01-01",
        "received<2026-01-06",
        "finished>=2026-01-05T12:01",
        "report OR nothing",
        "nothing OR report",
        "report AND hot",
        "NOT nothing",
        "-nothing",
        "NOT -report",
        "(nothing OR report) -state:success",
        "((((report))))",
        "user=7 OR report",
        '"AND" OR report',
        '"say \\"hi\\"" OR report',
    ],
)
def test_it_finds(text: str) -> None:
    assert parse(text).matches(TASK)
    assert parse(text).filter([TASK]) == [TASK]


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "state:success",
        "state:orphaned",
        "state:stuck",
        "name=report",
        "name=shop.Rep",
        "name=shop.report",
        "queue=slo",
        "exception=Value",
        "exception=valueerror",
        "args:7",
        "args:1",
        "kwargs:user=71",
        "kwargs:use=7",
        "kwargs:city=Bon",
        "result:any",
        "compute",
        "runtime>5.5",
        "received>2026-02-01",
        "succeeded>2026-01-01",
        "report nothing",
        "-report",
        "NOT (report OR nothing)",
        "nothing OR report -hot",
    ],
)
def test_it_passes_over(text: str) -> None:
    assert not parse(text).matches(TASK)
    assert parse(text).filter([TASK]) == []


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("ab", 0, "3 characters"),
        ("report ab", 7, "3 characters"),
        ("colour:red", 0, "unknown qualifier 'colour'"),
        ("report http://x", 7, "unknown qualifier"),
        ("state:odd", 0, "unknown state"),
        ("name:", 5, "nothing follows name:"),
        ("runtime>fast", 8, "not a number"),
        ("received>soon", 9, "not a time"),
        ("runtime>nan OR received>inf", 24, "not a time"),
        ('abc "def', 4, "not closed"),
        ("(report", 0, "not closed"),
        ("report)", 6, "never opened"),
        ("()", 1, "missing"),
        ("AND report", 0, "missing"),
        ("report OR", 9, "missing"),
        ("NOT", 3, "missing"),
        ("((((((report))))))", 5, "5 others"),
        ("x" * 2_049, 2_048, "2048 characters"),
        (" ".join(["abc"] * 129), 512, "128 terms"),
    ],
)
def test_it_says_what_is_wrong_and_where(text: str, position: int, reason: str) -> None:
    with pytest.raises(SearchError, match=reason) as caught:
        parse(text)
    assert caught.value.position == position


def test_thousands_of_negations_are_no_deep_nesting() -> None:
    assert parse("-" * 2_000 + "report").matches(TASK)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-received", ["c", "b", "a"]),
        ("received", ["a", "b", "c"]),
        ("runtime", ["b", "a", "c"]),
        ("-runtime", ["a", "b", "c"]),
        ("id", ["a", "b", "c"]),
        ("-finished", ["b", "a", "c"]),
    ],
)
def test_rows_are_sorted_with_those_that_lack_the_key_last(sort: str, expected: list[str]) -> None:
    state = ClusterState()
    state.restore(
        [
            TaskRecord("a", state="SUCCESS", received=1.0, succeeded=5.0, runtime=2.0),
            TaskRecord("b", state="SUCCESS", received=2.0, succeeded=6.0, runtime=1.0),
            TaskRecord("c", state="STARTED", received=3.0),
        ]
    )
    rows, total = state.find(sort=sort)
    assert [row.uuid for row in rows] == expected
    assert total == 3
    assert [row.uuid for row in state.find(sort=sort, limit=1, offset=1)[0]] == expected[1:2]


def test_an_unknown_field_to_sort_by_is_refused() -> None:
    with pytest.raises(ValueError, match="no such field"):
        ClusterState().find(sort="-_text")


def test_iterating_tolerates_changes_meanwhile() -> None:
    state = ClusterState(max_tasks=3)
    state.restore([TaskRecord(f"t{n}", state="SUCCESS", received=float(n)) for n in range(3)])
    rows = state.iterate()
    assert next(rows).uuid == "t2"
    state.learn([TaskRecord("new", state="SUCCESS", received=9.0)])
    assert [row.uuid for row in rows] in (["t1", "t0"], ["t1"])


def test_iterating_refuses_a_bad_search_at_once() -> None:
    with pytest.raises(SearchError):
        ClusterState().iterate("state:odd")
