"""The options of `antflow demo --cluster`."""

from __future__ import annotations

import signal
import sys

import pytest
from click.testing import CliRunner

from antflow.cli.commands import antflow
from antflow.demo.cluster.run import ended_after, ended_by_signals, undisturbed


@pytest.mark.parametrize(
    "option",
    [["--tour"], ["--repeat"], ["--workers", "Parse=2"], ["--db", "x.db"], ["--traceback"]],
)
def test_options_of_the_local_demo_are_refused(option: list[str]) -> None:
    result = CliRunner().invoke(antflow, ["demo", "--cluster", *option])
    assert result.exit_code == 2
    assert "--cluster takes" in result.output


def test_without_celery_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "antflow.demo.cluster.run", None)
    result = CliRunner().invoke(antflow, ["demo", "--cluster"])
    assert result.exit_code == 1
    assert "needs the extras celery and web" in result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_end_the_block_and_handlers_are_put_back(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    reached = False
    with ended_by_signals():
        signal.raise_signal(number)
        reached = True
    assert not reached
    assert signal.getsignal(number) is before


def test_the_end_is_not_disturbed_by_signals() -> None:
    with ended_by_signals():
        with undisturbed():
            signal.raise_signal(signal.SIGTERM)
        went_on = True
    assert went_on


def test_no_time_means_no_end() -> None:
    with ended_after(None):
        went_on = True
    assert went_on
