"""What the demo's cluster is sent."""

from __future__ import annotations

from pathlib import Path

from antflow.demo.cluster.application import ROUTES, make_app, work
from antflow.demo.cluster.stream import packages
from antflow.demo.source import SourceFile


def files(*names: str) -> list[SourceFile]:
    return [SourceFile(name, Path(name)) for name in names]


def test_a_survey_looks_at_a_package_without_broken_files() -> None:
    found = packages(files("a.py", "pkg/a.py", "pkg/b.py", "broken/a.py", "broken/b.py"))
    assert found == [("pkg", [["pkg/a.py", "pkg/a.py"], ["pkg/b.py", "pkg/b.py"]])]


def test_a_file_goes_through_three_tasks_on_the_queues_of_its_routes(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    chain = work(app, "a.py", "/a.py")
    assert [task.task for task in chain.tasks] == [
        "library.parse",
        "library.measure",
        "library.store",
    ]
    assert len({route["queue"] for route in ROUTES.values()}) == 3
    app.close()
