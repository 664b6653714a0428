"""Flower's own names of settings, understood with a hint each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from antflow.exceptions import AntFlowError

FLOWER_PREFIX: Final = "FLOWER_"

# Flower's names that are no names of ours; those that are, mean the same
SAME: Final = frozenset(
    "port address url_prefix max_tasks max_workers purge_offline_workers broker_api enable_events "
    "certfile keyfile ca_certs unix_socket cookie_secret debug tasks_columns db".split()
)
SECRET: Final = frozenset({"basic_auth", "oauth2_secret", "cookie_secret", "users", "tokens"})
"""Names of what is never taken from the command line, where everybody on the machine reads it."""

NO_EFFECT: Final = {
    "persistent": "has no effect: the history is always kept; see --db",
    "auto_refresh": "has no effect: the pages are live",
    "natural_time": "has no effect: the pages show both",
    "format_task": "has no effect: a function for what is shown is given to create_app(redact=…)",
    "state_save_interval": "has no effect: the history is written all the time",
    "tasks_filter": "has no effect: the address of a page holds its filter",
    "broker": "use ANTFLOW_BROKER",
}
PROVIDERS: Final = ("google", "github", "gitlab", "okta")
_PLAIN_DOMAIN: Final = re.compile(r"\^?\.[*+]@([A-Za-z0-9\-]+(?:\\?\.[A-Za-z0-9\-]+)+)\$?")
_PLAIN_ADDRESS: Final = re.compile(
    r"\^?([A-Za-z0-9_\-+]+(?:\\?\.[A-Za-z0-9_\-+]+)*@"
    r"[A-Za-z0-9\-]+(?:\\?\.[A-Za-z0-9\-]+)+)\$?"
)


class FlowerSettingError(AntFlowError):
    """A setting of Flower's cannot be taken over; the text says why and what to write instead."""


@dataclass(frozen=True)
class Translation:
    """What a setting of Flower's means here.

    Attributes:
        hint: what to tell.
        values: settings of ours.
    """

    hint: str
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)


def translate(name: str, value: Any) -> Translation | None:
    """What a setting of Flower's means; None where Flower has no such setting.

    Raises:
        FlowerSettingError: it has, and the value cannot be taken over.
    """
    if name in NO_EFFECT:
        return Translation(NO_EFFECT[name])
    if name == "db" and "://" not in str(value):
        return Translation("is not read: Flower's file may run code; see --db sqlite:///…")
    if name in SAME:
        return _same(name, value)
    how = _CHANGED.get(name)
    return how(value) if how else None


def flower_only() -> tuple[str, ...]:
    """The names of Flower's settings that are no names of ours."""
    return tuple(name for name in (*NO_EFFECT, *_CHANGED) if name != "broker")


def _same(name: str, value: Any) -> Translation:
    if name == "tasks_columns":
        value = _split(value)
    return Translation(f"taken as --{name.replace('_', '-')}", {name: value})


def _split(value: Any) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(value)
    return tuple(part.strip() for part in str(value).split(",") if part.strip())


def _basic_auth(value: Any) -> Translation:
    from antflow.web.security.passwords import hash_password

    lines = []
    for pair in _split(value):
        name, colon, password = pair.partition(":")
        if not colon or not name or not password:
            raise FlowerSettingError("basic_auth is not like name:password")
        lines.append(f"{name}:{hash_password(password)}:admin")
    return Translation(
        "taken, as admin; better --users-file with hashed passwords", {"users": tuple(lines)}
    )


def _inspect_timeout(value: Any) -> Translation:
    try:
        seconds = float(value) / 1_000
    except ValueError:
        raise FlowerSettingError("inspect_timeout is no number of milliseconds") from None
    return Translation(
        f"taken as {seconds:g} seconds; --inspect-timeout counts in seconds",
        {"inspect_timeout": seconds},
    )


def _auth(value: Any) -> Translation:
    entries = []
    for part in str(value).split("|"):
        domain, address = _PLAIN_DOMAIN.fullmatch(part), _PLAIN_ADDRESS.fullmatch(part)
        if domain:
            entries.append("@" + domain[1].replace("\\", "").lower() + "=admin")
        elif address:
            entries.append(address[1].replace("\\", "").lower() + "=admin")
        else:
            raise FlowerSettingError(
                "auth: patterns are not taken, since they match more than is meant; list "
                "addresses and domains: --oauth-allow ann@example.org=admin,@example.org=viewer"
            )
    return Translation("taken, as admin; see --oauth-allow", {"oauth_allow": tuple(entries)})


def _provider(value: Any) -> Translation:
    name = next((name for name in PROVIDERS if name in str(value).lower()), None)
    if name is None:
        raise FlowerSettingError(f"auth_provider: give --oauth-provider: {', '.join(PROVIDERS)}")
    return Translation(f"taken as --oauth-provider {name}", {"oauth_provider": name})


def _proxies(value: Any) -> Translation:
    if str(value).lower() in ("false", "0", "no", "off"):
        return Translation("has no effect: no proxy is believed unless it is named")
    return Translation(
        "taken as --trusted-proxies 127.0.0.1,::1; name your proxy's address there",
        {"trusted_proxies": ("127.0.0.1", "::1")},
    )


def _groups(value: Any) -> Translation:
    entries = tuple(f"group:{name}=admin" for name in _split(value))
    return Translation("taken, as admin; see --oauth-allow", {"oauth_allow": entries})


def _renamed(
    ours: str, change: Callable[[Any], Any] = lambda value: value
) -> Callable[[Any], Translation]:
    flag = ours.replace("_", "-")
    return lambda value: Translation(f"taken as --{flag}", {ours: change(value)})


def _buckets(value: Any) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in _split(value))
    except ValueError:
        raise FlowerSettingError("task_runtime_metric_buckets are no numbers") from None


def _https(value: Any) -> str:
    return value if "://" in str(value) else f"https://{value}"


_CHANGED: Final[dict[str, Callable[[Any], Translation]]] = {
    "basic_auth": _basic_auth,
    "inspect_timeout": _inspect_timeout,
    "auth": _auth,
    "auth_provider": _provider,
    "oauth2_key": _renamed("oauth_key"),
    "oauth2_secret": _renamed("oauth_secret"),
    "oauth2_redirect_uri": _renamed("oauth_redirect_uri"),
    "oauth2_okta_base_url": _renamed("oauth_issuer"),
    "gitlab_oauth_domain": _renamed("oauth_issuer", _https),
    "github_oauth_domain": _renamed("oauth_issuer", _https),
    "gitlab_auth_allowed_groups": _groups,
    "xheaders": _proxies,
    "task_runtime_metric_buckets": _renamed("runtime_buckets", _buckets),
}
