"""Puts the settings together: flags before variables, variables before the file."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from antflow.exceptions import AntFlowError
from antflow.web.settings.flower_names import FLOWER_PREFIX, translate
from antflow.web.settings.model import Settings

PREFIX: Final = "ANTFLOW_"
FILE: Final = "antflow.toml"
TABLE: Final = "web"

SETTINGS: Final[dict[str, Any]] = {f.name: f.type for f in dataclasses.fields(Settings)}
WHERE_FROM: Final[dict[str, Any]] = {
    "app": str | None,
    "broker": str | None,
    "result_backend": str | None,
    "clusters": tuple[str, ...],
    "alerts": tuple[dict[str, Any], ...],
}
"""What is told together with the settings, and says which clusters are shown and how."""

LISTS: Final = frozenset(
    {name for name, kind in SETTINGS.items() if "tuple" in str(kind)} | {"clusters"}
)
LINES: Final = frozenset({"users", "tokens", "redact", "oauth_allow"})
"""Lists whose entries may hold spaces."""

Warn = Callable[[str], None]


class SettingError(AntFlowError):
    """A setting cannot be understood; the text says which, where it stands and what it may be."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What the server is told.

    Attributes:
        settings: how to serve.
        app: name of the Celery application.
        broker: address of the broker.
        result_backend: address of the result backend.
        clusters: further clusters, as `name=application` or `name=address of a broker`.
        alerts: rules for all clusters, as `antflow.cluster.AlertRule` takes them; in the file
            only, as [[web.alerts]].
    """

    settings: Settings
    app: str | None = None
    broker: str | None = dataclasses.field(default=None, repr=False)
    result_backend: str | None = dataclasses.field(default=None, repr=False)
    clusters: tuple[str, ...] = dataclasses.field(default=(), repr=False)
    alerts: tuple[dict[str, Any], ...] = dataclasses.field(default=(), repr=False)


def gather(
    flags: Mapping[str, Any], environ: Mapping[str, str], warn: Warn, conf: str | None = None
) -> Told:
    """All that was told.

    Args:
        flags: of the command line, by name; ours and Flower's.
        environ: the environment; `ANTFLOW_…` and, with a hint each, `FLOWER_…`.
        warn: called with each hint.
        conf: a TOML file; None: `antflow.toml` in this folder, where there is one.

    Raises:
        SettingError: something cannot be understood.
    """
    ours, flowers = _split(flags)
    variables = {
        name.removeprefix(FLOWER_PREFIX).lower(): text
        for name, text in environ.items()
        if name.startswith(FLOWER_PREFIX)
    }
    layers = (
        _read_file(conf or environ.get(f"{PREFIX}CONF") or None, warn),
        _translated(variables, FLOWER_PREFIX, warn),
        _of_environment(environ),
        _translated(flowers, "--", warn),
        ours,
    )
    values: dict[str, Any] = {}
    for layer in layers:
        values |= layer
    told = {name: _read(name, values.pop(name)) for name in WHERE_FROM if name in values}
    return Told(settings=_settings(values), **told)


def _split(flags: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    given = {name: value for name, value in flags.items() if value not in (None, ())}
    ours = {name: value for name, value in given.items() if is_ours(name)}
    return ours, {name: value for name, value in given.items() if name not in ours}


def is_ours(name: str) -> bool:
    """Whether a setting of this name is ours, rather than Flower's."""
    return name in SETTINGS or name in WHERE_FROM


def _of_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {}
    for name in (*SETTINGS, *WHERE_FROM):
        if name == "alerts":
            continue
        text = environ.get(PREFIX + name.upper())
        if text is not None:
            found[name] = _entries(name, text) if name in LISTS else text
    return found


def _entries(name: str, text: str) -> tuple[str, ...]:
    lines = text.replace(",", "\n") if name in LINES else text.replace(",", " ").replace(" ", "\n")
    return tuple(entry.strip() for entry in lines.splitlines() if entry.strip())


def _translated(given: Mapping[str, Any], before: str, warn: Warn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        translation = translate(name, value)
        if translation is None:
            continue
        warn(f"{before}{name.upper() if before == FLOWER_PREFIX else name}: {translation.hint}")
        for ours, meant in translation.values.items():
            both = isinstance(meant, tuple) and ours in found
            found[ours] = (*found[ours], *meant) if both else meant
    return found


def _read_file(conf: str | None, warn: Warn) -> dict[str, Any]:
    path = Path(conf).expanduser() if conf else Path(FILE)
    if path.suffix == ".py":
        warn(f"{path} is Python and is not run: write its settings into {FILE}, under [{TABLE}]")
        return {}
    if conf is None and not path.is_file():
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path} cannot be read: {error}") from None
    table = tables.get(TABLE, {})
    if not isinstance(table, dict):
        raise SettingError(f"{path}: [{TABLE}] is no table")
    return {_known(name, path): _from_file(name, value) for name, value in table.items()}


def _known(name: str, path: Path) -> str:
    if is_ours(name):
        return name
    like = difflib.get_close_matches(name, (*SETTINGS, *WHERE_FROM), 1)
    meant = f"; did you mean {like[0]}?" if like else ""
    raise SettingError(f"{path}: [{TABLE}] has no setting {name!r}{meant}")


def _from_file(name: str, value: Any) -> Any:
    if name in LISTS and isinstance(value, str):
        return _entries(name, value)
    return tuple(value) if isinstance(value, list) else value


def _settings(values: Mapping[str, Any]) -> Settings:
    read = {name: _read(name, value) for name, value in values.items()}
    settings = Settings(**read)
    if not 0 <= settings.port < 65_536:
        raise SettingError(f"port: {settings.port} is not between 0 and 65535")
    if bool(settings.certfile) != bool(settings.keyfile):
        raise SettingError("certfile and keyfile are given together, or not at all")
    return settings


def _read(name: str, value: Any) -> Any:
    kind = WHERE_FROM[name] if name in WHERE_FROM else eval(SETTINGS[name])
    if isinstance(value, str) and kind is bool:
        value = {"yes": True, "on": True, "no": False, "off": False}.get(value.lower(), value)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        # without the value, which may be a secret
        raise SettingError(f"{name}: {error}") from None
    except UnicodeEncodeError:
        raise SettingError(f"{name}: it is no text") from None
