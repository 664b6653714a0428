"""A malformed message costs itself alone, and nothing but JSON is ever read."""

from __future__ import annotations

import base64
import bz2
import json
import lzma
import pickle
import zlib
from typing import Any

import pytest

from antflow.cluster.events.compression import MAX_UNPACKED, unpack
from antflow.cluster.events.decoding import (
    MAX_TEXT,
    MalformedError,
    decode_body,
    decode_envelope,
)

JSON = "application/json"
EVENT = {"type": "task-received", "uuid": "a", "hostname": "w", "timestamp": 1.5}


def envelope(body: bytes, /, **fields: Any) -> bytes:
    message = {
        "body": base64.b64encode(body).decode(),
        "content-type": JSON,
        "content-encoding": "utf-8",
        "headers": {"hostname": "w"},
        "properties": {"body_encoding": "base64", "priority": 0},
    }
    return json.dumps({**message, **fields}).encode()


def test_one_event_and_a_list_of_events_are_read() -> None:
    assert decode_envelope(envelope(json.dumps(EVENT).encode())) == ([EVENT], 0)
    assert decode_envelope(envelope(json.dumps([EVENT] * 24).encode())) == ([EVENT] * 24, 0)


def test_a_body_sent_as_plain_text_is_read() -> None:
    text = json.dumps(EVENT)
    assert decode_envelope(envelope(b"", body=text, properties={})) == ([EVENT], 0)


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("application/x-gzip", zlib.compress),
        ("application/x-bz2", bz2.compress),
        ("application/x-lzma", lzma.compress),
    ],
)
def test_compressed_events_are_read(name: str, pack: Any) -> None:
    body = pack(json.dumps([EVENT]).encode())
    assert decode_envelope(envelope(body, headers={"compression": name})) == ([EVENT], 0)


def test_a_small_message_cannot_unpack_to_a_large_one() -> None:
    with pytest.raises(ValueError, match="more than"):
        unpack(zlib.compress(b"x" * (MAX_UNPACKED + 1)), "gzip")


@pytest.mark.parametrize("name", ["application/x-brotli", "application/x-gzip"])
def test_unknown_and_broken_compression_is_malformed(name: str) -> None:
    with pytest.raises(MalformedError):
        decode_envelope(envelope(b"nothing packed", headers={"compression": name}))


class _Trap:
    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return setattr, (_Trap, "sprung", True)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-python-serialize",
        "application/x-yaml",
        "application/x-msgpack",
        "application/data",
        "",
    ],
)
def test_other_content_types_are_refused_unread(content_type: str) -> None:
    with pytest.raises(MalformedError, match="is not read"):
        decode_envelope(envelope(pickle.dumps(_Trap()), **{"content-type": content_type}))
    assert not _Trap.sprung


def test_a_pickle_that_says_it_is_json_is_malformed() -> None:
    with pytest.raises(MalformedError):
        decode_body(pickle.dumps(_Trap()), JSON)
    assert not _Trap.sprung


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"body": 5}',
        b'{"body": "e30="}',
        b"\xff\xfe",
        b"[" * 100_000,
        envelope(b"{")[:-5],
        envelope(b'{"type": '),
        envelope(b"", body="***"),
        envelope(b"{}", **{"content-encoding": "utf-99"}),
    ],
)
def test_nonsense_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_envelope(data)


def test_entries_that_are_no_objects_cost_only_themselves() -> None:
    body = json.dumps([EVENT, 5, None, "x", [EVENT], EVENT])
    assert decode_body(body, JSON) == ([EVENT, EVENT], 4)


def test_what_pythons_json_writes_beyond_json_is_read() -> None:
    (event,), _ = decode_body(b'{"type": "x", "half": "\\ud800", "n": NaN, "i": Infinity}', JSON)
    assert event["half"] == "\ud800"
    assert event["i"] == float("inf")


def test_other_encodings_are_read() -> None:
    body = json.dumps({"type": "ä"}, ensure_ascii=False).encode("latin-1")
    assert decode_body(body, JSON, "latin-1") == ([{"type": "ä"}], 0)


def test_texts_of_large_messages_are_cut() -> None:
    body = json.dumps([{**EVENT, "args": "x" * 1_000_000, "deep": [["y" * 1_000_000]]}])
    (event,), malformed = decode_body(body, JSON)
    assert malformed == 0
    assert len(event["args"]) == len(event["deep"]) == MAX_TEXT + 3
    assert event["timestamp"] == 1.5


def test_an_event_nested_deep_can_be_written_again() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"a": [deep]}
    for nested in (deep, [[[[[deep]]]]]):
        (event,), _ = decode_body(json.dumps({**EVENT, "kwargs": nested}), JSON)
        assert isinstance(event["kwargs"], str)


def test_endless_nesting_is_malformed() -> None:
    with pytest.raises(MalformedError):
        decode_body(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON)


def test_a_body_above_the_bound_is_malformed() -> None:
    with pytest.raises(MalformedError, match="too many"):
        decode_body(b" " * (16 * 1024 * 1024 + 1), JSON)
