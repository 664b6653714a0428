"""`TelemetryHook`: OpenTelemetry spans and metrics of runs, stages, tasks and executors."""

from __future__ import annotations

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.metrics import Counter, Meter, MeterProvider
from opentelemetry.trace import TracerProvider
from opentelemetry.util.types import Attributes

from antflow._version import __version__
from antflow.hooks import WorkHook
from antflow.telemetry.spans import ActiveSpan, Ended, active_span, report

# The SDK's own bounds are meant for milliseconds.
_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class TelemetryHook(WorkHook):
    """Spans around the work, counters of items and a histogram of task durations.

    Spans: `antflow.pipeline.run` > `antflow.stage.{name}` > `antflow.task.{name}`, and
    `antflow.executor.task`. Counters: `antflow.pipeline.items.processed`, `.failed`,
    `.retried`. Histogram: `antflow.task.duration`, in seconds.

    Args:
        tracer_provider: makes the tracer.
        meter_provider: makes the meter.
    """

    def __init__(self, tracer_provider: TracerProvider, meter_provider: MeterProvider) -> None:
        self._tracer = tracer_provider.get_tracer("antflow", __version__)
        meter = meter_provider.get_meter("antflow", __version__)
        self._processed = _item_counter(meter, "processed", "Items that left the last stage.")
        self._failed = _item_counter(meter, "failed", "Items that failed for good.")
        self._retried = _item_counter(meter, "retried", "Failed attempts that another one follows.")
        self._duration = meter.create_histogram(
            "antflow.task.duration",
            unit="s",
            description="Time that an attempt of a task took.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    def run(self, stages: int, total: int | None) -> ActiveSpan:
        """A span `antflow.pipeline.run`, child of the caller's current span."""
        attributes = {"antflow.pipeline.stages": stages}
        if total is not None:
            attributes["antflow.pipeline.total_items"] = total
        return ActiveSpan(self._tracer, "antflow.pipeline.run", attributes)

    def carrier(self) -> Context:
        """The feeder's trace context (current span and baggage)."""
        return context.get_current()

    def stage(self, carrier: Context | None, stage_name: str) -> ActiveSpan:
        """A span `antflow.stage.{name}`, child of the span that was current at the feeder."""
        return ActiveSpan(
            self._tracer,
            f"antflow.stage.{stage_name}",
            {"antflow.stage.name": stage_name},
            parent=carrier,
            stage_name=stage_name,
        )

    def task(self, task_name: str, attempt: int) -> ActiveSpan:
        """A span `antflow.task.{name}`, and a measurement of its duration."""
        return ActiveSpan(
            self._tracer,
            f"antflow.task.{task_name}",
            {"antflow.task.name": task_name, "antflow.task.attempt": attempt},
            ended=self._measure(task_name),
        )

    def executor_task(self, worker_id: int, task_id: int) -> ActiveSpan:
        """A span `antflow.executor.task`, child of the submitter's current span."""
        attributes = {"antflow.executor.worker_id": worker_id, "antflow.executor.task_id": task_id}
        return ActiveSpan(self._tracer, "antflow.executor.task", attributes)

    def item_processed(self) -> None:
        """Count it."""
        _count(self._processed)

    def item_failed(self, stage_name: str, error: BaseException) -> None:
        """Count it; its spans have the error already."""
        _count(self._failed, _failure(stage_name, error))

    def item_retried(self, stage_name: str, error: BaseException) -> None:
        """Count it."""
        _count(self._retried, _failure(stage_name, error))

    def _measure(self, task_name: str) -> Ended:
        attributes = {"antflow.task.name": task_name}
        stay = active_span()
        if stay is not None and stay.stage_name is not None:
            attributes["antflow.stage.name"] = stay.stage_name

        def ended(seconds: float, error: BaseException | None) -> None:
            if error is not None:
                attributes["error.type"] = type(error).__qualname__
            self._duration.record(seconds, attributes)

        return ended


def _item_counter(meter: Meter, outcome: str, description: str) -> Counter:
    name = f"antflow.pipeline.items.{outcome}"
    return meter.create_counter(name, unit="{item}", description=description)


def _count(counter: Counter, attributes: Attributes = None) -> None:
    try:
        counter.add(1, attributes)
    except Exception:
        report("count an item")


def _failure(stage_name: str, error: BaseException) -> dict[str, str]:
    return {"antflow.stage.name": stage_name, "error.type": type(error).__qualname__}
