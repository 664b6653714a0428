"""500 hostile names, arguments, results and tracebacks, over all pages: they stay text (S6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from browsing import PAGES, Watched
from playwright.sync_api import Page, expect
from served import Served

from antflow.web.sources import FakeSource, hostile

Watch = Callable[..., Watched]
COUNT = 500
FORMS = (
    "<script>{run}</script>",
    "<img src=x onerror={run}>",
    "<svg/onload={run}>",
    '"><svg onload="{run}">',
    "'><img src=x onerror='{run}'>",
    "<iframe srcdoc='<script>parent.{run}</script>'></iframe>",
    "<iframe src=javascript:parent.{run}></iframe>",
    "<a href=javascript:{run}>go</a>",
    "javascript:{run}//",
    "</textarea></title></style></script><script>{run}</script>",
    "<details open ontoggle={run}>",
    "<input autofocus onfocus={run}>",
    "<body onload={run}>",
    "<math><mtext><img src=x onerror={run}></mtext></math>",
    "<template><script>{run}</script></template>",
    "<base href=//stranger.invalid/><link rel=stylesheet href=//stranger.invalid/x.css>",
    "<meta http-equiv=refresh content='0;url=//stranger.invalid/'>",
    "<object data='data:text/html,<script>parent.{run}</script>'></object>",
    "<style>@import '//stranger.invalid/x.css';</style>",
    "<form action=//stranger.invalid/><button autofocus>{run}</form>",
    "{{{{constructor.constructor('{run}')()}}}}",
    "${{{run}}}",
    "&lt;script&gt;{run}&lt;/script&gt;",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e",
    "\u202e<script>{run}</script>\u202c",
)
TEXTS = tuple(
    f"{form.format(run=f'window.__pwned={number}')}#{number}#"
    for number in range(COUNT)
    for form in (FORMS[number % len(FORMS)],)
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hostile, "TEXTS", TEXTS)
        farm = FakeSource("farm", hostile=True, tasks=COUNT, workers=20, rate=0.0, failures=0.3)
        shop = FakeSource(
            "shop", kind="pipeline", hostile=True, tasks=COUNT, workers=20, rate=0.0, failures=0.3
        )
    with Served(lambda: [farm, shop]) as running:
        yield running


def unharmed(watched: Watched) -> None:
    """Nothing ran, nothing opened, nothing was loaded, no element was made of a text."""
    page = watched.page
    assert page.evaluate("typeof window.__pwned") == "undefined"
    made = "main script, main iframe, main object, main base, main meta, main style, main math"
    assert page.locator(made).count() == 0
    assert page.locator("main img, a[href^='javascript:' i]").count() == 0
    watched.check()


def texts_of(page: Page) -> set[int]:
    """Numbers of the hostile texts that the page shows in full, as text."""
    shown = page.locator("main").evaluate("main => main.textContent")
    return {number for number, text in enumerate(TEXTS) if text in shown}


@pytest.mark.parametrize("source", ["farm", "shop"])
def test_hostile_texts_on_every_page_stay_text(source: str, served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    seen: set[int] = set()
    for path in PAGES:
        page = watched.open(f"{path.format(source=source)}?source={source}")
        seen |= texts_of(page)
        unharmed(watched)
    assert len(seen) >= 25


def test_all_500_names_in_the_table_of_tasks_are_shown_as_text(
    served: Served, watch: Watch
) -> None:
    """Scrolled through to its end: each text is there, letter by letter."""
    watched = watch(served.url)
    page = watched.open("/tasks?source=farm&sort=received")
    sheet = page.get_by_role("group", name="Tasks")
    seen: set[int] = set()
    for top in range(0, COUNT * 40, 500):
        sheet.evaluate("(box, top) => { box.scrollTop = top }", top)
        expect(page.locator("main .waiting")).to_have_count(0)
        seen |= texts_of(page)
        if len(seen) == COUNT:
            break
    unharmed(watched)
    assert seen == set(range(COUNT))


def test_hostile_arguments_results_and_tracebacks_of_tasks_stay_text(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    watched.open("/tasks?source=farm")
    rows = list(served.sources[0].iter_tasks(""))
    failed = [row for row in rows if row.traceback]
    for row in [*failed[:15], *rows[:15]]:
        page = watched.open(f"/task/{quote(row.id, safe='')}?source=farm")
        shown = page.locator("main").evaluate("main => main.textContent")
        for text in (row.args, row.kwargs, row.result, row.exception, row.traceback):
            assert (text or "") in shown
        unharmed(watched)


def test_hostile_names_of_workers_stay_text_on_their_pages_and_in_dialogs(
    served: Served, watch: Watch
) -> None:
    watched = watch(served.url)
    for name in list(served.sources[0].get_worker_states())[:12]:
        page = watched.open(f"/worker/{quote(name, safe='')}?source=farm&tab=all")
        assert page.locator("main h1").text_content() == name
        page.get_by_role("button", name="Shut down").click()
        assert name in (page.get_by_role("dialog").text_content() or "")
        page.keyboard.press("Escape")
        unharmed(watched)


def test_hostile_searches_in_the_address_stay_text(served: Served, watch: Watch) -> None:
    watched = watch(served.url)
    watched.forgiven = ("status of 400", "status of 422")
    for text in TEXTS[: len(FORMS) : 2]:
        watched.open(f"/tasks?source=farm&search={quote(text, safe='')}")
        watched.open(f"/tasks?source={quote(text, safe='')}&sort={quote(text, safe='')}")
        unharmed(watched)
