"""The system's Chromium, driven by Playwright, and pages that note what goes wrong in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

ROOT = Path(__file__).parents[2]
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 15_000  # milliseconds; on a busy machine a page may need seconds for what it shows
expect.set_options(timeout=PATIENCE)
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
]
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
    const state = hidden ? "hidden" : "visible";
    Object.defineProperty(document, "visibilityState", {value: state, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""
PAGES = (
    *("/", "/pipelines/{source}", "/workers", "/tasks", "/queues", "/failures"),
    *("/events", "/schedule", "/about"),
)
"""Every page but those of one worker and one task."""


def find_chromium() -> str | None:
    """Where the system's Chromium is; None: there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def chromium(program: str) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=15_000)  # a busy machine takes its time
        browser = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def agree(page: Page) -> None:
    """Submit the dialog that is open."""
    page.locator("dialog button[type=submit]").click()
    expect(page.locator("dialog")).to_have_count(0)


def answered(page: Page) -> None:
    """The answer to a command is shown; none was a refusal."""
    expect(page.locator(".notice").last).to_be_visible(timeout=20_000)
    expect(page.locator(".notice.bad")).to_have_count(0)


def hide(page: Page, *, hidden: bool) -> None:
    """What a browser does to a tab in the background; one without a window never does."""
    page.evaluate(HIDE, hidden)


class Watched:
    """A page of which everything is noted that should not be.

    Args:
        browser: where it is opened, in a context of its own.
        url: of the server, without a slash at the end.
        context: options of the context, as Playwright's `new_context` takes them.

    Attributes:
        page: Playwright's.
        errors: errors and warnings of the console, and exceptions nobody caught.
        strangers: addresses of requests to other hosts.
        dialogs: texts of `alert`, `confirm`, `prompt` that were opened.
        streams: paths of the live streams asked for.
        forgiven: parts of messages of the console that the test expects.
    """

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        self.url = url
        self.context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}} | context)
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self.dialogs: list[str] = []
        self.streams: list[str] = []
        self.forgiven: tuple[str, ...] = ()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", self._request)
        self.page.on("dialog", self._dialog)

    def open(self, path: str = "/") -> Page:
        """Load a page and wait until it shows something."""
        self.page.goto(self.url + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has loaded what it shows."""
        self.page.wait_for_selector("main h1, main .empty")
        # not wait_for_function, which the policy of the pages refuses to evaluate
        loading = self.page.locator("main [role=status]", has_text="Loading ")
        expect(loading).to_have_count(0)

    def check(self) -> None:
        """Nothing of all that happened."""
        found = (self.errors, self.strangers, self.dialogs)
        assert found == ([], [], []), f"console, strangers, dialogs: {found}"

    def close(self) -> None:
        """Close it and all that its context opened."""
        self.context.close()

    def _console(self, message: ConsoleMessage) -> None:
        wrong = message.type in {"error", "warning", "assert"}
        if wrong and not any(part in message.text for part in self.forgiven):
            self.errors.append(f"{message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        asked, ours = urlsplit(request.url), urlsplit(self.url)
        if asked.scheme in {"http", "https", "ws", "wss"} and asked.netloc != ours.netloc:
            self.strangers.append(request.url)
        if asked.path.endswith("/api/v1/stream"):
            self.streams.append(f"{asked.path}?{asked.query}")

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()
