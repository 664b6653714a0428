"""Any words after `antflow control` and `antflow inspect`: done, or refused in a line or two."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from antflow.cli.control import command as control
from antflow.cli.inspect import command as inspect

NOBODY = ("-b", "redis://:geheim@127.0.0.1:1/0", "--timeout", "0.2")
VERBS = (
    *("shutdown", "pool_restart", "pool_grow", "pool_shrink", "autoscale", "add_consumer"),
    *("cancel_consumer", "rate_limit", "time_limit", "revoke", "terminate", "abort", "pause"),
    *("purge", "enable_events", "inspect", "", "--json", "-d"),
)
words = st.one_of(
    st.sampled_from(["0", "-1", "1e99", "9" * 400, "NaN", "10/m", "-", "--", "-d", "--yes", "q"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
)
bounded = settings(max_examples=40, deadline=None)


def told(command: object, given_words: list[str]) -> None:
    result = CliRunner().invoke(command, [*NOBODY, *given_words])  # type: ignore[arg-type]
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    assert "geheim" not in result.output
    if result.exit_code:
        assert result.output.strip()


@given(st.sampled_from(VERBS), st.lists(words, max_size=3), st.booleans())
@bounded
def test_control(verb: str, more: list[str], named: bool) -> None:
    told(control, [verb, *more, *(("-d", "celery@host") if named else ()), "--yes"])


@given(st.lists(words, max_size=2))
@bounded
def test_inspect(more: list[str]) -> None:
    told(inspect, more)


@pytest.mark.parametrize("broker", ["", "moon://x", ":::", "redis://[", "redis://h:port/0"])
def test_an_address_that_is_none(broker: str) -> None:
    result = CliRunner().invoke(inspect, ["ping", "-b", broker, "--timeout", "0.2"])
    assert result.exit_code != 0
    assert isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
