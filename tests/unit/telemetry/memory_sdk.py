"""An OpenTelemetry SDK that keeps what it gets in memory."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Recorded:
    """What the SDK was given."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider(shutdown_on_exit=False)
        self.tracers.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meters = MeterProvider([self._reader], shutdown_on_exit=False)

    def spans(self, name: str = "") -> list[ReadableSpan]:
        """Ended spans, of this name if given, in order of their start."""
        ended = [span for span in self._exporter.get_finished_spans() if name in ("", span.name)]
        return sorted(ended, key=lambda span: span.start_time or 0)

    def span(self, name: str) -> ReadableSpan:
        """The only span of this name."""
        (span,) = self.spans(name)
        return span

    def parent(self, span: ReadableSpan) -> ReadableSpan:
        """The ended span that is the parent of this one."""
        parent = span.parent
        assert parent is not None
        (found,) = [other for other in self.spans() if other.context.span_id == parent.span_id]
        return found

    def points(self, metric: str) -> list[Any]:
        """The data points of a metric."""
        data = self._reader.get_metrics_data()
        if data is None:
            return []
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for found in scope.metrics
            if found.name == metric
            for point in found.data.data_points
        ]

    def total(self, metric: str) -> float:
        """The sum over a counter's data points."""
        return sum(point.value for point in self.points(metric))
