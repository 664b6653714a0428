"""The records: their fields, order and defaults, and what can be done with them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any, get_args

import msgspec
import pytest

from antflow import (
    DashboardProtocol,
    DashboardSnapshot,
    ErrorSummary,
    FailedItem,
    Item,
    Pipeline,
    PipelineResult,
    PipelineStats,
    Stage,
    StageStats,
    StatusEvent,
    StatusType,
    TaskEvent,
    TaskEventType,
    WorkerMetrics,
    WorkerState,
    WorkerStatus,
)
from antflow.testing import RecordingDashboard

# name of the record: its fields in order, and the defaults of the last ones
FIELDS: dict[type, tuple[str, tuple[Any, ...]]] = {
    PipelineResult: ("id value sequence_id metadata error", ({}, None)),
    StatusEvent: ("item_id stage status worker timestamp metadata", ({},)),
    TaskEvent: (
        "item_id stage task_name worker event_type attempt timestamp error duration",
        (None, None),
    ),
    WorkerState: (
        "worker_name stage status current_item_id current_task processing_since waiting_for",
        (None, None, None, None),
    ),
    WorkerMetrics: (
        "worker_name stage items_processed items_failed total_processing_time last_active",
        (0, 0, 0.0, None),
    ),
    StageStats: (
        "stage_name pending_items in_progress_items completed_items failed_items waiting_items",
        (0,),
    ),
    PipelineStats: (
        """items_processed items_failed items_in_flight queue_sizes stage_stats
        items_fed items_skipped items_dropped items_cancelled""",
        (0, 0, 0, 0),
    ),
    FailedItem: ("item_id error error_type stage attempts timestamp exception", (None,)),
    DashboardSnapshot: ("worker_states worker_metrics pipeline_stats error_summary timestamp", ()),
    Item: ("id value metadata priority stage", (None, None, {}, None, None)),
}
FAILURE = FailedItem(7, "no", "ValueError", "Fetch", 3, 1.5)
STATS = PipelineStats(1, 2, 3, {"A": 4}, {"A": StageStats("A", 4, 1, 1, 2)})
EXAMPLES: list[Any] = [
    PipelineResult("x", 1, 0, {"user": "me"}),
    StatusEvent("x", "A", "queued", None, 1.5),
    StatusEvent("x", "A", "failed", "A-W0", 1.5, {"error": "no"}),
    TaskEvent("x", "A", "work", "A-W0", "complete", 1, 1.5, duration=0.5),
    WorkerState("A-W0", "A", "idle"),
    WorkerMetrics("A-W0", "A", 1),
    StageStats("A", 1, 2, 3, 4),
    STATS,
    FAILURE,
    ErrorSummary(1, {"ValueError": 1}, {"Fetch": 1}, [FAILURE]),
    DashboardSnapshot(
        {"A-W0": WorkerState("A-W0", "A", "idle")},
        {"A-W0": WorkerMetrics("A-W0", "A")},
        STATS,
        ErrorSummary(),
        1.5,
    ),
]
FROZEN = [example for example in EXAMPLES if not isinstance(example, PipelineResult)]
NAMED = {"ids": lambda example: type(example).__name__}


# -- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", FIELDS, ids=lambda record: record.__name__)
def test_fields_in_order_and_their_defaults(record: Any) -> None:
    names, defaults = FIELDS[record]
    assert list(record.__struct_fields__) == names.split()
    required = len(record.__struct_fields__) - len(defaults)
    made = record(*range(required))
    values = tuple(getattr(made, name) for name in record.__struct_fields__)
    assert values == (*range(required), *defaults)


@pytest.mark.parametrize(
    ("alias", "values"),
    [
        (WorkerStatus, "idle busy"),
        (TaskEventType, "start complete retry fail"),
        (StatusType, "queued in_progress completed failed retrying skipped dropped cancelled"),
    ],
)
def test_the_values_of_the_aliases(alias: Any, values: str) -> None:
    assert get_args(alias) == tuple(values.split())


def test_records_do_not_share_their_default_metadata() -> None:
    first = PipelineResult(1, 1, 0)
    first.metadata["user"] = "me"
    assert PipelineResult(2, 2, 1).metadata == {}


# -- what people do with records ---------------------------------------------------------------


@pytest.mark.parametrize("example", EXAMPLES, **NAMED)  # type: ignore[arg-type]
def test_dataclasses_asdict_takes_it(example: Any) -> None:
    found = dataclasses.asdict(example)
    assert list(found) == list(example.__struct_fields__)
    assert dataclasses.is_dataclass(example)
    assert [field.name for field in dataclasses.fields(example)] == list(found)


def test_asdict_goes_into_the_depth() -> None:
    snapshot = dataclasses.asdict(EXAMPLES[-1])
    assert snapshot["worker_states"]["A-W0"]["status"] == "idle"
    assert snapshot["pipeline_stats"]["stage_stats"]["A"]["pending_items"] == 4
    assert dataclasses.asdict(EXAMPLES[-2])["failed_items"][0]["error"] == "no"


@pytest.mark.parametrize("example", EXAMPLES, **NAMED)  # type: ignore[arg-type]
def test_it_can_be_written_as_json(example: Any) -> None:
    written = msgspec.json.decode(msgspec.json.encode(example))
    assert list(written) == list(example.__struct_fields__)


@pytest.mark.parametrize("example", EXAMPLES, **NAMED)  # type: ignore[arg-type]
@pytest.mark.parametrize(
    "twin", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_copies_are_equal(example: Any, twin: Any) -> None:
    assert twin(example) == example


@pytest.mark.parametrize("example", FROZEN, **NAMED)  # type: ignore[arg-type]
def test_it_is_frozen(example: Any) -> None:
    name = example.__struct_fields__[0]
    with pytest.raises(AttributeError):
        setattr(example, name, "changed")
    assert getattr(example, name) != "changed"


@pytest.mark.parametrize("example", EXAMPLES, **NAMED)  # type: ignore[arg-type]
def test_its_repr_shows_its_fields(example: Any) -> None:
    text = repr(example)
    assert text.startswith(type(example).__name__ + "(")
    assert all(f"{name}=" in text for name in example.__struct_fields__)


# -- PipelineResult ----------------------------------------------------------------------------


def test_a_result_without_an_error_is_a_success() -> None:
    assert PipelineResult(1, None, 0).is_success is True
    assert PipelineResult(1, None, 0, {}, ValueError("no")).is_success is False


def test_results_are_equal_by_what_they_hold() -> None:
    assert PipelineResult(1, "a", 0) == PipelineResult(1, "a", 0, {}, None)
    assert PipelineResult(1, "a", 0) != PipelineResult(1, "b", 0)
    assert PipelineResult(1, "a", 0) != (1, "a", 0)
    with pytest.raises(TypeError, match="unhashable"):
        hash(PipelineResult(1, "a", 0))


async def test_a_result_of_a_run_equals_the_plain_record_and_reads_like_it() -> None:
    async def double(value: int) -> int:
        return 2 * value

    (result,) = await Pipeline([Stage("A", 1, [double])]).run([1])
    assert result == PipelineResult(0, 2, 0)
    assert repr(result) == "PipelineResult(id=0, value=2, sequence_id=0, metadata={}, error=None)"
    assert dataclasses.asdict(result) == {
        "id": 0, "value": 2, "sequence_id": 0, "metadata": {}, "error": None,
    }  # fmt: skip


# -- events and metrics ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worker", "number"),
    [
        ("Fetch-W0", 0),
        ("Transform-W12", 12),
        ("My-W-W3", 3),
        ("A-W1-W2", 2),
        (None, None),
        ("Fetch", None),
        ("Fetch-W", None),
        ("Fetch-Wx", None),
        ("Fetch-W-1", None),
        ("", None),
    ],
)
def test_worker_id_is_the_number_after_the_last_w(worker: str | None, number: int | None) -> None:
    assert StatusEvent("x", "Fetch", "in_progress", worker, 0.0).worker_id == number


def test_an_events_missing_metadata_cannot_be_changed() -> None:
    """All such events share one empty dict."""
    event = StatusEvent("x", "A", "queued", None, 0.0)
    for change in (
        lambda: event.metadata.update(a=1),
        lambda: event.metadata.setdefault("a", 1),
        lambda: event.metadata.clear(),
        lambda: event.metadata.__setitem__("a", 1),
    ):
        with pytest.raises(TypeError, match=r"dict\(event.metadata\)"):
            change()
    assert dict(event.metadata) == {}


@pytest.mark.parametrize(
    ("processed", "failed", "average"), [(0, 0, 0.0), (3, 1, 2.5), (0, 2, 5.0), (10, 0, 1.0)]
)
def test_average_processing_time_is_by_processed_and_failed(
    processed: int, failed: int, average: float
) -> None:
    metrics = WorkerMetrics("A-W0", "A", processed, failed, 10.0 if processed + failed else 0.0)
    assert metrics.avg_processing_time == average


# -- ErrorSummary ------------------------------------------------------------------------------


def test_a_summary_without_errors_says_so() -> None:
    assert str(ErrorSummary()) == "No errors occurred"
    assert str(ErrorSummary(0, {}, {}, [])) == "No errors occurred"


def test_a_summary_counts_by_type_and_by_stage() -> None:
    summary = ErrorSummary(5, {"KeyError": 2, "ValueError": 3}, {"Parse": 1, "Fetch": 4}, [])
    text = str(summary)
    assert all(part in text for part in ("5 failed items", "ValueError: 3", "Fetch: 4"))
    assert text.splitlines() == [
        "ErrorSummary: 5 failed items",
        "",
        "By type:",
        "  ValueError: 3",
        "  KeyError: 2",
        "",
        "By stage:",
        "  Fetch: 4",
        "  Parse: 1",
    ]


# -- the protocol ------------------------------------------------------------------------------


def test_anything_with_the_three_methods_is_a_dashboard() -> None:
    assert isinstance(RecordingDashboard(), DashboardProtocol)
    assert not isinstance(object(), DashboardProtocol)
