"""Where settings come from: flags, variables, a file; ours and Flower's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from antflow.exceptions import AntFlowError
from antflow.web.security.passwords import verify
from antflow.web.settings import Settings
from antflow.web.settings.gather import SETTINGS, Told, gather
from antflow.web.settings.words import HELP


class Hints(list[str]):
    """What was told on stderr."""


@pytest.fixture
def hints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hints:
    monkeypatch.chdir(tmp_path)
    return Hints()


def told(hints: Hints, flags: dict[str, Any] | None = None, **environ: str) -> Told:
    return gather(flags or {}, environ, hints.append)


def test_without_anything_told_all_is_as_by_default(hints: Hints) -> None:
    assert told(hints).settings == Settings()
    assert hints == []


def test_flags_go_before_variables_and_variables_before_the_file(hints: Hints) -> None:
    Path("antflow.toml").write_text('[web]\nport = 1\naddress = "a"\nurl_prefix = "x"\n')
    settings = told(hints, {"port": "3"}, ANTFLOW_PORT="2", ANTFLOW_ADDRESS="b").settings
    assert (settings.port, settings.address, settings.url_prefix) == (3, "b", "x")


def test_lists_are_given_with_commas_in_variables_and_as_lists_in_the_file(hints: Hints) -> None:
    Path("antflow.toml").write_text('[web]\nallowed_hosts = ["a", "b"]\ntokens_file = "t"\n')
    settings = told(hints, ANTFLOW_TRUSTED_PROXIES="10.0.0.1, 10.0.0.2").settings
    assert settings.allowed_hosts == ("a", "b")
    assert settings.trusted_proxies == ("10.0.0.1", "10.0.0.2")


def test_an_unknown_setting_in_the_file_is_an_error_with_a_suggestion(hints: Hints) -> None:
    Path("antflow.toml").write_text("[web]\nprot = 1\n")
    with pytest.raises(AntFlowError, match=r"antflow\.toml.*'prot'; did you mean port\?"):
        told(hints)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("READ_ONLY", "maybe"),
        ("MAX_BODY", "1.5x"),
        ("CERTFILE", "x.pem"),
    ],
)
def test_a_value_that_is_none_is_an_error_that_names_the_setting(
    hints: Hints, name: str, text: str
) -> None:
    with pytest.raises(AntFlowError, match=name.lower()):
        told(hints, **{f"ANTFLOW_{name}": text})


def test_a_secret_is_not_in_the_text_of_an_error(hints: Hints) -> None:
    Path("antflow.toml").write_text("[web]\ncookie_secret = 12345678\n")
    with pytest.raises(AntFlowError) as caught:
        told(hints, {"port": "hun7er2"})
    assert "hun7er2" not in str(caught.value)


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("1", True), ("off", False)])
def test_switches_are_told_in_words(hints: Hints, text: str, meant: bool) -> None:
    assert told(hints, ANTFLOW_READ_ONLY=text).settings.read_only is meant


def test_a_file_that_is_not_there_or_no_toml_is_said_so(hints: Hints) -> None:
    with pytest.raises(AntFlowError, match="cannot be read"):
        gather({}, {}, hints.append, "missing.toml")
    Path("bad.toml").write_text("[web")
    with pytest.raises(AntFlowError, match="cannot be read"):
        gather({}, {}, hints.append, "bad.toml")


def test_a_python_file_is_not_run(hints: Hints) -> None:
    Path("flowerconfig.py").write_text("raise SystemExit(9)")
    gather({}, {}, hints.append, "flowerconfig.py")
    assert "is not run" in hints[0]


FLOWERS = {
    ("FLOWER_PORT", "1234"): ("port", 1234),
    ("FLOWER_ADDRESS", "::1"): ("address", "::1"),
    ("FLOWER_URL_PREFIX", "flower"): ("prefix", "/flower"),
    ("FLOWER_UNIX_SOCKET", "/x"): ("unix_socket", "/x"),
    ("FLOWER_MAX_TASKS", "5"): ("max_tasks", 5),
    ("FLOWER_MAX_WORKERS", "5"): ("max_workers", 5),
    ("FLOWER_PURGE_OFFLINE_WORKERS", "60"): ("purge_offline_workers", 60.0),
    ("FLOWER_BROKER_API", "http://h/api"): ("broker_api", "http://h/api"),
    ("FLOWER_ENABLE_EVENTS", "False"): ("enable_events", False),
    ("FLOWER_INSPECT_TIMEOUT", "2500"): ("inspect_timeout", 2.5),
    ("FLOWER_COOKIE_SECRET", "s"): ("cookie_secret", "s"),
    ("FLOWER_DEBUG", "True"): ("debug", True),
    ("FLOWER_XHEADERS", "True"): ("trusted_proxies", ("127.0.0.1", "::1")),
    ("FLOWER_XHEADERS", "False"): ("trusted_proxies", ()),
    ("FLOWER_TASKS_COLUMNS", "name,uuid"): ("tasks_columns", ("name", "uuid")),
    ("FLOWER_TASK_RUNTIME_METRIC_BUCKETS", "1,5,inf"): (
        "runtime_buckets",
        (1.0, 5.0, float("inf")),
    ),
    ("FLOWER_AUTH_PROVIDER", "flower.views.auth.GithubLoginHandler"): ("oauth_provider", "github"),
    ("FLOWER_OAUTH2_KEY", "k"): ("oauth_key", "k"),
    ("FLOWER_OAUTH2_SECRET", "s"): ("oauth_secret", "s"),
    ("FLOWER_OAUTH2_REDIRECT_URI", "https://h/login"): ("oauth_redirect_uri", "https://h/login"),
    ("FLOWER_OAUTH2_OKTA_BASE_URL", "https://o"): ("oauth_issuer", "https://o"),
    ("FLOWER_AUTH", r".*@example\.com"): ("oauth_allow", ("@example.com=admin",)),
    ("FLOWER_AUTH", "a@example.com|b@example.com"): (
        "oauth_allow",
        ("a@example.com=admin", "b@example.com=admin"),
    ),
    ("FLOWER_PERSISTENT", "True"): ("db", None),
    ("FLOWER_DB", "flower.db"): ("db", None),
    ("FLOWER_NATURAL_TIME", "True"): ("port", 5555),
    ("FLOWER_FORMAT_TASK", "x"): ("port", 5555),
    ("FLOWER_AUTO_REFRESH", "True"): ("port", 5555),
}


@pytest.mark.parametrize("given", FLOWERS, ids=" ".join)
def test_flowers_variables_are_understood_with_a_hint(hints: Hints, given: tuple[str, str]) -> None:
    name, meant = FLOWERS[given]
    assert getattr(told(hints, **dict([given])).settings, name) == meant
    assert len(hints) == 1
    assert hints[0].startswith(given[0])


def test_our_own_variable_goes_before_flowers(hints: Hints) -> None:
    assert told(hints, FLOWER_PORT="1", ANTFLOW_PORT="2").settings.port == 2


def test_flowers_passwords_are_hashed_and_admins(hints: Hints) -> None:
    users = told(hints, FLOWER_BASIC_AUTH="ann:hun7er2,bob:x").settings.users
    name, hashed, role = users[0].split(":")
    assert (name, role, len(users)) == ("ann", "admin", 2)
    assert verify(b"hun7er2", hashed)
    assert "hun7er2" not in repr(users) + repr(hints)


@pytest.mark.parametrize("pattern", [".*", ".*@.*", "ann@.*", "(a|b)@example.com", ".*example.com"])
def test_a_pattern_for_addresses_is_not_taken_over(hints: Hints, pattern: str) -> None:
    with pytest.raises(AntFlowError, match="patterns"):
        told(hints, FLOWER_AUTH=pattern)


def test_flowers_flags_are_understood_too(hints: Hints) -> None:
    settings = told(hints, {"inspect_timeout": "3", "xheaders": "true"}).settings
    assert settings.inspect_timeout == 3.0
    assert settings.trusted_proxies == ("127.0.0.1", "::1")
    assert hints[0].startswith("--xheaders")


def test_every_setting_has_a_line_of_help() -> None:
    assert list(HELP) == list(SETTINGS)
    assert [name for name, text in HELP.items() if not text.endswith(".")] == []
