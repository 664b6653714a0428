"""The events' door: whatever bytes a broker hands over, and whatever an event says."""

from __future__ import annotations

import base64
import bz2
import json
import zlib
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antflow.cluster import Cluster
from antflow.cluster.events.decoding import (
    MAX_BODY,
    MalformedError,
    decode_body,
    decode_envelope,
)
from antflow.cluster.events.resp import Stream
from antflow.cluster.state import TaskRecord
from antflow.cluster.views import task_view
from antflow.telemetry.scrape import gather, render

NOW = 1_767_225_600.0
KINDS = [
    *("task-sent", "task-received", "task-started", "task-succeeded", "task-failed"),
    *("task-retried", "task-revoked", "task-rejected"),
    *("worker-online", "worker-heartbeat", "worker-offline", "x\ud800"),
]
bounded = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
any_text = st.text(st.characters(), max_size=12) | st.sampled_from(["x\ud800", "\0", "\x1b[2J"])
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), any_text),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=10,
)
bodies = json_values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=100)


def read(data: bytes) -> list[dict[str, Any]]:
    """The events of an envelope; nothing but MalformedError may be raised."""
    try:
        events, malformed = decode_envelope(data)
    except MalformedError as error:
        assert str(error)  # noqa: PT017
        return []
    assert malformed >= 0
    assert all(type(event) is dict for event in events)
    return events


@given(
    bodies,
    st.sampled_from([None, "base64", "none", "utf-9", ""]) | json_values,
    st.sampled_from([None, "gzip", "bzip2", "application/x-gzip", "zstd", "pickle"]) | json_values,
    st.sampled_from(["application/json", "application/x-python-serialize", ""]) | json_values,
    st.sampled_from(["utf-8", "binary", "utf-16", "hex", "rot13", "zip", "idna"]) | json_values,
    st.sampled_from([None, zlib.compress, bz2.compress]),
    st.booleans(),
)
@bounded
def test_any_envelope_is_read_or_malformed(
    body: bytes, how: Any, packed: Any, kind: Any, encoding: Any, pack: Any, coded: bool
) -> None:
    if pack is not None:
        body = pack(body)
    text = base64.b64encode(body).decode() if coded else body.decode("latin-1")
    envelope = {
        "body": text,
        "properties": {"body_encoding": how, "body-encoding": how},
        "headers": {"compression": packed},
        "content-type": kind,
        "content-encoding": encoding,
    }
    read(json.dumps(envelope).encode())


@given(st.binary(max_size=300), st.binary(max_size=50))
@bounded
def test_any_bytes_are_read_or_malformed(data: bytes, other: bytes) -> None:
    read(data)
    stream = Stream(max_payload=1_000)
    try:
        for payload in (*stream.feed(data), *stream.feed(other)):
            read(bytes(payload))
    except (ValueError, ConnectionError) as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize("depth", [50, 500, 5_000, 1_000_000])
@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":['])
def test_any_depth_is_read_or_malformed(depth: int, opening: bytes) -> None:
    body = opening * depth
    for whole in (body, body + b"1" + {b"[": b"]", b'{"a":': b"}"}.get(opening, b"]}]") * depth):
        try:
            events, _ = decode_body(whole, "application/json")
        except MalformedError:
            continue
        json.dumps(events)
        msgspec.json.encode(events)


@pytest.mark.parametrize("pack", [zlib.compress, bz2.compress])
def test_a_bomb_is_malformed(pack: Any) -> None:
    name = "gzip" if pack is zlib.compress else "bzip2"
    body = base64.b64encode(pack(b" " * (4 * MAX_BODY))).decode()
    envelope = {
        "body": body,
        "properties": {"body_encoding": "base64"},
        "headers": {"compression": name},
        "content-type": "application/json",
    }
    with pytest.raises(MalformedError, match="unpacks to more than"):
        decode_envelope(json.dumps(envelope).encode())


FIELDS = ("uuid", "hostname", "name", "args", "kwargs", "result", "exception", "traceback")
MORE = ("root_id", "parent_id", "eta", "expires", "queue", "exchange", "routing_key", "sw_ident")
events = st.fixed_dictionaries(
    {
        "type": st.sampled_from(KINDS),
        "hostname": st.sampled_from(["w@h", "w\ud800"]),
        "uuid": st.sampled_from(["a", "b", "b\udfff"]),
        "timestamp": st.just(NOW) | st.floats(NOW - 10, NOW + 10),
    },
    optional=dict.fromkeys((*FIELDS[2:], *MORE), any_text | json_values)
    | {
        name: json_values | st.integers(0, 9)
        for name in ("clock", "pid", "runtime", "freq", "active", "processed", "loadavg", "retries")
    },
)


@given(st.lists(events, max_size=12))
@bounded
def test_whatever_events_said_the_pages_and_the_metrics_can_be_written(told: list[Any]) -> None:
    cluster = Cluster(broker="memory://")
    cluster.state.apply(told, NOW)
    cluster.state.tick(NOW + 1)
    assert msgspec.json.encode(cluster.frame())
    assert render(gather([cluster]))[0].decode()
    assert sum(cluster.state.states().values()) == len(cluster.state.tasks)
    for record in cluster.state.tasks.values():
        assert type(record) is TaskRecord
        assert msgspec.json.encode(task_view(record))


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_character_anywhere_costs_nothing_but_itself(kind: str) -> None:
    cluster = Cluster(broker="memory://")
    event = {"type": kind, "timestamp": NOW, **dict.fromkeys((*FIELDS, *MORE), "x\ud800")}
    cluster.state.apply([event, event], NOW)
    assert msgspec.json.encode(cluster.frame())
    assert render(gather([cluster]))[0]
    assert sum(cluster.state.states().values()) == len(cluster.state.tasks) <= 1
