"""`antflow web`, its small commands, and `celery antflow`."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from antflow.cli import celery_plugin, clusters, web
from antflow.web import Settings
from antflow.web.security.accounts import digest_of, read_tokens, read_users
from antflow.web.security.passwords import verify
from antflow.web.settings.gather import Told


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What would be served; nothing is."""
    found: list[Any] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(web, "_serve", lambda told, sources: found.append((told, sources)))
    monkeypatch.setattr(web, "_log", lambda debug: None)
    return found


def call(*arguments: str, stdin: str | None = None, **environ: str) -> Result:
    return CliRunner().invoke(web.command, arguments, input=stdin, env=environ)


def test_a_brokers_address_is_enough(served: list[Any]) -> None:
    result = call("--broker", "memory://", "--db", "none")
    assert result.exit_code == 0, result.output
    told, sources = served[0]
    assert told.settings.port == 5555
    assert [source.name for source in sources] == ["cluster"]


def test_a_setting_that_is_a_time_says_that_it_takes_seconds() -> None:
    output = call("--help").output
    for name in ("session_age", "body_timeout", "purge_offline_workers", "inspect_timeout"):
        assert f"--{name} SECONDS" in output
    assert "--max_body N" in output


def test_several_clusters_can_be_shown(served: list[Any]) -> None:
    call("--cluster", "a=memory://", "--cluster", "b=memory://", "--db", "none")
    assert [source.name for source in served[0][1]] == ["a", "b"]


def test_without_a_cluster_it_says_what_to_give(served: list[Any]) -> None:
    result = call()
    assert (result.exit_code, served) == (1, [])
    assert "-A proj.app, or --broker" in result.output


@pytest.mark.parametrize("flag", ["--basic_auth", "--basic-auth", "--users", "--tokens"])
def test_a_password_on_the_command_line_is_refused_with_a_hint(
    served: list[Any], flag: str
) -> None:
    result = call(f"{flag}=ann:hun7er2", "--broker", "memory://")
    assert (result.exit_code, served) == (2, [])
    assert "-file" in result.output
    assert "hun7er2" not in result.output


@pytest.mark.parametrize("flag", ["--oauth2_secret", "--oauth-secret", "--cookie_secret"])
def test_a_secret_on_the_command_line_is_refused_with_a_hint(served: list[Any], flag: str) -> None:
    result = call(f"{flag}=hun7er2", "--broker", "memory://")
    assert (result.exit_code, served) == (2, [])
    assert "ANTFLOW_" in result.output
    assert "hun7er2" not in result.output


def test_flowers_flags_are_taken_with_a_hint(served: list[Any]) -> None:
    result = call(
        *("--broker=memory://", "--db=none", "--url_prefix=flower", "--persistent=True"),
        *("--natural_time", "--enable_events=False", "--auto-refresh=True", "--debug"),
    )
    assert result.exit_code == 0, result.output
    settings = served[0][0].settings
    assert (settings.prefix, settings.enable_events, settings.debug) == ("/flower", False, True)
    assert "hint: --persistent: has no effect" in result.output


def test_a_database_is_the_clusters_own() -> None:
    told = Told(settings=Settings(), broker="memory://", clusters=("b=memory://",))
    names = [clusters._database(name, made.app, told.settings) for name, made in _named(told)]
    assert len(set(names)) == 2
    assert all(name and name.startswith("sqlite:///") for name in names)


def _named(told: Told) -> list[tuple[str, Any]]:
    from dataclasses import replace

    bare = replace(told, settings=Settings(db="none"))
    return [(source.name, source) for source in clusters.make_clusters(bare)]


def test_hash_password_makes_a_line_of_the_users_file() -> None:
    result = call("hash-password", "ann", "--role", "operator", stdin="hun7er2\n")
    user = read_users(Settings(users=(result.output.strip(),)))["ann"]
    assert user.role == "operator"
    assert verify(b"hun7er2", user.hash)


def test_an_empty_password_is_refused() -> None:
    assert call("hash-password", "ann", stdin="\n").exit_code == 1


def test_new_token_shows_the_token_once_and_makes_its_line() -> None:
    result = call("new-token", "ci", "--role", "viewer", "--last-day", "2099-01-31")
    token = result.stderr.strip().rpartition(" ")[2]
    kept = read_tokens(Settings(tokens=(result.stdout.strip(),)))
    assert kept[digest_of(token.encode())].name == "ci"


def test_celery_has_the_command_as_a_plug_in() -> None:
    found = {entry.name: entry for entry in entry_points(group="celery.commands")}
    assert found["antflow"].load() is celery_plugin.command


def test_the_plug_in_serves_the_application_that_celery_loaded(served: list[Any]) -> None:
    from celery import Celery

    app = Celery("proj", broker="memory://", set_as_current=False)
    own = type("Context", (), {"app": app})()
    result = CliRunner().invoke(celery_plugin.command, ["--db=none", "--port=0"], obj=own)
    assert result.exit_code == 0, result.output
    assert served[0][1][0].app is app


def test_help_is_one_line_a_setting_and_shows_no_secret_flag() -> None:
    result = call("--help")
    assert "--port" in result.output
    assert "--basic" not in result.output
    assert isinstance(web.command, click.Group)
