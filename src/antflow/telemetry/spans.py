"""`ActiveSpan`: a span that is current while it is entered."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from types import TracebackType

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer
from opentelemetry.util.types import Attributes

_ACTIVE = context.create_key("antflow-active-span")
_log = logging.getLogger("antflow")
_reported: set[str] = set()

Ended = Callable[[float, BaseException | None], None]


class ActiveSpan:
    """A span around a `with` block, current in it, ended and judged after it.

    It may be left in another task or context than it was entered in, as happens to an async
    generator that is closed from elsewhere. Nothing that OpenTelemetry raises gets out of it.

    Args:
        tracer: makes the span.
        name: the span's name.
        attributes: the span's attributes.
        parent: the context to start from; None takes the current one.
        stage_name: set for an item's stay in a stage.
        ended: called inside the span with its seconds and the exception that ends it.
    """

    __slots__ = (
        "_attributes",
        "_ended",
        "_name",
        "_parent",
        "_previous",
        "_span",
        "_started",
        "_tracer",
        "stage_name",
    )

    def __init__(
        self,
        tracer: Tracer,
        name: str,
        attributes: Attributes,
        *,
        parent: Context | None = None,
        stage_name: str | None = None,
        ended: Ended | None = None,
    ) -> None:
        self._tracer = tracer
        self._name = name
        self._attributes = attributes
        self._parent = parent
        self._ended = ended
        self._span: Span | None = None
        self.stage_name = stage_name

    def __enter__(self) -> None:
        self._previous = context.get_current()
        self._started = time.perf_counter()
        try:
            parent = self._previous if self._parent is None else self._parent
            span = self._tracer.start_span(self._name, parent, attributes=self._attributes)
            context.attach(
                context.set_value(_ACTIVE, self, trace.set_span_in_context(span, parent))
            )
            self._span = span
        except Exception:
            report("start a span")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._ended is not None:
                self._ended(time.perf_counter() - self._started, error)
        except Exception:
            report("record a duration")
        # detach() would log an error in any context but the one of attach(); a context that
        # holds this span was copied from it, and any other one is not ours to change.
        if context.get_value(_ACTIVE) is self:
            context.attach(self._previous)
        self._end(error)

    def _end(self, error: BaseException | None) -> None:
        if self._span is None:
            return
        try:
            if error is not None and self._span.is_recording():
                _judge(self._span, error)
            self._span.end()
        except Exception:
            report("end a span")


def active_span() -> ActiveSpan | None:
    """The innermost of antflow's spans that is entered here, or None."""
    span = context.get_value(_ACTIVE)
    return span if isinstance(span, ActiveSpan) else None


def is_cancellation(error: BaseException) -> bool:
    """Whether somebody asked for this end, as against a task that raised by itself."""
    if isinstance(error, GeneratorExit):
        return True
    if not isinstance(error, asyncio.CancelledError):
        return False
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return False
    return task is not None and task.cancelling() > 0


def report(action: str) -> None:
    """Log the current exception, once for each kind of action."""
    if action not in _reported:
        _reported.add(action)
        _log.exception("telemetry could not %s; more of this kind is not logged", action)


def _judge(span: Span, error: BaseException) -> None:
    if is_cancellation(error):
        span.set_attribute("antflow.cancelled", True)
        return
    text = _text(error)
    span.set_status(Status(StatusCode.ERROR, text))
    try:
        span.record_exception(error)
    except Exception:  # the SDK asks the error for its text, which may raise
        name = type(error).__qualname__
        span.add_event("exception", {"exception.type": name, "exception.message": text})


def _text(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:
        return type(error).__name__
