"""Pictures of every page, light and dark, wide and narrow: into docs/images.

    python scripts/screenshots.py [FOLDER] [--only WORD]

The pages show made-up sources and a real pipeline, after some seconds of work. Needs Chromium, and
the pages built (scripts/build_ui.py).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from browsing import Watched, chromium, find_chromium  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402
from served import Served  # noqa: E402

from antflow.source import Source  # noqa: E402
from antflow.web.pages import are_built  # noqa: E402
from antflow.web.sources import FakeSource  # noqa: E402
from antflow.web.sources.demonstration import Demonstration  # noqa: E402

SIZES = {1440: 900, 390: 844}
THEMES = ("light", "dark")
SECONDS_OF_WORK = 25.0
SECONDS_OF_CHARTS = 10.0
GO = "to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }"


def sources() -> list[Source]:
    """A cluster of moderate size and a pipeline at work."""
    return [FakeSource("shop", workers=12, tasks=2_000), Demonstration()]


def pages(farm: Source) -> Iterator[tuple[str, str]]:
    """Name and address of every page."""
    worker = quote(next(iter(farm.get_worker_states())))
    failed = quote(next(iter(farm.iter_tasks("state:failed"))).id)
    yield "overview", "/"
    yield "pipeline", "/pipelines/demo"
    yield "task-types", "/pipelines/shop"
    yield "workers", "/workers?source=shop"
    yield "worker", f"/worker/{worker}?source=shop"
    yield "tasks", "/tasks?source=shop"
    yield "task", f"/task/{failed}?source=shop"
    yield "queues", "/queues?source=shop"
    yield "failures", "/failures?source=demo"
    yield "events", "/events?source=shop"
    yield "schedule", "/schedule?source=shop"
    yield "about", "/about?source=shop"


def take(browser: Browser, served: Served, folder: Path, only: str) -> int:
    """All pictures; how many.

    Raises:
        AssertionError: a page had an error in its console, or asked another host.
    """
    count = 0
    for theme in THEMES:
        for width, height in SIZES.items():
            size = {"width": width, "height": height}
            watched = Watched(
                browser, served.url, viewport=size, color_scheme=theme, reduced_motion="reduce"
            )
            page = watched.open("/")
            page.wait_for_timeout(SECONDS_OF_CHARTS * 1_000)
            for name, path in pages(served.sources[0]):
                if only not in name:
                    continue
                page.evaluate(GO, path)  # as a link does, so that charts keep what they have
                watched.settle()
                page.wait_for_timeout(1_200)
                page.screenshot(path=folder / f"{name}-{theme}-{width}.png")
                count += 1
            watched.close()
            watched.check()
    return count


def main() -> int:
    """Take the pictures, say how many, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--only", default="", help="pages whose name holds this")
    told = parser.parse_args()
    program = find_chromium()
    if program is None or not are_built():
        print("No Chromium on this machine, or the pages are not built.", file=sys.stderr)
        return 1
    told.folder.mkdir(parents=True, exist_ok=True)
    with Served(sources) as served, chromium(program) as browser:
        time.sleep(SECONDS_OF_WORK)
        print(f"{take(browser, served, told.folder, told.only)} pictures in {told.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
