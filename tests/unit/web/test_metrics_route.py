"""GET /metrics: made off the loop, shared by those who scrape together."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from antflow.telemetry import scrape
from antflow.web.app import create_app
from antflow.web.flower import health
from antflow.web.flower.health import Scrapes
from antflow.web.sources import FakeSource


async def test_the_text_is_made_on_a_thread_and_once_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []

    def render(gathered: Any) -> tuple[bytes, str]:
        made.append(threading.current_thread().name)
        return scrape.render(gathered)

    monkeypatch.setattr(health, "render", render)
    scrapes = Scrapes(create_app([FakeSource()]).state.site)
    texts = await asyncio.gather(*(scrapes.newest() for _ in range(5)))
    assert made == ["antflow-metrics"]
    assert len(set(texts)) == 1
    assert b"antflow_connected" in texts[0][0]
