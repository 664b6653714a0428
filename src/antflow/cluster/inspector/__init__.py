"""What Celery workers answer when they are asked, without blocking an event loop."""

from antflow.cluster.inspector.heartbeats import Heartbeat
from antflow.cluster.inspector.inspection import Inspection
from antflow.cluster.inspector.inspector import Inspector
from antflow.cluster.inspector.remote import Remote, Reply
from antflow.cluster.inspector.worker_info import WorkerInfo

__all__ = ["Heartbeat", "Inspection", "Inspector", "Remote", "Reply", "WorkerInfo"]
