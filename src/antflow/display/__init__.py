"""Terminal displays: what `run(progress=True)` and `run(dashboard="compact")` put on the screen.

On a terminal they draw in place; on a pipe, in CI or where `TERM=dumb` they print plain lines.
Subclass `BaseDashboard` for one of your own and pass it as `run(custom_dashboard=…)`.
"""

from antflow.display.base import BaseDashboard
from antflow.display.compact import CompactDashboard
from antflow.display.detailed import DetailedDashboard
from antflow.display.full import FullDashboard
from antflow.display.progress import ProgressDisplay

__all__ = [
    "BaseDashboard",
    "CompactDashboard",
    "DetailedDashboard",
    "FullDashboard",
    "ProgressDisplay",
]
