"""What becomes of an inspection: answers, records of workers, or the error that says why not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from antflow.cluster.inspector.heartbeats import Heartbeat
from antflow.cluster.inspector.run import Run
from antflow.cluster.inspector.worker_info import WorkerInfo, worker_info
from antflow.exceptions import CommandRefusedError

SilentError = Callable[[Collection[str]], Exception]
"""Makes the error for workers that did not answer."""


def is_error(reply: Any) -> bool:
    """Whether a worker answered that it could not."""
    return isinstance(reply, dict) and reply.keys() == {"error"}


def answers_to(
    runs: Sequence[Run], method: str, names: Collection[str] | None, silent: SilentError
) -> dict[str, Any]:
    """What workers answered to one method.

    Args:
        runs: those that asked.
        method: what was asked.
        names: the workers meant; None: all that the runs asked.
        silent: makes the error where somebody should have answered and nobody did.

    Raises:
        Exception: that one, or the run's own, or CommandRefusedError where all answers are errors.
    """
    found = {
        worker: reply
        for run in runs
        for worker, reply in list(run.replies.get(method, {}).items())
        if names is None or worker in names
    }
    good = {worker: reply for worker, reply in found.items() if not is_error(reply)}
    if found and not good:
        told = "; ".join(f"{worker}: {reply['error']}" for worker, reply in sorted(found.items()))
        raise CommandRefusedError(f"{method} failed: {told}")
    if not found:
        raise_if_silent(runs, names, silent)
    return good


def infos_of(
    runs: Sequence[Run], names: Collection[str] | None, heartbeats: Mapping[str, Heartbeat]
) -> dict[str, WorkerInfo]:
    """Records of the workers that answered anything; empty where none did."""
    infos = {}
    for run in runs:
        for worker in sorted(run.answered):
            if names is None or worker in names:
                answers = {
                    method: found[worker]
                    for method, found in run.replies.items()
                    if worker in found and not is_error(found[worker])
                }
                infos[worker] = worker_info(worker, answers, heartbeats.get(worker), run.at)
    return infos


def raise_if_silent(
    runs: Sequence[Run], names: Collection[str] | None, silent: SilentError
) -> None:
    """Raise why nobody answered; return where nobody had to.

    Raises:
        Exception: the run's own error, or the one that `silent` makes.
    """
    for run in runs:
        if run.error is not None:
            raise run.error
    missed = {name for run in runs for name in run.covers}
    if missed:
        raise silent(missed if names is None else names)
