"""Figures and foreign text as words."""

from __future__ import annotations

import pytest

from antflow.display.wording import clock, counted, pace, percent, safe, span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        ("two\nlines\tand  more", "two lines and more"),
        ("\x1b[31mred\x07", "·[31mred·"),
        ("[bold]x[/]", "[bold]x[/]"),
        ("left\u202eright", "left·right"),
        ("\ud800", "·"),
        (None, "None"),
        (("a", 1), "('a', 1)"),
    ],
)
def test_foreign_text_is_one_harmless_line(value: object, text: str) -> None:
    assert safe(value) == text


def test_a_value_whose_text_cannot_be_had_is_named_by_its_type() -> None:
    class Silent:
        def __str__(self) -> str:
            raise RuntimeError

    assert safe(Silent()) == "<Silent>"


def test_a_huge_text_is_not_read_to_its_end() -> None:
    assert len(safe("x" * 10_000_000)) == 500


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"),
        (-3, "0:00"),
        (9.4, "0:09"),
        (59.6, "1:00"),
        (750, "12:30"),
        (11_100, "3:05:00"),
        (400_000, "4 days"),
    ],
)
def test_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0004, "0.4 ms"),
        (0.026, "26 ms"),
        (0.9996, "1.0 s"),
        (1.44, "1.4 s"),
        (90, "1:30"),
    ],
)
def test_a_span(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("per_second", "text"),
    [(0, "0/s"), (12_345.6, "12,346/s"), (2.46, "2.5/s"), (0.5, "30/min"), (0.0005, "1.8/h")],
)
def test_a_pace(per_second: float, text: str) -> None:
    assert pace(per_second) == text


def test_a_hundred_percent_only_where_nothing_is_missing() -> None:
    assert percent(0.9999) == "99%"
    assert percent(1.0) == "100%"


def test_counts_name_the_most_frequent_kinds() -> None:
    counts = {"A": 1, "B": 1_200, "C": 3, "D": 2, "E": 1}
    assert counted(counts, most=3) == "B 1,200, C 3, D 2, 2 more kinds"
