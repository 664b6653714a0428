"""A server over made-up sources, asked in-process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from antflow.source import Source
from antflow.web import Settings, create_app
from antflow.web.sources import FakeSource

Served = Callable[..., TestClient]


@pytest.fixture
def served() -> Iterator[Served]:
    """`served(*sources, **settings)`: a client of a server that shows them."""
    with ExitStack() as stack:

        def serve(*sources: Source, **told: object) -> TestClient:
            app = create_app(sources, Settings(**told))  # type: ignore[arg-type]
            return stack.enter_context(TestClient(app, base_url="http://127.0.0.1:5555"))

        yield serve


@pytest.fixture
def fake() -> FakeSource:
    return FakeSource("shop", tasks=300)


@pytest.fixture
def client(served: Served, fake: FakeSource) -> TestClient:
    return served(fake, FakeSource("etl", kind="pipeline", tasks=100))
