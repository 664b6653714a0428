"""`Envelope`: an item on its way, which is also the result that the caller gets."""

from __future__ import annotations

from typing import Any

from antflow.tracker.visit import Visit
from antflow.types import Item, PipelineResult

DEFAULT_PRIORITY = 100
_KINDS = 1_000
NO_METADATA: Any = None


class Envelope(PipelineResult, eq=False):
    """The result record, and what the engine needs to know while the item is on its way.

    `value` is what entered the stage where the item stands, until the stage completed it.

    Attributes:
        priority: lower goes first.
        visit: where the tracker's history of the item stands.
        carrier: the feeder's trace context, where tracing is armed.
        skipped: a stage let it pass.
        open: it has no outcome yet; whoever gives it one looks here first.
        stage: name of the stage to enter first; None: where it is fed.
    """

    priority: float = DEFAULT_PRIORITY
    visit: Visit | None = None
    carrier: Any = None
    skipped: bool = False
    open: bool = True
    stage: str | None = None

    __hash__ = object.__hash__

    @property  # type: ignore[misc]
    def metadata(self) -> dict[str, Any]:
        """The item's extra keys; the dict is made when somebody asks.

        Until then the envelope of a plain value holds no container, so that the garbage
        collector has nothing to look at in it.
        """
        metadata: dict[str, Any] | None = _METADATA.__get__(self)
        if metadata is None:
            metadata = {}
            _METADATA.__set__(self, metadata)
        return metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        _METADATA.__set__(self, metadata)


_METADATA: Any = PipelineResult.__dict__["metadata"]

_special: dict[type, bool] = {}


def is_special(kind: type) -> bool:
    """Whether elements of this type may say more than a value; `isinstance` costs thrice."""
    known = _special.get(kind)
    if known is None:
        if len(_special) > _KINDS:
            _special.clear()  # a source that makes classes as it goes shall not fill the memory
        known = _special[kind] = issubclass(kind, (dict, Item))
    return known


def seal(source: Any, sequence_id: int, priority: float) -> Envelope:
    """The envelope for one element of a source: an `Item`, a dict with an "id", or a value.

    Where the id is unhashable or the priority no number, its `error` says so.
    """
    if not is_special(type(source)):
        return Envelope(sequence_id, source, sequence_id, NO_METADATA, None, priority)
    if isinstance(source, Item):
        return _checked(_seal_item(source, sequence_id, priority))
    if "id" not in source:
        return Envelope(sequence_id, source, sequence_id, NO_METADATA, None, priority)
    metadata = {key: value for key, value in source.items() if key not in ("id", "value")}
    value = source.get("value", source)
    return _checked(Envelope(source["id"], value, sequence_id, metadata, None, priority))


def _checked(envelope: Envelope) -> Envelope:
    try:
        hash(envelope.id)
    except TypeError:
        envelope.error = ValueError(f"item ids must be hashable, got {envelope.id!r}")
    if not isinstance(envelope.priority, (int, float)):
        envelope.error = ValueError(f"priority must be a number, got {envelope.priority!r}")
        envelope.priority = DEFAULT_PRIORITY
    return envelope


def _seal_item(item: Item, sequence_id: int, priority: float) -> Envelope:
    return Envelope(
        sequence_id if item.id is None else item.id,
        item.value,
        sequence_id,
        dict(item.metadata),
        None,
        priority if item.priority is None else item.priority,
        stage=item.stage,
    )


def reopen(envelope: PipelineResult, stage: str) -> Item:
    """The envelope as an item that can be fed again and goes on at `stage`."""
    priority = envelope.priority if isinstance(envelope, Envelope) else None
    return Item(envelope.id, envelope.value, envelope.metadata, priority, stage)
