"""What the executor's tests share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antflow.executor import AsyncExecutor

sys.path.append(str(Path(__file__).parent))  # for the modules beside this one

from held_tasks import Tasks


@pytest.fixture
async def executor() -> AsyncIterator[AsyncExecutor]:
    async with AsyncExecutor(max_workers=2) as executor:
        yield executor


@pytest.fixture
async def tasks() -> Tasks:
    return Tasks()
