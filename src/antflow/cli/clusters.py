"""The clusters that the command line names."""

from __future__ import annotations

import hashlib
from typing import Any

from antflow.cluster import Cluster
from antflow.cluster.application import application_of
from antflow.cluster.broker import read_address
from antflow.cluster.history import History, default_url
from antflow.exceptions import AntFlowError
from antflow.source import Source
from antflow.web.settings import Settings
from antflow.web.settings.gather import Told

FIRST = "cluster"
NO_HISTORY = "none"


class NoClusterError(AntFlowError):
    """Nothing says which cluster is meant: give an application (`-A`) or a broker (`--broker`)."""


def make_clusters(told: Told, app: Any = None) -> list[Source]:
    """All clusters that are named, the one of `-A` or `--broker` first.

    Raises:
        NoClusterError: none is.
        NotFoundError: an application is not there.
        ValueError: an alert rule cannot be.
    """
    found: list[Source] = []
    if app is not None or told.app or told.broker:
        own = application_of(
            app if app is not None else told.app,
            broker=told.broker,
            backend=told.result_backend,
        )
        found.append(_cluster(FIRST, own, told))
    for text in told.clusters:
        name, mark, where = text.partition("=")
        if not mark or not name or not where:
            raise NoClusterError(f"--cluster {name!r} is not like name=application")
        is_broker = "://" in where
        own = application_of(None, broker=where) if is_broker else application_of(where)
        found.append(_cluster(name, own, told))
    if not found:
        raise NoClusterError("say which cluster: -A proj.app, or --broker redis://…")
    return found


def _cluster(name: str, app: Any, told: Told) -> Cluster:
    settings = told.settings
    return Cluster(
        app,
        name=name,
        timeout=settings.inspect_timeout,
        max_tasks=settings.max_tasks,
        max_workers=settings.max_workers,
        purge_offline_workers=settings.purge_offline_workers,
        runtime_buckets=settings.runtime_buckets,
        history=_history(name, app, settings),
        management_url=settings.broker_api,
        enable_events=settings.enable_events,
        alerts=told.alerts,
    )


def _history(name: str, app: Any, settings: Settings) -> History | None:
    url = _database(name, app, settings)
    if url is None:
        return None
    return History(
        url,
        max_age=settings.history_age,
        failures_max_age=settings.history_failures_age,
        max_rows=settings.history_rows,
    )


def _database(name: str, app: Any, settings: Settings) -> str | None:
    """One database for each cluster: tasks of two would be shown as one's."""
    if settings.db == NO_HISTORY:
        return None
    if settings.db and name == FIRST:
        return settings.db
    mark = hashlib.sha256(f"{name} {read_address(app)}".encode()).hexdigest()[:8]
    return default_url().removesuffix(".db") + f"-{mark}.db"
