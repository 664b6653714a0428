"""The pages: one HTML file for every address, under any prefix, and its files packed."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from antflow.web import Settings, create_app, pages
from antflow.web.sources.fake import FakeSource

INDEX = (
    '<!doctype html><meta name="antflow-base" content="/">'
    '<link rel="stylesheet" href="/static/app-AB12CD34.css">'
    '<script type="module" src="app-AB12CD34.js"></script><a href="https://example.org/">x</a>'
)
SCRIPT = b"export const answer = 42;\n" * 100


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "app-AB12CD34.js").write_bytes(SCRIPT)
    (tmp_path / "app-AB12CD34.css").write_text("a{}")
    (tmp_path / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    monkeypatch.setattr(pages.router, "__defaults__", (tmp_path,))
    return tmp_path


def client_of(settings: Settings | None = None) -> TestClient:
    return TestClient(create_app([FakeSource()], settings), "http://127.0.0.1:5555")


@pytest.mark.parametrize(
    "path",
    "/ /pipelines/etl /workers /worker/celery@a /worker/a%2Fb /tasks /task/x-1 /queues /failures "
    "/events /schedule /about /broker".split(),
)
def test_every_address_of_a_page_is_the_one_page(built: Path, path: str) -> None:
    answer = client_of().get(path)
    assert answer.status_code == 200
    assert 'name="antflow-base" content="/"' in answer.text
    assert 'src="/static/app-AB12CD34.js"' in answer.text
    assert 'href="https://example.org/"' in answer.text


@pytest.mark.parametrize("path", ["/tasks", "/antflow/tasks"])
def test_behind_a_proxy_the_base_is_its_prefix_stripped_or_not(built: Path, path: str) -> None:
    answer = client_of(Settings(url_prefix="antflow/")).get(path)
    assert 'content="/antflow/"' in answer.text
    assert 'href="/antflow/static/app-AB12CD34.css"' in answer.text


def test_a_prefix_cannot_bring_a_script_in(built: Path) -> None:
    answer = client_of(Settings(url_prefix='/"><script>alert(1)</script>')).get("/")
    assert "<script>alert" not in answer.text


def test_a_file_with_a_hash_is_kept_for_ever_and_packed(built: Path) -> None:
    client = client_of()
    answer = client.get("/static/app-AB12CD34.js", headers={"accept-encoding": "gzip"})
    assert answer.content == SCRIPT
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/javascript")
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT, 9, mtime=0))
    plain = client.get("/static/app-AB12CD34.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_the_page_itself_is_asked_for_anew(built: Path) -> None:
    assert client_of().get("/").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "name", ["nope.js", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", "a/b", ""]
)
def test_no_other_file_can_be_had(built: Path, name: str) -> None:
    assert client_of().get(f"/static/{name}").status_code == 404


def test_without_built_pages_a_plain_page_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.router, "__defaults__", (tmp_path,))
    answer = client_of().get("/")
    assert "The pages are not built" in answer.text
    assert not pages.are_built(tmp_path)


def test_a_page_inside_an_application_has_its_path_for_a_base(built: Path) -> None:
    outer = FastAPI()
    outer.mount("/a/b", create_app([FakeSource()]))
    answer = TestClient(outer, "http://127.0.0.1:5555").get("/a/b/tasks")
    assert 'content="/a/b/"' in answer.text
