"""The state of a cluster: tasks, workers and figures, made of its events."""

from antflow.cluster.state.durations import Histogram
from antflow.cluster.state.failures import FailureBook, Failures
from antflow.cluster.state.meters import Meters
from antflow.cluster.state.record import ENDED, Applied, TaskRecord, WorkerRecord
from antflow.cluster.state.state import ClusterState
from antflow.cluster.state.type_meter import TypeMeter

__all__ = [
    "ENDED",
    "Applied",
    "ClusterState",
    "FailureBook",
    "Failures",
    "Histogram",
    "Meters",
    "TaskRecord",
    "TypeMeter",
    "WorkerRecord",
]
