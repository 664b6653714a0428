"""Make docs/images/demo.svg: the full display in the middle of a real run of the demo."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import MONOKAI

from antflow import DashboardSnapshot, Pipeline, StatusTracker
from antflow.demo.pipeline import build_pipeline
from antflow.demo.run import demo_files
from antflow.demo.source import Rounds
from antflow.demo.store import Store
from antflow.display import FullDashboard

WIDTH, HEIGHT = 104, 34
TAKEN_AT = 0.6  # of the way


class Camera(FullDashboard):
    """Draws nowhere until the right moment, then onto a sheet."""

    sheet: Console | None = None

    def __init__(self) -> None:
        super().__init__(max_items_shown=6, console=Console(file=StringIO(), width=WIDTH))

    def on_update(self, snapshot: DashboardSnapshot) -> None:
        """Take the picture once most of the files are through."""
        picture = self.render(snapshot)
        stats = snapshot.pipeline_stats
        done = stats.items_processed + stats.items_failed
        if self.sheet is None and done >= TAKEN_AT * (self.total or 1):
            self.sheet = Console(
                record=True, width=WIDTH, height=HEIGHT, file=StringIO(), force_terminal=True,
                color_system="truecolor",
            )  # fmt: skip
            self.sheet.print(picture)


async def photograph(pipeline: Pipeline, files: list[Any]) -> Console:
    """Run the pipeline and give back the sheet."""
    camera = Camera()
    await pipeline.run(files, custom_dashboard=camera, dashboard_update_interval=0.25)
    if camera.sheet is None:
        sys.exit("the run was over before a picture was taken")
    return camera.sheet


def main() -> None:
    """Run, and write the picture."""
    target = Path(__file__).parent.parent / "docs" / "images" / "demo.svg"
    with tempfile.TemporaryDirectory() as folder:
        files = list(Rounds(demo_files(Path(folder)), repeat=False, seconds=None))
        with closing(Store(Path(folder) / "demo.db")) as store:
            pipeline = build_pipeline(store, rate=150, tracker=StatusTracker(max_items=10_000))
            sheet = asyncio.run(photograph(pipeline, files))
    svg = sheet.export_svg(title="antflow demo", theme=MONOKAI)
    # the font comes from the reader's own machine, not from another host
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    target.parent.mkdir(exist_ok=True)
    target.write_text(svg, encoding="utf-8")
    print(f"wrote {target.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
