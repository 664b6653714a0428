"""`Outgoing`: removes secrets from whatever goes out, and cuts what is too long for a row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from antflow.redaction import Redactor
from antflow.source import (
    Answer,
    FailureGroup,
    Frame,
    Group,
    RunningTask,
    Span,
    Spans,
    TaskDetail,
    TaskView,
    WorkerDetail,
    WorkerView,
)
from antflow.web.turn import Turn

LONGEST = 200
"""Characters of an argument or a result in a row of a list."""

_REMEMBERED = 5_000
_CUT = ("args", "kwargs", "result", "exception")


class Outgoing:
    """Records as they may be seen.

    Args:
        redactor: knows what is secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._texts: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A text; those of frames come again and again, so they are remembered."""
        known = self._texts.get(text)
        if known is None:
            if len(self._texts) >= _REMEMBERED:
                self._texts.clear()
            known = self._texts[text] = self._redactor.text(text)
        return known

    def value(self, value: Any) -> Any:
        """Anything else, at any depth."""
        return self._redactor.value(value)

    def frame(self, frame: Frame) -> Frame:
        """A frame, without secrets in what people or programs wrote freely."""
        health = frame.health
        if health.reason is not None:
            health = replace(health, reason=self.text(health.reason))
        return replace(
            frame,
            health=health,
            groups=[self._group(group) for group in frame.groups],
            workers=[self._worker(worker) for worker in frame.workers],
            failures=[self._failures(group) for group in frame.failures],
        )

    def _group(self, group: Group) -> Group:
        if group.bottleneck is None:
            return group
        return replace(group, bottleneck=self.text(group.bottleneck))

    def _worker(self, worker: WorkerView) -> WorkerView:
        # of hundreds of workers at every tick, hardly one has anything to hide
        for task in worker.running:
            if task.name is not None and self.text(task.name) != task.name:
                return replace(worker, running=tuple(map(self._running, worker.running)))
        return worker

    def _running(self, task: RunningTask) -> RunningTask:
        if task.name is None or (name := self.text(task.name)) == task.name:
            return task
        return replace(task, name=name)

    def _failures(self, group: FailureGroup) -> FailureGroup:
        traceback = None if group.traceback is None else self.text(group.traceback)
        return replace(group, message=self.text(group.message), traceback=traceback)

    def task(self, task: TaskView) -> TaskView:
        """A task's row in full."""
        return self._redactor.task(task)

    def row(self, task: TaskView) -> TaskView:
        """A task's row for a list: long texts are cut, and there is no traceback."""
        # What is cut before it is read holds whole any secret that can be seen afterwards.
        shorter = {}
        for field in _CUT:
            text = getattr(task, field)
            if text is not None and len(text) > LONGEST:
                shorter[field] = self._redactor.text(text[: 20 * LONGEST])[:LONGEST]
        if shorter:
            cut = task.cut or "args" in shorter or "kwargs" in shorter or "result" in shorter
            task = replace(task, **shorter, cut=cut, traceback=None)
        elif task.traceback is not None:
            task = replace(task, traceback=None)
        return self._redactor.task(task)

    async def rows(self, tasks: Iterable[TaskView]) -> list[TaskView]:
        """Rows for a list; gives way to others on the loop in between."""
        turn, rows = Turn(), []
        for task in tasks:
            rows.append(self.row(task))
            if turn.over:
                await turn.give_way()
        return rows

    async def detail(self, detail: TaskDetail) -> TaskDetail:
        """One task in full; the rows of its tree are those of a list."""
        timeline = [
            step if step.detail is None else replace(step, detail=self.text(step.detail))
            for step in detail.timeline
        ]
        tree = await self.rows(detail.tree)
        return TaskDetail(self.task(detail.task), timeline, tree, self.value(detail.raw))

    def worker(self, detail: WorkerDetail) -> WorkerDetail:
        """One worker in full."""
        error = None if detail.error is None else self.text(detail.error)
        sections = self.value(detail.sections)
        return WorkerDetail(self._worker(detail.worker), sections, detail.asked, error)

    def spans(self, found: Spans) -> Spans:
        """What workers did; its names are those of rows."""
        return Spans(found.since, [self._span(span) for span in found.spans])

    def _span(self, span: Span) -> Span:
        if span.name is None or (name := self.text(span.name)) == span.name:
            return span
        return replace(span, name=name)

    def answers(self, answers: Iterable[Answer]) -> list[Answer]:
        """What workers answered."""
        return [replace(answer, message=self.text(answer.message)) for answer in answers]
