"""The live stream: one frame a tick, encoded once for all who watch, then differences.

Nothing is computed while nobody watches. A slow viewer gets the newest state, not a backlog.
"""

from antflow.web.stream.connection import abortable
from antflow.web.stream.difference import applied, difference
from antflow.web.stream.streams import Streams, TooManyStreamsError

__all__ = ["Streams", "TooManyStreamsError", "abortable", "applied", "difference"]
