"""The options of `antflow demo --web` and `--cluster`."""

from __future__ import annotations

import signal
import sys

import pytest
from click.testing import CliRunner

from antflow.cli.commands import antflow
from antflow.demo.cluster.run import ended_after, ended_by_signals, undisturbed

LOCAL = [["--tour"], ["--repeat"], ["--db", "x.db"], ["--traceback"]]


@pytest.mark.parametrize("option", [*LOCAL, ["--workers", "Parse=2"]])
def test_options_of_the_local_demo_are_refused(option: list[str]) -> None:
    result = CliRunner().invoke(antflow, ["demo", "--cluster", *option])
    assert result.exit_code == 2
    assert "--cluster takes --rate" in result.output


@pytest.mark.parametrize("option", LOCAL)
def test_the_page_of_both_takes_workers_besides(option: list[str]) -> None:
    result = CliRunner().invoke(antflow, ["demo", "--web", *option])
    assert result.exit_code == 2
    assert "--web takes --workers, --rate" in result.output


def test_both_already_have_the_cluster_with_them() -> None:
    result = CliRunner().invoke(antflow, ["demo", "--web", "--cluster"])
    assert result.exit_code == 2
    assert "leave out --cluster" in result.output


@pytest.mark.parametrize("option", ["--web", "--cluster"])
@pytest.mark.parametrize("missing", ["celery", "uvicorn"])
def test_without_an_extra_it_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, option: str, missing: str
) -> None:
    ours = ("antflow.cli.demo_page", "antflow.demo.cluster", "antflow.web", "antflow.cluster")
    for name in [name for name in sys.modules if name.startswith(ours)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    result = CliRunner().invoke(antflow, ["demo", option])
    assert result.exit_code == 1
    assert f"{option} needs the extras celery and web; there is no {missing}" in result.output


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
