"""examples/fastapi_dashboard.py: the dashboard inside somebody's own application."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from polling import eventually

EXAMPLE = Path(__file__).parents[3] / "examples" / "fastapi_dashboard.py"
FRAME = "/antflow/api/v1/sources/pages/frame"


@pytest.fixture
def client() -> Iterator[TestClient]:
    spec = importlib.util.spec_from_file_location("fastapi_dashboard", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with TestClient(module.app, "http://127.0.0.1:8000", client=("127.0.0.1", 50_000)) as client:
        yield client


def totals(client: TestClient) -> dict[str, Any]:
    return dict(client.get(FRAME).json()["totals"])


def test_what_is_posted_to_the_application_is_seen_on_the_page(client: TestClient) -> None:
    assert totals(client)["fed"] == 0
    assert client.post("/pages?count=20").json() == {"fed": 20}
    eventually(lambda: totals(client)["succeeded"] == 19, 20, what=lambda: str(totals(client)))
    eventually(lambda: totals(client)["failed"] == 1, 20, what=lambda: str(totals(client)))
    (failed,) = client.get(FRAME).json()["failures"]
    assert "page 13 is gone" in failed["traceback"]


def test_a_stage_grows_from_the_page(client: TestClient) -> None:
    answer = client.post(
        "/antflow/api/v1/sources/pages/commands/group.pool_grow",
        json={"target": "Count", "arguments": {"n": 2}},
    )
    assert answer.status_code == 200, answer.text
    workers = [
        worker for worker in client.get(FRAME).json()["workers"] if worker["group"] == "Count"
    ]
    assert len(workers) == 4


def test_the_application_keeps_its_own_routes_and_guards_the_page(client: TestClient) -> None:
    assert "/pages" in client.get("/openapi.json").json()["paths"]
    refused = client.post(
        "/antflow/api/v1/sources/pages/commands/source.pause",
        json={},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert refused.status_code == 403
    assert client.get("/antflow/").status_code == 200
