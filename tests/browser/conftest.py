"""The built pages and a browser; one browser serves all tests of a module.

Playwright's loop runs in the thread of the tests as long as the browser lives, so no test in this
folder is asynchronous, and the browser ends with its module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from browsing import Watched, chromium, find_chromium
from playwright.sync_api import Browser
from ui_builder import have_pages

from antflow.web.pages import are_built


@pytest.fixture(scope="session")
def _pages() -> None:
    """The pages, built from what is in ui/; a fault in there fails every test."""
    have_pages()
    assert are_built()


@pytest.fixture(scope="module")
def browser(_pages: None) -> Iterator[Browser]:
    """The system's Chromium."""
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine (chromium, chromium-browser, google-chrome)")
    with chromium(program) as running:
        yield running


@pytest.fixture
def watch(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """`watch(url)` opens a page that must end without an error, a stranger or a dialog."""
    watched: list[Watched] = []

    def open_page(url: str, **context: Any) -> Watched:
        watched.append(Watched(browser, url, **context))
        return watched[-1]

    yield open_page
    for one in watched:
        one.close()
    for one in watched:
        one.check()
