"""Putting in order what dead processes left in a broker's folder."""

from __future__ import annotations

import contextlib
import shutil
import time
from typing import Final

from antflow.cluster.broker.bindings import Bindings
from antflow.cluster.broker.claims import give_back
from antflow.cluster.broker.folder import OWNER_FILE, BrokerFolder
from antflow.cluster.broker.owners import dead_owners, forget

FORGOTTEN_AFTER: Final = 600.0
"""Seconds after which a file that is still being written is nobody's."""


def reap(folder: BrokerFolder, bindings: Bindings) -> list[str]:
    """Give back what dead processes had taken, and delete the queues that lived for them.

    A dead monitor's binding would collect events for ever otherwise. Several processes may do
    this at once: each dead one is put in order by one of them.

    Returns:
        The names of the dead.
    """
    with dead_owners(folder.owners) as dead:
        for owner in dead:
            for queue, path in folder.claims(owner):
                give_back(folder, queue, path)
            shutil.rmtree(folder.claimed / owner, ignore_errors=True)
            forget(folder.owners, owner)
    _discard_ownerless(folder, bindings)
    _remove_unfinished(folder)
    return dead


def discard_queue(folder: BrokerFolder, bindings: Bindings, queue: str) -> None:
    """Delete a queue with its messages, and unbind it everywhere."""
    bindings.drop_queue(queue)
    shutil.rmtree(folder.queue(queue), ignore_errors=True)


def _discard_ownerless(folder: BrokerFolder, bindings: Bindings) -> None:
    for queue in folder.queue_names():
        with contextlib.suppress(OSError):
            owner = (folder.queue(queue) / OWNER_FILE).read_text()
            if not (folder.owners / owner).exists():
                discard_queue(folder, bindings, queue)


def _remove_unfinished(folder: BrokerFolder) -> None:
    before = time.time() - FORGOTTEN_AFTER
    with contextlib.suppress(OSError):
        for path in folder.writing.iterdir():
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
