"""The server inside somebody's own application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from antflow.web import Settings, create_app, mount
from antflow.web.sources.fake import FakeSource

ORIGIN = "http://127.0.0.1:8000"


class Watched(FakeSource):
    """Tells when it is started and stopped."""

    def __init__(self, said: list[str], name: str = "fake") -> None:
        super().__init__(name=name)
        self.said = said

    async def start(self) -> None:
        self.said.append("source started")
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        self.said.append("source stopped")


def test_the_applications_own_lifespan_runs_inside_ours() -> None:
    said: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, int]]:
        said.append("theirs started")
        yield {"theirs": 1}
        said.append("theirs stopped")

    app = FastAPI(lifespan=lifespan)
    mount(app, Watched(said))
    with TestClient(app, ORIGIN) as client:
        assert client.get("/antflow/api/v1/session").status_code == 200
    assert said == ["source started", "theirs started", "theirs stopped", "source stopped"]


def test_the_applications_own_routes_stay_as_they_are() -> None:
    app = Starlette(routes=[Route("/mine", lambda request: PlainTextResponse("mine"))])
    mount(app, FakeSource(), "/watch/")
    client = TestClient(app, ORIGIN)
    assert client.get("/mine").text == "mine"
    assert "content-security-policy" not in client.get("/mine").headers
    assert client.get("/watch/api/v1/nope").json() == {"error": "not found", "status": 404}
    assert client.get("/watch/").status_code == 200


def test_by_a_name_it_answers_once_that_is_allowed() -> None:
    app = FastAPI()
    mount(app, FakeSource(), "/one")
    mount(app, FakeSource(), "/two", Settings(allowed_hosts=("app.example.org",)))
    client = TestClient(app, "http://app.example.org")
    assert client.get("/one/api/v1/session").status_code == 400
    assert client.get("/two/api/v1/session").status_code == 200


@pytest.mark.parametrize("path", ["", "/", "antflow"])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="begins with a slash"):
        mount(FastAPI(), FakeSource(), path)


def test_a_source_that_cannot_start_or_stop_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(FakeSource):
        async def start(self) -> None:
            raise ConnectionError("redis://:hun7er2@h is away")

        async def stop(self) -> None:
            raise ConnectionError("still away")

    said: list[str] = []
    with TestClient(create_app([Broken(name="a"), Watched(said, "b")]), ORIGIN) as client:
        assert client.get("/api/v1/session").status_code == 200
    assert said == ["source started", "source stopped"]
    assert "still away" in caplog.text
    assert "hun7er2" not in caplog.text


@pytest.mark.parametrize("sources", [[], [FakeSource(), FakeSource()]])
def test_sources_have_names_of_their_own(sources: list[FakeSource]) -> None:
    with pytest.raises(ValueError, match="source"):
        create_app(sources)
