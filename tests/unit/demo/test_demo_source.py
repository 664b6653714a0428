"""What the demo works on."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from antflow.demo.source import (
    BROKEN,
    BROKEN_EVERY,
    Rounds,
    SourceFile,
    mixed,
    python_files,
    spread,
    stdlib_files,
)


def files(*names: str) -> list[SourceFile]:
    return [SourceFile(name, Path(name)) for name in names]


def test_it_finds_the_python_files_below_a_folder_by_name(tmp_path: Path) -> None:
    for name in ("b.py", "package/a.py", "package/readme.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    assert python_files(tmp_path) == [
        SourceFile("b.py", tmp_path / "b.py"),
        SourceFile("package/a.py", tmp_path / "package" / "a.py"),
    ]


@pytest.mark.parametrize("folder", ["site-packages", "dist-packages", "__pycache__"])
def test_installed_packages_are_not_the_library(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder / "inner").mkdir(parents=True)
    (tmp_path / folder / "inner" / "a.py").write_text("")
    assert python_files(tmp_path) == []


def test_names_can_carry_a_prefix(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    assert python_files(tmp_path, prefix="broken/")[0].name == "broken/a.py"


def test_the_standard_library_holds_what_everybody_knows() -> None:
    names = {file.name for file in stdlib_files()}
    assert {"os.py", "json/decoder.py", "asyncio/base_events.py"} <= names
    assert len(names) > 500


def test_a_library_without_sources_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no source files in") as caught:
        stdlib_files()
    assert str(tmp_path) in str(caught.value)


def test_mixing_is_always_the_same_and_not_by_name() -> None:
    names = [f"{letter}.py" for letter in "abcdefghij"]
    once = mixed(files(*names))
    assert once == mixed(files(*reversed(names)))
    assert sorted(file.name for file in once) == names
    assert [file.name for file in once] != names


def test_one_round_gives_each_file_once() -> None:
    rounds = Rounds(files("a.py", "b.py"))
    assert [item.id for item in rounds] == ["a.py", "b.py"]
    assert [item.value for item in rounds] == files("a.py", "b.py")


def test_no_two_items_of_a_round_share_an_id_though_broken_files_come_again() -> None:
    """A table of items has a row for each id: the page would count fewer than were fed."""
    whole = files(*(f"{number}.py" for number in range(BROKEN_EVERY * 5)))
    ids = [item.id for item in Rounds(spread([*whole, *files(f"{BROKEN}a.py", f"{BROKEN}b.py")]))]
    assert len(set(ids)) == len(ids)
    assert f"{BROKEN}a.py (again, 2)" in ids


def test_later_rounds_have_ids_of_their_own() -> None:
    rounds = Rounds(files("a.py", "b.py"), repeat=True)
    ids = [item.id for item in itertools.islice(rounds, 5)]
    assert ids == ["a.py", "b.py", "a.py (round 2)", "b.py (round 2)", "a.py (round 3)"]


def test_no_file_comes_after_the_time_is_up() -> None:
    now = iter(range(100))
    rounds = Rounds(files("a.py"), repeat=True, seconds=3, clock=lambda: next(now))
    assert len(list(rounds)) == 2


def test_broken_files_come_at_even_distances() -> None:
    whole = [f"{number}.py" for number in range(100)]
    names = [file.name for file in spread(files(*whole, "broken/a.py", "broken/b.py"))]
    places = [place for place, name in enumerate(names) if name.startswith("broken/")]
    assert len(places) == 100 // BROKEN_EVERY
    assert {b - a for a, b in zip(places, itertools.islice(places, 1, None), strict=False)} == {
        BROKEN_EVERY + 1
    }


def test_few_files_have_each_broken_one_once() -> None:
    names = [file.name for file in spread(files("a.py", "broken/a.py", "broken/b.py"))]
    assert names == ["a.py", "broken/a.py", "broken/b.py"]
