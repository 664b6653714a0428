"""Heartbeats: the only place where workers tell their load and their software."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from celery import Celery

from antflow.cluster.inspector.lines import Line, Lines

LISTENING: Final = 2.0
"""Seconds to wait for a heartbeat at most: workers send one every 2 s."""

_SLICE: Final = 0.1
_HIGHEST_LOAD: Final = 1e9


@dataclass(frozen=True)
class Heartbeat:
    """What a worker said of itself.

    Attributes:
        load: load averages over 1, 5 and 15 minutes; None: it sent none.
        sw_ident: its software.
        sw_ver: the version.
        sw_sys: its operating system.
        at: when it came, Unix seconds.
    """

    load: tuple[float, float, float] | None
    sw_ident: str | None = None
    sw_ver: str | None = None
    sw_sys: str | None = None
    at: float = 0.0


def heartbeat_of(event: Mapping[str, Any]) -> Heartbeat | None:
    """Read a `worker-online` or `worker-heartbeat` event; None where it is neither."""
    if event.get("type") not in {"worker-online", "worker-heartbeat"}:
        return None
    averages = None
    load = event.get("loadavg")
    if isinstance(load, list | tuple) and len(load) == 3 and all(map(_is_load, load)):
        averages = (float(load[0]), float(load[1]), float(load[2]))
    texts = {
        key: value
        for key in ("sw_ident", "sw_ver", "sw_sys")
        if isinstance(value := event.get(key), str)
    }
    return Heartbeat(averages, **texts, at=time.time())


def _is_load(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value < _HIGHEST_LOAD


def listen(
    app: Celery,
    lines: Lines,
    hear: Callable[[Mapping[str, Any]], None],
    is_enough: Callable[[], bool],
    seconds: float = LISTENING,
) -> None:
    """Pass on worker events until it is enough; blocks for `seconds` at most.

    Raises:
        BrokerConnectionError: no connection to the broker.
    """
    end = time.monotonic() + seconds
    # Not kept: a line that follows events would have to forget that it did.
    line = lines.open()
    try:
        queue = app.events.Receiver(line.channel, routing_key="worker.#").queue(line.channel)
        queue.declare()
        consumer = line.connection.Consumer(
            [queue],
            line.channel,
            no_ack=True,
            auto_declare=False,
            accept=["json", app.conf.event_serializer],
            callbacks=[lambda body, _message: _pass_on(body, hear)],
            on_decode_error=lambda _message, _error: None,
        )
        consumer.consume()
        _drain(line, is_enough, end)
        consumer.cancel()
        line.channel.queue_delete(queue.name)
    except lines.errors(line):
        # The inspection itself says what is wrong with the broker.
        pass
    finally:
        line.close()


def _pass_on(body: Any, hear: Callable[[Mapping[str, Any]], None]) -> None:
    for event in body if isinstance(body, list) else [body]:
        if isinstance(event, dict):
            with contextlib.suppress(TypeError, ValueError):
                hear(event)


def _drain(line: Line, is_enough: Callable[[], bool], end: float) -> None:
    while not is_enough() and (left := end - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            line.connection.drain_events(timeout=min(left, _SLICE))
