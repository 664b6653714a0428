"""The pages under a prefix: inside somebody's application, and behind a proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from browsing import Watched
from fastapi import FastAPI
from playwright.sync_api import expect
from served import Served, ServedApp
from starlette.types import ASGIApp, Receive, Scope, Send

from antflow.web import create_app, mount
from antflow.web.sources import FakeSource

Watch = Callable[..., Watched]
MOUNTED = "/inside/antflow"
PROXIED = "/behind"
PREFIXED = "/prefixed"


def inside() -> FastAPI:
    app = FastAPI()
    mount(app, FakeSource("farm", tasks=50), MOUNTED)
    return app


def behind() -> ASGIApp:
    """As uvicorn calls it with `--root-path`, behind a proxy that takes the prefix away."""
    app = create_app([FakeSource("farm", tasks=50)])

    async def proxied(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "root_path": PROXIED}
        await app(scope, receive, send)

    return proxied


@pytest.fixture(scope="module", params=[MOUNTED, PROXIED, PREFIXED])
def placed(request: pytest.FixtureRequest) -> Iterator[tuple[Served, str]]:
    """A server and the prefix of its pages."""
    prefix: str = request.param
    served = {
        MOUNTED: lambda: ServedApp(inside),
        PROXIED: lambda: ServedApp(behind),
        PREFIXED: lambda: Served(lambda: [FakeSource("farm", tasks=50)], url_prefix=PREFIXED),
    }[prefix]()
    with served:
        yield served, prefix


def test_pages_load_and_lead_to_one_another_under_the_prefix(
    placed: tuple[Served, str], watch: Watch
) -> None:
    served, prefix = placed
    watched = watch(served.url)
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page = watched.open(f"{prefix}/tasks?source=farm")
    page.evaluate("window.stays = 1")
    for name in ("Workers", "Queues", "Failures"):
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
        expect(page.locator("main h1")).to_have_text(name)
        assert urlsplit(page.url).path == f"{prefix}/{name.lower()}"
    assert page.evaluate("window.stays") == 1
    assert [path for path in asked if not path.startswith(f"{prefix}/")] == []
    assert watched.streams


def test_a_command_works_under_the_prefix(placed: tuple[Served, str], watch: Watch) -> None:
    served, prefix = placed
    page = watch(served.url).open(f"{prefix}/queues")
    page.get_by_role("button", name="Pause celery").click()
    page.locator("dialog button[type=submit]").click()
    expect(page.locator(".notice")).to_contain_text("celery")
    expect(page.locator(".notice.bad")).to_have_count(0)


def test_a_page_below_another_can_be_loaded_by_its_address(
    placed: tuple[Served, str], watch: Watch
) -> None:
    served, prefix = placed
    page = watch(served.url).open(f"{prefix}/worker/celery@node0001?tab=config")
    expect(page.locator("main h1")).to_have_text("celery@node0001")
