"""Flower's routes: whatever is asked, there is a clear answer, and no secret in it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antflow.web.flower.options import OPTIONS
from antflow.web.flower.router import COMMANDS, QUESTIONS

TARGETS = ["w@h", "shop.charge", "known", "nobody"]
NAMES = [
    *("limit", "offset", "sort_by", "search", "workername", "taskname", "state", "timeout"),
    *("received_start", "received_end", "refresh", "status", "n", "min", "max", "queue"),
    *("terminate", "signal", "soft", "hard", "ratelimit", "cluster"),
]
ROUTES = [
    *(("GET", path) for path in (*QUESTIONS, "/metrics", "/healthcheck")),
    *(("POST", path) for path in COMMANDS),
]
SECRETS = ("geheim77", "site-packages", "Traceback", "/src/antflow")
FORM = "application/x-www-form-urlencoded"

odd_texts = st.one_of(
    st.sampled_from(
        [
            *("", "0", "1", "-1", "true", "NaN", "inf", "-inf", "1e400", "9" * 5_000, "\0", "١٢"),
            *("w@h", "shop.charge", "cluster", "name", "-received", "SIGTERM", "2026-01-01 00:00"),
            *("9999-12-31 23:59", "0001-01-01 00:00", "state:x (", '"', "10/m", str(2**63)),
        ]
    ),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace").decode()),
)
names = st.sampled_from(NAMES) | odd_texts
pairs = st.lists(st.tuples(names, odd_texts), max_size=6)
queries = pairs.map(lambda given: urlencode(given).encode()) | st.binary(max_size=60)
json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(st.characters(), max_size=20),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
calls = st.dictionaries(
    st.sampled_from(["args", "kwargs", "timeout", "link", *OPTIONS]) | st.text(max_size=5),
    json_values,
    max_size=5,
)
bodies = st.one_of(
    st.binary(max_size=200),
    json_values.map(lambda value: json.dumps(value).encode()),
    calls.map(lambda call: json.dumps(call).encode()),
    calls.map(lambda call: json.dumps(call, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    pairs.map(lambda given: urlencode(given).encode()),
    st.builds(
        lambda boundary, inner: b"--x\r\nContent-Disposition: form-data; " + boundary + inner,
        st.sampled_from([b'name="n"\r\n\r\n1', b'name="f"; filename="x"\r\n\r\n', b"", b"name"]),
        st.binary(max_size=40) | st.just(b"\r\n--x--\r\n"),
    ),
)
kinds = st.sampled_from(
    [
        *("application/json", FORM, "multipart/form-data", "multipart/form-data; boundary=x"),
        *("multipart/form-data; boundary=x; charset=none", f"{FORM}; charset=utf-99", "text/xml"),
    ]
).map(str.encode) | st.binary(max_size=30)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"accept", b"content-type", b"cookie", b"accept-language", b"x-odd"]),
        st.binary(max_size=40),
    ),
    max_size=3,
)
targets = st.sampled_from(TARGETS).map(quote) | st.binary(min_size=1, max_size=12).map(
    lambda raw: quote_from_bytes(raw, safe="")
)


def check(door: Any, method: str, path: str, *asked: Any) -> None:
    """Ask; an answer must come, be none of a defect, and tell no secret."""
    reply = door.ask(method, path, *asked)
    assert 200 <= reply.status < 600, (path, reply)
    assert reply.status != 500, (path, asked, reply.text)
    for secret in SECRETS:
        assert secret not in reply.text, (path, asked, reply.text)
    kind = reply.headers.get("content-type", "")
    if reply.status < 400:
        if kind.startswith("application/json"):
            json.loads(reply.body)
        return
    if kind.startswith("application/json"):
        assert (path.partition("?")[0], reply.status) == ("/api/tasks", 400)
        assert json.loads(reply.body)["error"]
    else:
        assert kind.startswith("text/plain"), (path, reply)
        assert reply.text.strip()


def filled(path: str, target: str) -> str:
    before, brace, _ = path.partition("{")
    return f"{before}{target}" if brace else path


bounded = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(st.sampled_from(ROUTES), targets, queries, headers)
@bounded
def test_any_query_and_headers_get_an_answer(
    obeying: Any, route: tuple[str, str], target: str, query: bytes, sent: list[Any]
) -> None:
    method, path = route
    check(obeying, method, filled(path, target), query, tuple(sent))


@given(st.sampled_from(list(COMMANDS)), targets, kinds, bodies)
@bounded
def test_any_body_of_any_kind_gets_an_answer(
    obeying: Any, path: str, target: str, kind: bytes, body: bytes
) -> None:
    sent = ((b"content-type", kind), (b"content-length", b"%d" % len(body)))
    check(obeying, "POST", filled(path, target), b"", sent, body)


option_values = json_values | st.sampled_from(
    [
        *(
            "pickle",
            "json",
            "yaml",
            "none",
            "gzip",
            "zlib",
            "celery",
            "",
            "\0",
            "\ud800",
            "9" * 5_000,
        ),
        *(
            "2026-01-01 00:00:00.0",
            "9999-12-31 23:59:59.9",
            "0001-01-01 00:00:00.0",
            1e8,
            -1,
            10**40,
        ),
        *({}, {"id": 1, "task": None, "argsrepr": 5}, {"max_retries": "x"}, {"interval_start": []}),
    ]
)


@given(
    st.sampled_from(["async-apply", "send-task"]),
    st.dictionaries(st.sampled_from(list(OPTIONS)), option_values, min_size=1, max_size=2),
)
@bounded
def test_any_option_of_a_call_gets_an_answer(obeying: Any, route: str, options: Any) -> None:
    body = json.dumps({**options, "args": [1]}).encode()
    check(obeying, "POST", f"/api/task/{route}/shop.charge", b"", (), body)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("countdown", 5), ("eta", "2026-01-01 00:00:00.0"), ("expires", 60), ("priority", 3)),
        *(("time_limit", 9), ("soft_time_limit", 8), ("delivery_mode", 2), ("retry", True)),
        *(("ignore_result", True), ("retry_policy", {"max_retries": 2}), ("headers", {"a": 1})),
        *(("queue", "celery"), ("exchange", "celery"), ("routing_key", "celery")),
        *(("serializer", "json"), ("compression", "zlib"), ("task_id", "mine"), ("root_id", "r")),
        *(("parent_id", "p"), ("group_id", "g"), ("reply_to", "me"), ("shadow", "other")),
    ],
)
def test_every_option_of_a_call_is_taken(obeying: Any, name: str, value: Any) -> None:
    body = json.dumps({"args": [1], name: value}).encode()
    for route in ("async-apply", "send-task"):
        reply = obeying.ask("POST", f"/api/task/{route}/shop.charge", b"", (), body)
        assert reply.status == 200, reply.text


def test_an_option_that_celery_refuses_is_400_with_its_reason(obeying: Any) -> None:
    for name in ("serializer", "compression"):
        body = json.dumps({"args": [1], name: "nosuch"}).encode()
        reply = obeying.ask("POST", "/api/task/send-task/shop.charge", b"", (), body)
        assert reply.status == 400
        assert "nosuch" in reply.text


@given(json_values, st.dictionaries(st.text(max_size=5), json_values, max_size=2))
@bounded
def test_any_arguments_of_a_call_get_an_answer(obeying: Any, arg: Any, kwargs: Any) -> None:
    body = json.dumps({"args": [arg], "kwargs": kwargs, "timeout": 0}).encode()
    for route in ("apply", "send-task"):
        check(obeying, "POST", f"/api/task/{route}/shop.charge", b"", (), body)


@pytest.mark.parametrize("path", list(COMMANDS))
def test_a_megabyte_of_anything_gets_an_answer(obeying: Any, path: str) -> None:
    deep, wide = b"[" * 1_000_000, b'{"args":[' + b"1," * 500_000
    for body in (deep, wide, b"a=" + b"%ff" * 300_000, b"&" * 1_000_000, b"\0" * 1_048_576):
        for kind in (b"application/json", FORM.encode(), b"multipart/form-data; boundary=x"):
            check(obeying, "POST", filled(path, "w@h"), b"", ((b"content-type", kind),), body)


def test_a_body_beyond_the_limit_is_413_and_a_query_414(obeying: Any) -> None:
    path = "/api/task/async-apply/shop.charge"
    assert obeying.ask("POST", path, b"", (), b" " * 1_048_577).status == 413
    assert obeying.ask("GET", "/api/tasks", b"x" * 8_193).status == 414


@given(st.text(max_size=40) | odd_texts)
@bounded
def test_any_search_is_answered_or_refused_with_json(doors: Any, search: str) -> None:
    search = search.encode("utf-8", "replace").decode()
    query = urlencode({"search": search}).encode()[:8_000]
    reply = doors().ask("GET", "/api/tasks", query)
    assert reply.status in {200, 400}
    told = json.loads(reply.body)
    assert reply.status == 200 or told["error"]
