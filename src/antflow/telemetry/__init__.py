"""Traces and metrics of pipelines and executors, for OpenTelemetry and Prometheus.

Importing this package imports neither; `antflow.telemetry.prometheus` is imported by name.
"""

from __future__ import annotations

from antflow import hooks
from antflow.telemetry.configuration import configure_telemetry, current_hook, telemetry_enabled

__all__ = ["configure_telemetry", "telemetry_enabled"]

hooks.install(current_hook)
