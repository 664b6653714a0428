"""Plays the examples of the first two requirement texts, as they stand there.

Each example is a file of its own in `worker_tracking/` and `dashboard/`, with `await` allowed
everywhere. What an example leaves undefined, as texts do, the test supplies by name.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
Play = Callable[..., Awaitable[dict[str, Any]]]


async def _play(name: str, **names: Any) -> dict[str, Any]:
    path = HERE / f"{name}.py"
    code = compile(
        path.read_text(encoding="utf-8"),
        str(path),
        "exec",
        flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
        dont_inherit=True,
    )
    ended = eval(code, names)
    if inspect.isawaitable(ended):
        await ended
    return names


@pytest.fixture
def play() -> Play:
    """`await play("folder/name", **names)`: the names that the example leaves behind."""
    return _play
