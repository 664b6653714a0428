"""The pages' own logic, tested where it runs: `npm test` in ui/."""

from __future__ import annotations

import pytest
from ui_builder import builder


def test_the_tests_of_the_scripts_pass() -> None:
    build_ui = builder()
    folder = build_ui.node_folder()
    if folder is None:
        pytest.skip("there is no Node to run them with")
    build_ui.install(folder)
    build_ui.run(folder, "node", "test.mjs")
