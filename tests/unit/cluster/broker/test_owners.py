"""A process that lives is never taken for dead, least of all by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from antflow.cluster.broker import owners


def test_a_name_made_while_another_thread_looks_for_the_dead_is_not_among_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other thread's view: at its first look at the folder, this process has just joined."""
    look = owners._names
    made: list[str] = []

    def join_then_look(folder: Path) -> list[str]:
        made.append(owners.own_name(folder))
        return look(folder)

    monkeypatch.setattr(owners, "_names", join_then_look)
    with owners.dead_owners(tmp_path) as dead:
        assert dead == []
    assert look(tmp_path) == made
