"""What the result backend says, and why it does not."""

from __future__ import annotations

from typing import Any

import pytest
from celery import Celery

from antflow.cluster.calling import Calls
from antflow.cluster.publisher import Publisher
from antflow.cluster.results import Results
from antflow.exceptions import ResultBackendError


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Celery:
    """An application whose backend's error quotes its address."""
    app = Celery("a", broker="memory://", backend="cache+memory://", set_as_current=False)

    def refuse(*_given: Any, **_options: Any) -> None:
        raise RuntimeError("cannot reach mongodb://me:s3cret@db/0")

    monkeypatch.setattr(type(app.backend), "get_task_meta", refuse)
    return app


async def test_the_reason_of_a_backend_that_is_asked_holds_no_password(broken: Celery) -> None:
    with pytest.raises(ResultBackendError, match=r"cannot reach mongodb://db/0$"):
        await Results(broken).ask(["a"])


async def test_nor_does_it_where_one_task_is_asked_for(broken: Celery) -> None:
    with pytest.raises(ResultBackendError, match=r"cannot reach mongodb://db/0$"):
        await Calls(broken, Publisher(broken)).state("a")
