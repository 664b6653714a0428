"""The public names: exactly those that are promised, each described, typed and in the reference."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import antflow

EXPORTS = """
    __version__ DROP Item AsyncExecutor AsyncFuture WaitStrategy Pipeline PipelineBuilder
    PipelineDashboard Stage PipelineResult PipelineStats StageStats StatusTracker StatusEvent
    StatusType TaskEvent TaskEventType TaskFunc WorkerState WorkerMetrics WorkerStatus
    DashboardSnapshot DashboardProtocol ErrorSummary FailedItem AntFlowError ExecutorShutdownError
    PipelineError StageValidationError TaskFailedError rate_limit concurrency_limit
    call_rate_has_capacity set_task_status install_fast_loop configure_telemetry telemetry_enabled
""".split()

MODULES = {
    "antflow": EXPORTS,
    "antflow.pipeline": ["Pipeline", "PipelineBuilder", "Stage"],
    "antflow.executor": ["AsyncExecutor", "AsyncFuture", "WaitStrategy"],
    "antflow.tracker": ["StatusTracker"],
    "antflow.types": ["StatusEvent", "TaskEvent", "WorkerState", "PipelineResult", "TaskFunc"],
    "antflow.exceptions": ["AntFlowError", "PipelineError", "StageValidationError"],
    "antflow.context": ["set_task_status", "rate_limit", "concurrency_limit"],
    "antflow.display": [
        "BaseDashboard",
        "ProgressDisplay",
        "CompactDashboard",
        "DetailedDashboard",
        "FullDashboard",
    ],
    "antflow.display.base": ["BaseDashboard"],
    "antflow.telemetry": ["configure_telemetry", "telemetry_enabled"],
}

ALIASES = {"StatusType", "TaskEventType", "WorkerStatus", "TaskFunc"}
OPTIONAL = """
    rich click opentelemetry prometheus_client uvloop winloop celery kombu redis fastapi starlette
    uvicorn sqlalchemy textual httpx httpx2 tenacity hypothesis pytest
""".split()

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference.md"
DESCRIBED = [name for name in EXPORTS if name not in ALIASES | {"__version__", "DROP"}]
CLASSES = [name for name in DESCRIBED if inspect.isclass(getattr(antflow, name, None))]
FUNCTIONS = [name for name in DESCRIBED if inspect.isfunction(getattr(antflow, name, None))]


def test_exports_are_exactly_the_promised_names() -> None:
    assert sorted(antflow.__all__) == sorted(EXPORTS)


@pytest.mark.parametrize("module", MODULES)
def test_the_modules_people_import_from_have_their_names(module: str) -> None:
    found = importlib.import_module(module)
    missing = [name for name in MODULES[module] if not hasattr(found, name)]
    assert missing == []


def test_dir_shows_every_export() -> None:
    assert set(EXPORTS) <= set(dir(antflow))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(antflow, "no_such_name")  # noqa: B009


def test_every_export_is_a_class_a_function_or_a_known_constant() -> None:
    assert sorted(CLASSES + FUNCTIONS) == sorted(DESCRIBED)


def _own_docstring(thing: Any) -> str:
    return (inspect.getdoc(thing) or "").strip() if thing.__doc__ else ""


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_public_name_has_a_docstring(name: str) -> None:
    assert len(_own_docstring(getattr(antflow, name))) > 20


def _public_members(cls: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(cls).items():
        function = member.fget if isinstance(member, property) else inspect.unwrap(member)
        function = getattr(function, "__func__", function)
        if not name.startswith("_") and inspect.isfunction(function):
            yield f"{cls.__name__}.{name}", function


def _public_functions() -> Iterator[tuple[str, Any]]:
    for name in FUNCTIONS:
        yield name, getattr(antflow, name)
    for name in CLASSES:
        yield from _public_members(getattr(antflow, name))


def test_every_public_method_has_a_docstring() -> None:
    assert [name for name, function in _public_functions() if not function.__doc__] == []


def test_every_public_function_has_type_hints() -> None:
    bare = []
    for name, function in _public_functions():
        hints = function.__annotations__
        wanted = [p for p in inspect.signature(function).parameters if p not in ("self", "cls")]
        bare += [f"{name}({p})" for p in [*wanted, "return"] if p not in hints]
    assert bare == []


def test_every_public_name_has_its_place_in_the_reference() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    pages = set(re.findall(r"^::: (?:[\w.]+\.)?(\w+)$", text, re.MULTILINE))
    pages |= set(re.findall(r"^#+ `(\w+)`$", text, re.MULTILINE))
    assert [name for name in EXPORTS if name not in pages] == []


def test_the_reference_names_only_what_exists() -> None:
    for target in re.findall(r"^::: ([\w.]+)$", REFERENCE.read_text("utf-8"), re.MULTILINE):
        module, _, name = target.rpartition(".")
        assert hasattr(importlib.import_module(module), name), target


def test_importing_antflow_imports_no_optional_package() -> None:
    """The packages of an extra, rich and click are loaded where they are first used."""
    program = "import sys, antflow; print(*{name.partition('.')[0] for name in sys.modules})"
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert sorted(set(answer.stdout.split()) & set(OPTIONAL)) == []


def test_version_is_a_release_number() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc|\.dev)\d+)?", antflow.__version__)
