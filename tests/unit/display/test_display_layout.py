"""Lines, bars and tables fit the width they are given."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.text import Text

from antflow.display.layout import Column, Frame, around, bar, cut, joined, spark, spread, table


def test_a_cut_text_ends_in_an_ellipsis() -> None:
    assert cut(Text("abcdef"), 4).plain == "abc…"
    assert cut(Text("abcd"), 4).plain == "abcd"


def test_a_cut_counts_cells_not_characters() -> None:
    assert cut(Text("日本語日本語"), 7).cell_len <= 7


def test_pieces_that_do_not_fit_are_left_out() -> None:
    assert joined(["one", "two", "three"], 9).plain == "one · two"


def test_the_right_piece_stands_at_the_end_of_the_line() -> None:
    line = spread(["one", "two"], Text("end"), 20).plain
    assert line == "one · two        end"


@pytest.mark.parametrize("width", [13, 19, 26, 60])
def test_stages_around_the_one_that_matters(width: int) -> None:
    pieces = [Text(name) for name in ("first", "second", "third", "fourth", "fifth")]
    line = around(pieces, 2, width, " > ").plain
    assert "third" in line
    assert len(line) <= width
    assert line.startswith("…") == ("first" not in line)
    assert line.endswith("…") == ("fifth" not in line)


def test_a_bar_shows_each_part_and_what_remains() -> None:
    assert bar(10, [(0.5, "green"), (0.2, "red")]).plain == "━━━━━━━╌╌╌"


def test_a_small_part_of_a_bar_is_still_seen() -> None:
    assert bar(10, [(0.001, "red")]).plain == "━╌╌╌╌╌╌╌╌╌"


def test_a_bar_is_full_at_its_end_and_never_longer() -> None:
    assert bar(10, [(0.7, "green"), (0.3, "red")]).plain == "━" * 10
    assert bar(10, [(0.9, "green"), (0.4, "red")]).plain == "━" * 10


def test_a_spark_line_scales_to_its_largest_figure() -> None:
    assert spark([0, 5, 10]).plain == "▁▅█"
    assert spark([0, 0]).plain == ""


COLUMNS = (
    Column("Name", 100, "left", gives=4),
    Column("Least", 10),
    Column("Most", 90),
)
ROWS = [["a-long-name", "12", "345"]]


def drawn(width: int) -> str:
    return "\n".join(line.plain for line in table(COLUMNS, ROWS, width))


def test_a_wide_table_has_all_columns() -> None:
    assert drawn(40) == "Name         Least  Most\na-long-name     12   345"


def test_a_name_gives_way_before_a_column_leaves() -> None:
    assert drawn(21) == "Name    Least  Most\na-lon…     12   345"


def test_a_narrow_table_drops_the_least_important_column() -> None:
    assert drawn(15) == "Name     Most\na-long…   345"


@pytest.mark.parametrize("width", range(1, 30))
def test_a_table_is_never_wider_than_its_place(width: int) -> None:
    assert max(len(line) for line in drawn(width).splitlines()) <= width


def test_a_table_keeps_the_styles_of_its_cells() -> None:
    lines = table(COLUMNS, [[Text("name", "bold"), "1", Text("2", "red")]], 40)
    assert {str(span.style) for span in lines[1].spans} == {"bold", "red"}


def test_a_frame_is_cut_to_the_screen(picture: Callable[..., str]) -> None:
    sizes: list[tuple[int, int]] = []

    def build(width: int, height: int) -> list[Text]:
        sizes.append((width, height))
        return [Text("x" * 100), Text("second")]

    assert picture(Frame(build), 20, 7) == "x" * 19 + "…\nsecond\n"
    assert sizes == [(20, 7)]
