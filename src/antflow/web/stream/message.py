"""Messages of the stream, encoded once for all who watch."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from antflow.source import Frame
from antflow.web.encoding import encoded
from antflow.web.stream.difference import Patch

PING = b": ping\n\n"


class FrameMessage(Struct, frozen=True):
    """Everything.

    Attributes:
        source: name of the source.
        seq: number of this state; each source counts its own.
        frame: the state.
    """

    source: str
    seq: int
    frame: Frame


class DiffMessage(Struct, frozen=True):
    """What changed.

    Attributes:
        source: name of the source.
        seq: number of the state that it leads to.
        base: number of the state that it is applied to.
        patch: what changed, see `antflow.web.stream.difference`.
    """

    source: str
    seq: int
    base: int
    patch: Patch


class EventMessage(Struct, frozen=True):
    """A raw event of the source.

    Attributes:
        source: name of the source.
        seq: number of the event; a gap means that events were left out.
        event: its fields.
    """

    source: str
    seq: int
    event: dict[str, Any]


def message(kind: str, data: Struct) -> bytes:
    """A message as it goes over the line, without an id."""
    # JSON holds no line break of its own, so one line of data is enough.
    return b"event: " + kind.encode() + b"\ndata: " + encoded(data) + b"\n\n"
