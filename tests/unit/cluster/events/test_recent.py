"""Raw events, numbered."""

from __future__ import annotations

from antflow.cluster.events.recent import Recent


def test_raw_events_are_numbered_and_paged() -> None:
    recent = Recent(keep=100)
    recent.add([{"type": "a"}, {"type": "b"}, {"type": "c"}])
    assert recent.after(0, 2) == (3, [{"type": "a", "seq": 1}, {"type": "b", "seq": 2}])
    assert recent.after(2, 500) == (3, [{"type": "c", "seq": 3}])
    assert recent.after(3, 500) == (3, [])


def test_raw_events_that_left_the_ring_show_as_a_gap() -> None:
    recent = Recent(keep=2)
    recent.add([{"n": n} for n in range(5)])
    assert recent.after(0, 500) == (5, [{"n": 3, "seq": 4}, {"n": 4, "seq": 5}])
