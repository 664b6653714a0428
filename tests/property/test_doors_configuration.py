"""The settings: any text or value in any of them is taken, or refused with its name."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antflow.exceptions import AntFlowError
from antflow.web.settings.flower_names import SAME, flower_only
from antflow.web.settings.gather import SETTINGS, WHERE_FROM, Told, gather

KEYS = [*SETTINGS, *WHERE_FROM]
HINTS: list[str] = []

texts = st.one_of(
    st.sampled_from(
        [
            *("", " ", "0", "-1", "true", "maybe", "NaN", "inf", "1e400", "9" * 5_000, "1_0", "١٢"),
            *("a:b", "a:b:admin", "a=b", "x=", "=", ",", "//", "http://[", "[", "(", "*"),
            "\ud800",
        ]
    ),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
)
values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.text(max_size=20)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), inner, max_size=2)
    ),
    max_leaves=4,
)
bounded = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def told(environ: dict[str, str], conf: Path | None = None) -> Told | None:
    """What was understood; None where it was refused, with a reason on one line or two."""
    HINTS.clear()
    try:
        return gather({}, environ, HINTS.append, str(conf) if conf else None)
    except AntFlowError as error:
        assert str(error).strip()  # noqa: PT017
        named = [*environ, *(name.partition("_")[2].lower() for name in environ), *KEYS]
        assert any(name in str(error) for name in named) or conf is not None, error  # noqa: PT017
        return None


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@given(st.sampled_from(KEYS), texts)
@bounded
def test_any_text_in_any_variable_is_taken_or_refused(name: str, text: str) -> None:
    found = told({f"ANTFLOW_{name.upper()}": text})
    assert found is None or isinstance(found, Told)


@given(st.sampled_from(sorted({*SAME, *flower_only()})), texts)
@bounded
def test_any_text_in_any_variable_of_flower_is_taken_or_refused(name: str, text: str) -> None:
    if name == "basic_auth":
        text = text.replace(":", ";")  # a password is hashed, which takes long
    assert told({f"FLOWER_{name.upper()}": text}) is None or len(HINTS) <= 1


@given(st.sampled_from([*KEYS, "nosuch"]), values)
@bounded
def test_any_value_of_any_key_of_the_file_is_taken_or_refused(name: str, value: Any) -> None:
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(folder) / "antflow.toml"
        path.write_text(f"[web]\n{name} = {_toml(value)}\n", "utf-8", "surrogatepass")
        found = told({}, path)
        if found is not None:
            assert isinstance(found.settings.port, int)
            assert name != "nosuch"


@given(st.binary(max_size=100))
@bounded
def test_any_bytes_as_the_file_are_taken_or_refused(data: bytes) -> None:
    with tempfile.TemporaryDirectory(prefix="antflow-doors-") as folder:
        path = Path(folder) / "antflow.toml"
        path.write_bytes(data)
        assert told({}, path) is None or isinstance(told({}, path), Told)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(each):08x}" for each in value) + '"'
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {_toml(each)}' for key, each in value.items())}}}"
    return str(value)
