"""The document, the page made from it, and the report."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

from antflow.source import Frame
from antflow.web.security.permissions import API
from antflow.web.sources import FakeSource

NOT_DOCUMENTED = {"/api/docs"}


class Tags(HTMLParser):
    """All tags and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_the_document_names_every_route_that_the_permissions_name(client: TestClient) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    documented = {(method.upper(), path) for path, one in paths.items() for method in one}
    table = {(method, path.replace(":path", "")) for method, path in API} - {
        ("GET", path) for path in NOT_DOCUMENTED
    }
    assert documented == table


def test_the_records_of_the_document_are_those_of_the_source(client: TestClient) -> None:
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    assert set(schemas["Frame"]["properties"]) == set(Frame.__struct_fields__)
    assert "HTTPValidationError" not in schemas


def test_every_reference_of_the_document_leads_somewhere(client: TestClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    schemas = answer.json()["components"]["schemas"]
    named = set(re.findall(r"#/components/schemas/(\w+)", answer.text))
    assert named <= set(schemas)
    assert "$word" not in answer.text


def test_the_page_of_the_api_has_no_script_or_style_and_loads_nothing(client: TestClient) -> None:
    answer = client.get("/api/docs")
    tags = Tags(answer.text).found
    assert answer.headers["content-type"].startswith("text/html")
    assert not {tag for tag, _ in tags} & {"script", "style", "link", "img", "iframe"}
    assert not any("style" in attributes or "src" in attributes for _, attributes in tags)
    links = {attributes["href"] for tag, attributes in tags if tag == "a"}
    assert all((link or "").startswith(("#", "v1/")) for link in links)


@pytest.mark.parametrize("kind", ["cluster", "pipeline"])
def test_the_report_is_one_file_that_loads_nothing(served, kind: str) -> None:  # type: ignore[no-untyped-def]
    fake = FakeSource("shop", kind=kind, tasks=300, hostile=True)  # type: ignore[arg-type]
    answer = served(fake).get("/api/v1/sources/shop/report.html")
    tags = Tags(answer.text).found
    allowed = {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "table", "thead"),
        *("tbody", "tr", "th", "td", "p", "pre"),
    }
    assert {tag for tag, _ in tags} <= allowed
    assert not any("src" in one or "href" in one or "onerror" in one for _, one in tags)
    assert "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize("mode", ["live", "stale", "disconnected", "empty"])
def test_there_is_a_report_in_every_state(served, mode: str) -> None:  # type: ignore[no-untyped-def]
    answer = served(FakeSource("shop", mode=mode)).get("/api/v1/sources/shop/report.html")  # type: ignore[arg-type]
    assert mode == "empty" or "celery@node0001" in answer.text
    assert answer.status_code == 200
