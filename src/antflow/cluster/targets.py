"""What a command can be aimed at: the workers, task types and queues that are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from celery import Celery

from antflow.cluster.application import own_queues
from antflow.cluster.picture import consumed
from antflow.exceptions import NotFoundError

if TYPE_CHECKING:
    from antflow.cluster.control import Control
    from antflow.cluster.following import Following
    from antflow.cluster.inspector import Inspector
    from antflow.cluster.state import ClusterState


class Targets:
    """Knows names by events, by workers' answers and by the application.

    Args:
        app: knows its own task types and queues.
        state: knows what events told.
        inspector: knows what workers answered.
        control: knows the queues that are paused.
        following: knows the queues that were sampled or sent to.
    """

    def __init__(
        self,
        app: Celery,
        state: ClusterState,
        inspector: Inspector,
        control: Control,
        following: Following,
    ) -> None:
        self._app = app
        self._state = state
        self._inspector = inspector
        self._control = control
        self._following = following

    def check(self, kind: str, name: str) -> None:
        """Let a name pass that is known.

        Args:
            kind: `worker`, `group` or `queue`, as a verb's target.
            name: which.

        Raises:
            NotFoundError: it is not known.
        """
        kinds: dict[str, tuple[str, Callable[[str], bool]]] = {
            "worker": ("worker", self.is_worker),
            "group": ("task type", self._is_task_type),
            "queue": ("queue", self._is_queue),
        }
        what, is_known = kinds[kind]
        if not is_known(name):
            raise NotFoundError(f"No such {what}: {name!r}")

    def is_worker(self, name: str) -> bool:
        """Whether a worker of this name is known, by events or by its answers."""
        return name in self._state.workers or name in self._inspector.known

    def _is_task_type(self, name: str) -> bool:
        if name in self._state.meters.types or name in self._app.tasks:
            return True
        answers = list(self._inspector.workers.values())
        return any(name in _first_words(said.get("registered")) for said in answers)

    def _is_queue(self, name: str) -> bool:
        following = self._following
        known = {view.name for view in following.queue_views} | set(self._control.paused)
        known |= consumed(self._inspector.workers) | set(following.waiting.names)
        return name in known or name in own_queues(self._app)


def _first_words(registered: Any) -> set[str]:
    """`proj.add [rate_limit=10/s]` is how a worker tells of a task with a limit."""
    return {str(text).split(" ")[0] for text in registered or ()}
