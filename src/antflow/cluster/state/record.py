"""What is known of one task and of one worker, and what a batch of events changed."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

PENDING: Final = "PENDING"
RECEIVED: Final = "RECEIVED"
STARTED: Final = "STARTED"
SUCCESS: Final = "SUCCESS"
FAILURE: Final = "FAILURE"
RETRY: Final = "RETRY"
REVOKED: Final = "REVOKED"
REJECTED: Final = "REJECTED"

STATES: Final = (PENDING, RECEIVED, STARTED, SUCCESS, FAILURE, RETRY, REVOKED, REJECTED)
FINISHED: Final = {REVOKED: 1, FAILURE: 2, SUCCESS: 3}
"""States that end a task, with Celery's precedence: the higher stays when both are told."""

ENDED: Final = {
    SUCCESS: "succeeded",
    FAILURE: "failed",
    REVOKED: "revoked",
    REJECTED: "rejected",
}
"""States that a task does not leave by itself, and the fields that tell when it came there."""

RANK: Final = {PENDING: 0, REJECTED: 1, RECEIVED: 2, STARTED: 3, RETRY: 4} | {
    state: 5 + precedence for state, precedence in FINISHED.items()
}
"""How far a task is with its attempt; decides where times cannot."""


class TaskRecord(Struct, gc=False):
    """One task. Times are Unix seconds by the clock of the worker that told them; None: unknown.

    Attributes:
        uuid: its id.
        name: its type.
        state: one of Celery's states: PENDING, RECEIVED, STARTED, SUCCESS, FAILURE, RETRY,
            REVOKED or REJECTED.
        worker: hostname of the worker that has or had it.
        client: hostname of the sender.
        received, sent, started, rejected, succeeded, failed, retried, revoked: when it was.
            `received` and `started` are those of the newest attempt.
        args, kwargs, result, exception, traceback: as text, cut by Celery and by the bounds of
            `antflow.cluster.state.schema`.
        eta, expires: as the sender asked, as text.
        exchange, routing_key, queue: how it was sent.
        retries: attempts beyond the first.
        timestamp: time of the event that gave the present state.
        runtime: seconds it ran, where it succeeded.
        clock: logical clock of that event.
        root_id, parent_id: its ancestors.
        orphaned: when its worker was found dead while it ran, by our clock.
        stuck: it runs far longer than its type's usual time.
    """

    uuid: str
    name: str | None = None
    state: str = PENDING
    worker: str | None = None
    client: str | None = None
    received: float | None = None
    sent: float | None = None
    started: float | None = None
    rejected: float | None = None
    succeeded: float | None = None
    failed: float | None = None
    retried: float | None = None
    revoked: float | None = None
    args: str | None = None
    kwargs: str | None = None
    eta: str | None = None
    expires: str | None = None
    result: str | None = None
    exception: str | None = None
    traceback: str | None = None
    exchange: str | None = None
    routing_key: str | None = None
    queue: str | None = None
    retries: int = 0
    timestamp: float | None = None
    runtime: float | None = None
    clock: int = 0
    root_id: str | None = None
    parent_id: str | None = None
    orphaned: float | None = None
    stuck: bool = False
    _pid: int | None = None
    _attempt: int | None = None
    _order: float = -1.0
    _text: str | None = None

    @property
    def finished(self) -> float | None:
        """When it came into its last state; None while it can go on."""
        name = ENDED.get(self.state)
        return None if name is None else getattr(self, name)


class WorkerRecord(Struct):
    """One worker.

    Attributes:
        hostname: its name, such as `celery@host`.
        online: whether it gave a sign within its last two heartbeats.
        first_seen: when its first event came, by our clock.
        last_seen: when its newest event came, by our clock.
        timestamp: the worker's own clock at its newest event.
        drift: its clock less ours, in seconds.
        freq: seconds between heartbeats.
        loadavg: load averages of its machine over 1, 5 and 15 minutes.
        active: tasks it ran at its last heartbeat.
        processed: tasks it took up since it started, by its last heartbeat.
        pid: its process.
        clock: its logical clock at its newest event.
        sw_ident, sw_ver, sw_sys: its software, version and system.
        received, started, succeeded, failed, retried, revoked: events seen, doubles left out.
        missed: tasks processed that no event told of.
        running: ids of the tasks started here and not ended, oldest first.
    """

    hostname: str
    online: bool = True
    first_seen: float = 0.0
    last_seen: float = 0.0
    timestamp: float | None = None
    drift: float = 0.0
    freq: float = 2.0
    loadavg: tuple[float, float, float] | None = None
    active: int = 0
    processed: int = 0
    pid: int | None = None
    clock: int = 0
    sw_ident: str | None = None
    sw_ver: str | None = None
    sw_sys: str | None = None
    received: int = 0
    started: int = 0
    succeeded: int = 0
    failed: int = 0
    retried: int = 0
    revoked: int = 0
    missed: int = 0
    running: dict[str, None] = field(default_factory=dict)


class Applied(Struct):
    """What a batch of events, or a tick, changed.

    Attributes:
        tasks: records that changed, by id.
        workers: names of the workers that changed.
        malformed: events that could not be read.
    """

    tasks: dict[str, TaskRecord] = field(default_factory=dict)
    workers: set[str] = field(default_factory=set)
    malformed: int = 0
