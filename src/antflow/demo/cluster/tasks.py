"""The demo's tasks: real work on source files, and a worker's `-A antflow.demo.cluster.tasks`."""

from __future__ import annotations

import ast
import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from celery import shared_task

from antflow.demo.cluster.application import FOLDER_VARIABLE, make_app, work
from antflow.demo.measure import measure_module

LOOK_SECONDS: Final = 0.15
"""A survey takes its time between two files, so that it can be watched, stopped and revoked."""

_TABLE = "CREATE TABLE IF NOT EXISTS modules (name TEXT PRIMARY KEY, lines INT, complexity INT)"


def task(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """`celery.shared_task`, which has no types."""
    decorate: Callable[[Callable[..., Any]], Any] = shared_task(**options)
    return decorate


@task(name="library.parse")
def parse(name: str, path: str) -> dict[str, str]:
    """Parse a file as this Python does; a broken one raises SyntaxError or one of its kind."""
    ast.parse(Path(path).read_bytes(), filename=name)
    return {"name": name, "path": path}


@task(name="library.measure")
def measure(file: dict[str, str]) -> dict[str, Any]:
    """Count what is in a file."""
    source = Path(file["path"]).read_bytes()
    facts = measure_module(file["name"], source, ast.parse(source, filename=file["name"]))
    return {
        "name": facts.name,
        "lines": facts.lines,
        "functions": len(facts.functions),
        "complexity": facts.complexity,
    }


@task(
    name="library.store",
    # another worker may write at this moment; whoever comes second tries again
    autoretry_for=(sqlite3.OperationalError,),
    retry_backoff=1,
    retry_backoff_max=5,
    max_retries=5,
)
def store(facts: dict[str, Any]) -> str:
    """Write a module's figures; raises, and is tried again, while another worker writes."""
    path = Path(os.environ[FOLDER_VARIABLE], "library.db")
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(_TABLE)
        row = (facts["name"], facts["lines"], facts["complexity"])
        connection.execute("REPLACE INTO modules VALUES (?, ?, ?)", row)
        connection.execute("COMMIT")
    finally:
        connection.close()
    return str(facts["name"])


@task(name="library.survey", bind=True)
def survey(self: Any, package: str, files: list[list[str]]) -> dict[str, Any]:
    """Go through a package file by file, and have the largest one measured."""
    largest, most = files[0], 0
    for file in files:
        lines = Path(file[1]).read_bytes().count(b"\n")
        if lines > most:
            largest, most = file, lines
        time.sleep(LOOK_SECONDS)
    work(self.app, *largest).apply_async()
    return {"package": package, "files": len(files), "largest": largest[0], "lines": most}


def _worker_app() -> Any:
    app = make_app(os.environ[FOLDER_VARIABLE])
    app.set_current()
    app.set_default()
    app.finalize(auto=True)
    return app


if FOLDER_VARIABLE in os.environ:
    app = _worker_app()
