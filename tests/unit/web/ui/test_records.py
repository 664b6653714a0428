"""The pages' TypeScript records have the fields of the Python ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import fields

from antflow import source
from antflow.source import verbs

RECORDS = Path(__file__).resolve().parents[4] / "ui" / "src" / "records"
SHARED: list[type[Struct]] = [
    source.Health,
    source.Totals,
    source.Latency,
    source.Group,
    source.RunningTask,
    source.WorkerView,
    source.WorkerDetail,
    source.QueueView,
    source.FailureGroup,
    source.TaskView,
    source.TaskPage,
    source.Span,
    source.Spans,
    source.Step,
    source.TaskDetail,
    source.ScheduleEntry,
    source.Frame,
    source.Answer,
    verbs.Argument,
    verbs.Verb,
]


@pytest.mark.parametrize("record", SHARED, ids=lambda record: record.__name__)
def test_a_record_has_the_same_fields_on_both_sides(record: type[Struct]) -> None:
    text = "".join(path.read_text() for path in RECORDS.glob("*.ts"))
    body = re.search(rf"export interface {record.__name__} {{(.*?)\n}}", text, re.DOTALL)
    assert body is not None
    assert re.findall(r"^  (\w+):", body.group(1), re.MULTILINE) == [
        field.name for field in fields(record)
    ]
