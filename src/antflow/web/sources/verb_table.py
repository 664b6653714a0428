"""The verbs of a local pipeline, by `target.name`."""

from __future__ import annotations

from collections.abc import Mapping

from antflow.source import Argument, Verb

_N = Argument("n", "integer", default=1, minimum=1, help="how many")


_VERBS = (
    Verb("pause", "source", "Let no stage take anything new"),
    Verb("resume", "source", "Let every stage go on"),
    Verb("pool_grow", "group", "Add workers to a stage", (_N,)),
    Verb("pool_shrink", "group", "Take workers from a stage", (_N,), destructive="ask"),
    Verb("pause", "group", "Let a stage take nothing new"),
    Verb("resume", "group", "Let a stage go on"),
    Verb("revoke", "task", "End an item wherever it is", destructive="ask"),
    Verb("revoke", "tasks", "End all items that match", destructive="grave"),
    Verb("retry", "task", "Feed a failed item again, at the stage where it failed"),
    Verb("retry", "tasks", "Feed all failed items that match again", destructive="ask"),
)

LOCAL = {f"{verb.target}.{verb.name}": verb for verb in _VERBS}
"""What can be asked of a local pipeline."""


def verb_named(verbs: Mapping[str, Verb], name: str, who: str) -> Verb:
    """The verb of this name.

    Raises:
        ValueError: there is none.
    """
    if name not in verbs:
        raise ValueError(f"unknown verb {name[:200]!r}; {who} knows {', '.join(verbs)}")
    return verbs[name]
