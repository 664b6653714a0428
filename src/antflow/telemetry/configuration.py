"""Whether the next run is traced, and by which OpenTelemetry providers.

It is decided anew at each start, because applications set up their SDK after importing antflow.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from antflow.hooks import WorkHook

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider


@dataclass(slots=True)
class _Choice:
    enabled: bool | None = None
    tracer_provider: TracerProvider | None = None
    meter_provider: MeterProvider | None = None


_choice = _Choice()
_latest: tuple[Any, Any, WorkHook | None] | None = None
_log = logging.getLogger("antflow")


def configure_telemetry(
    enabled: bool | None = None,
    *,
    tracer_provider: TracerProvider | None = None,
    meter_provider: MeterProvider | None = None,
) -> None:
    """Choose whether runs and executors that start from now on are traced and measured.

    Args:
        enabled: None (the default): where the application has set up an OpenTelemetry SDK, or
            a provider is given here. True: always. False: never.
        tracer_provider: used instead of OpenTelemetry's global one.
        meter_provider: used instead of OpenTelemetry's global one.

    Raises:
        ImportError: `enabled=True` and OpenTelemetry is not installed.
    """
    global _choice, _latest
    if enabled:
        _require_opentelemetry()
    _choice = _Choice(enabled, tracer_provider, meter_provider)
    _latest = None


def telemetry_enabled() -> bool:
    """Whether a run or an executor that starts now is traced and measured."""
    if _choice.enabled is not None:
        return _choice.enabled
    if _choice.tracer_provider is not None or _choice.meter_provider is not None:
        return True
    return _is_set_up("trace", "get_tracer_provider") or _is_set_up("metrics", "get_meter_provider")


def current_hook() -> WorkHook | None:
    """The hook for a run that starts now, or None where telemetry is off."""
    global _latest
    if not telemetry_enabled():
        return None
    from opentelemetry import metrics, trace

    tracers = _choice.tracer_provider or trace.get_tracer_provider()
    meters = _choice.meter_provider or metrics.get_meter_provider()
    # One hook for a pair of providers: making an instrument twice costs time and may warn.
    if _latest is None or _latest[0] is not tracers or _latest[1] is not meters:
        _latest = (tracers, meters, _hook(tracers, meters))
    return _latest[2]


def _hook(tracers: Any, meters: Any) -> WorkHook | None:
    from antflow.telemetry.opentelemetry import TelemetryHook

    try:
        return TelemetryHook(tracers, meters)
    except Exception:  # an old or a broken OpenTelemetry must not keep a pipeline from running
        _log.exception("nothing is traced; is opentelemetry-api older than 1.30?")
        return None


def _is_set_up(api: str, getter: str) -> bool:
    """Whether the global provider comes from an SDK.

    An application that has set one up has imported the API; the API's own providers are
    stand-ins that record nothing.
    """
    module = sys.modules.get(f"opentelemetry.{api}")
    if module is None:
        return False
    origin = type(getattr(module, getter)()).__module__
    return not f"{origin}.".startswith(f"opentelemetry.{api}.")


def _require_opentelemetry() -> None:
    try:
        import antflow.telemetry.opentelemetry  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "telemetry needs OpenTelemetry, which is not installed:"
            " install opentelemetry-api (it comes with the extra `otel`)"
        ) from error
