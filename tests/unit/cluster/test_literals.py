"""Arguments out of the texts of events."""

from __future__ import annotations

import pytest
from celery.utils.saferepr import saferepr
from hypothesis import given
from hypothesis import strategies as st

from antflow.cluster.literals import keywords, positional


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("()", ()),
        ("", ()),
        ("(1, 'two', None, True, 2.5)", (1, "two", None, True, 2.5)),
        ("[1, [2, {'a': (3,)}]]", (1, [2, {"a": (3,)}])),
        (r"('it\'s',)", ("it's",)),
    ],
)
def test_whole_literals_are_read(text: str, value: object) -> None:
    assert positional(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "not known"),
        ("(1, ...)", "cut"),
        ("([{'a': [...]}],)", "cut"),
        ("('a...',)", "cut"),
        ("('" + "x" * 1100 + "',)", "cut"),
        ("(datetime.date(2026, 1, 1),)", "more than literals"),
        ("(__import__('os').system('x'),)", "more than literals"),
        ("<object at 0x1>", "more than literals"),
        (r"('C:\new',)", "backslash"),
        (r"('a\\',)", "backslash"),
        ("(b'x',)", "bytes"),
        ("({'k': [b'x']},)", "bytes"),
        ("7", "no tuple"),
        ("(" * 500, "more than literals"),
    ],
)
def test_others_are_refused_with_the_reason(text: str | None, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        positional(text)


def test_keywords_are_a_dict_with_texts_as_keys() -> None:
    assert keywords("{'a': 1}") == {"a": 1}
    with pytest.raises(ValueError, match="texts as keys"):
        keywords("{1: 2}")
    with pytest.raises(ValueError, match="texts as keys"):
        keywords("['a']")


_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(st.lists(_plain, max_size=4))
def test_what_celery_wrote_is_read_as_it_was_or_refused(values: list[object]) -> None:
    """Never is anything else read than what the sender had."""
    try:
        read = positional(saferepr(tuple(values), 1024))
    except ValueError:
        return
    assert list(read) == values
