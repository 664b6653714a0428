"""Whatever way the bytes are cut, the same messages come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antflow.cluster.events.resp import ProtocolError, Stream


def message(payload: bytes, mark: bytes = b"*") -> bytes:
    parts = [b"pmessage", b"/0.celeryev/*", b"/0.celeryev/task.multi", payload]
    bulks = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
    return mark + b"4\r\n" + bulks


SUBSCRIBED = b"*3\r\n$10\r\npsubscribe\r\n$13\r\n/0.celeryev/*\r\n:1\r\n"
PONG = b"*2\r\n$4\r\npong\r\n$0\r\n\r\n"


@given(
    st.lists(st.binary(max_size=40), max_size=8),
    st.integers(1, 50),
    st.sampled_from([b"*", b">"]),
)
def test_messages_come_whole_however_they_are_cut(
    payloads: list[bytes], step: int, mark: bytes
) -> None:
    data = SUBSCRIBED + b"".join(message(payload, mark) + PONG for payload in payloads)
    stream = Stream(max_payload=1000)
    got: list[bytes] = []
    for start in range(0, len(data), step):
        got += [bytes(payload) for payload in stream.feed(data[start : start + step])]
    assert got == payloads
    assert stream.replies == 1 + len(payloads)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_a_payload_above_the_bound_is_passed_over(step: int) -> None:
    data = message(b"a") + message(b"x" * 500) + message(b"b")
    stream = Stream(max_payload=100)
    got: list[bytes] = []
    for start in range(0, len(data), step):
        got += [bytes(payload) for payload in stream.feed(data[start : start + step])]
    assert got == [b"a", b"b"]
    assert stream.oversize == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"+PONG\r\n",
        b":12\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"_\r\n",
        b"#t\r\n",
        b",1.5\r\n",
        b"(123\r\n",
        b"%1\r\n+a\r\n:1\r\n",
        b"~2\r\n+a\r\n+b\r\n",
        b"=8\r\ntxt:abcd\r\n",
        b">2\r\n$6\r\nMOVING\r\n*2\r\n:1\r\n+x\r\n",
    ],
)
def test_every_kind_of_reply_is_passed_over(reply: bytes) -> None:
    stream = Stream(max_payload=100)
    assert [bytes(payload) for payload in stream.feed(reply + message(b"a"))] == [b"a"]
    assert stream.replies == 1


def test_an_error_of_the_server_is_raised_in_its_words() -> None:
    with pytest.raises(ProtocolError, match="NOPERM no channel"):
        Stream(max_payload=100).feed(b"-NOPERM no channel for you\r\n")


@pytest.mark.parametrize("data", [b"HTTP/1.1 400\r\n", b"\r\n", b"$x\r\n", b"x" * 70_000])
def test_another_protocol_is_noticed(data: bytes) -> None:
    with pytest.raises(ProtocolError, match="not the Redis protocol"):
        Stream(max_payload=100).feed(data)
