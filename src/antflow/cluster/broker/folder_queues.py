"""Depths of queues of brokers that are folders, or within this process."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec

from antflow.cluster.broker.depth import Depth, declared
from antflow.cluster.broker.folder import BrokerFolder, sent_at


def read_folder(connection: Any, names: Sequence[str]) -> dict[str, Depth]:
    """Counts files: ours, where file names tell the age; else as kombu's channel counts them."""
    folder = getattr(connection.transport, "folder", None)
    if folder is None:
        answers = declared(connection, names)
        return {name: Depth(ready=answer.message_count) for name, answer in answers.items()}
    return {name: _depth(folder, name) for name in names if folder.queue(name).is_dir()}


def _depth(folder: BrokerFolder, name: str) -> Depth:
    messages = folder.messages(name)
    times = [sent for sent in map(sent_at, messages) if sent is not None]
    return Depth(
        ready=len(messages),
        unacked=folder.unacknowledged(name),
        head=_task_id(folder, name, messages[0]) if messages else None,
        # priorities come before age in the order of the names
        sent=min(times, default=None),
    )


def _task_id(folder: BrokerFolder, queue: str, name: str) -> str:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        message = msgspec.json.decode((folder.queue(queue) / name).read_bytes())
        return str(message["headers"]["id"])
    return name
