"""How work flows through a pipeline, worked out from its snapshots alone.

`Flow.observe(snapshot)` turns a series of `DashboardSnapshot` into a `FlowReport`: throughput,
time left, the state of each stage and the bottleneck with its reason. Nothing here does I/O or
asks a clock; the terminal displays and the web page both read their figures from here.
"""

from antflow.flow.bottleneck import find_bottleneck
from antflow.flow.observe import Flow, capacities_of
from antflow.flow.records import Bottleneck, FlowReport, Health, StageFlow, StageLoad

__all__ = [
    "Bottleneck",
    "Flow",
    "FlowReport",
    "Health",
    "StageFlow",
    "StageLoad",
    "capacities_of",
    "find_bottleneck",
]
