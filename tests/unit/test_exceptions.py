"""The errors: one family, whose docstrings say what to do."""

from __future__ import annotations

import inspect

import pytest

import antflow
from antflow import (
    AntFlowError,
    ExecutorShutdownError,
    PipelineError,
    StageValidationError,
    TaskFailedError,
    exceptions,
)

FROM_THE_PACKAGE = [
    AntFlowError,
    ExecutorShutdownError,
    PipelineError,
    StageValidationError,
    TaskFailedError,
]
ALL = [
    *FROM_THE_PACKAGE,
    exceptions.BrokerConnectionError,
    exceptions.ClusterError,
    exceptions.CommandRefusedError,
    exceptions.HistoryError,
    exceptions.InspectionTimeoutError,
    exceptions.NoSuchWorkerError,
    exceptions.NotFoundError,
    exceptions.ResultBackendError,
    exceptions.SearchError,
]


@pytest.mark.parametrize("error", ALL)
def test_every_error_is_an_antflow_error_and_an_exception(error: type[Exception]) -> None:
    assert issubclass(error, AntFlowError)
    assert issubclass(error, Exception)
    assert not issubclass(error, (ValueError, RuntimeError))


def test_these_are_all_there_are() -> None:
    found = {thing for _, thing in inspect.getmembers(exceptions, inspect.isclass)}
    assert found == set(ALL)


@pytest.mark.parametrize("error", FROM_THE_PACKAGE)
def test_they_are_had_from_the_package_too(error: type[Exception]) -> None:
    assert getattr(antflow, error.__name__) is getattr(exceptions, error.__name__)


def test_a_wrong_stage_is_a_pipeline_error() -> None:
    assert issubclass(StageValidationError, PipelineError)


@pytest.mark.parametrize("error", ALL)
def test_the_docstring_says_what_went_wrong(error: type[Exception]) -> None:
    assert error.__doc__
    assert len(error.__doc__) > 40


def test_a_failed_task_names_the_task_and_the_exception() -> None:
    original = ValueError("no such page")
    error = TaskFailedError("fetch", original)
    assert error.task_name == "fetch"
    assert error.original_exception is original
    assert str(error) == "Task 'fetch' failed: no such page"
