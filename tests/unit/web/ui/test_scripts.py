"""The pages' own logic, tested where it runs: `npm test` in ui/."""

from __future__ import annotations

from ui_builder import ready


def test_the_tests_of_the_scripts_pass() -> None:
    build_ui = ready()
    build_ui.run(build_ui.node_folder(), "node", "test.mjs")
