"""`Confirm`: a question before something is ended."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Static


class Confirm(ModalScreen[bool]):
    """Answered by `y` or `n`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("y", "answer(True)", "yes"),
        ("n,escape", "answer(False)", "no"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The question alone."""
        yield Static(f"{self._question}\n\n[b]y[/b] yes    [b]n[/b] no", id="question")

    def action_answer(self, sure: bool) -> None:
        """Close with the answer."""
        self.dismiss(sure)
