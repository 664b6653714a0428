"""`PriorityQueue`: a deque's interface over items of several priorities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antflow.pipeline.envelope import Envelope, seal
from antflow.pipeline.priority import PriorityQueue


def items(priorities: list[int]) -> list[Envelope]:
    return [seal(None, number, priority) for number, priority in enumerate(priorities)]


def emptied(queue: PriorityQueue) -> list[int]:
    return [queue.popleft().sequence_id for _ in range(len(queue))]


@given(st.lists(st.integers(-3, 3)))
def test_items_leave_as_a_stable_sort_would_order_them(priorities: list[int]) -> None:
    queue = PriorityQueue()
    for each in items(priorities):
        queue.append(each)
    expected = sorted(range(len(priorities)), key=lambda number: priorities[number])
    assert len(queue) == len(priorities)
    assert [each.sequence_id for each in queue] == expected
    assert emptied(queue) == expected


def test_it_may_begin_with_items() -> None:
    assert emptied(PriorityQueue(items([2, 1, 2]))) == [1, 0, 2]


def test_items_may_come_while_others_leave() -> None:
    queue = PriorityQueue(items([5, 1]))
    first = queue.popleft().sequence_id
    queue.append(seal(None, 9, 3))
    assert [first, *emptied(queue)] == [1, 9, 0]


def test_an_empty_queue_is_false_and_gives_nothing() -> None:
    queue = PriorityQueue()
    assert not queue
    with pytest.raises(IndexError):
        queue.popleft()


def test_a_cleared_queue_is_empty_and_can_be_filled_again() -> None:
    queue = PriorityQueue(items([1, 2]))
    queue.clear()
    assert (len(queue), list(queue)) == (0, [])
    queue.append(seal(None, 7, 1))
    assert emptied(queue) == [7]
