"""Tracebacks that begin at the user's own code."""

from __future__ import annotations

from os.path import dirname, join

_OWN = (dirname(__file__), join(dirname(dirname(__file__)), "threads.py"))


def trim(error: BaseException) -> None:
    """Cut the engine's frames off the front: they say nothing, and hold the whole run alive."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_OWN):
        traceback = traceback.tb_next
    error.__traceback__ = traceback
