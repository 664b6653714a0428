"""A feed ticks while somebody watches, and encodes once for all of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from polling import eventually_async

from antflow.source import Frame
from antflow.web.sources import FakeSource
from antflow.web.stream import applied
from antflow.web.stream.feed import Feed
from antflow.web.stream.viewer import Viewer

EPOCH = "cafe"


def messages(text: bytes) -> list[dict[str, Any]]:
    """The messages of a piece of stream, with their `id` and `event`."""
    found = []
    for block in text.decode().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if "data" in fields:
            found.append(
                {**json.loads(fields["data"]), "kind": fields["event"], "id": fields.get("id")}
            )
    return found


@pytest.fixture
def source() -> FakeSource:
    return FakeSource("s", tasks=50, tick=0.02, rate=200.0)


@pytest.fixture
async def feed(source: FakeSource) -> AsyncIterator[Feed]:
    feed = Feed(source)
    yield feed
    for watcher in list(feed._watchers):
        feed.leave(watcher)


async def test_nothing_is_computed_while_nobody_watches(feed: Feed, source: FakeSource) -> None:
    viewer = Viewer([feed], EPOCH)
    viewer.join()
    await eventually_async(lambda: source.frames >= 3)
    viewer.leave()
    frames = source.frames
    await asyncio.sleep(5 * source.tick)
    assert source.frames == frames


async def test_a_frame_is_computed_and_encoded_once_for_all(feed: Feed, source: FakeSource) -> None:
    viewers = [Viewer([feed], EPOCH) for _ in range(50)]
    for viewer in viewers:
        viewer.join()
    first = [viewer.next() for viewer in viewers]
    assert source.frames == 1
    assert len(set(first)) == 1
    feed.tick()
    assert len({viewer.next() for viewer in viewers}) == 1
    assert source.frames == 2


async def test_first_comes_a_frame_then_differences_that_lead_to_the_newest(feed: Feed) -> None:
    viewer = Viewer([feed], EPOCH)
    viewer.join()
    [first] = messages(viewer.next())
    shown = first["frame"]
    for number in range(2, 6):
        feed.tick()
        [diff] = messages(viewer.next())
        assert (diff["kind"], diff["base"], diff["seq"]) == ("diff", number - 1, number)
        assert diff["id"] == f"{EPOCH}.{number}"
        shown = applied(shown, diff["patch"])
    assert shown == json.loads(feed.body())


async def test_a_viewer_that_fell_behind_gets_the_newest_frame_and_no_backlog(feed: Feed) -> None:
    viewer = Viewer([feed], EPOCH)
    viewer.join()
    viewer.next()
    for _ in range(10):
        feed.tick()
    [only] = messages(viewer.next())
    assert (only["kind"], only["seq"]) == ("frame", 11)
    assert only["frame"] == json.loads(feed.body())


async def test_a_returning_viewer_gets_what_it_missed(feed: Feed) -> None:
    first = Viewer([feed], EPOCH)
    first.join()
    [seen] = messages(first.next())
    first.leave()
    other = Viewer([feed], EPOCH)
    other.join()
    for _ in range(3):
        feed.tick()
    back = Viewer([feed], EPOCH, last_id=seen["id"])
    back.join()
    found = messages(back.next())
    shown = seen["frame"]
    for diff in found:
        shown = diff["frame"] if diff["kind"] == "frame" else applied(shown, diff["patch"])
    assert shown == json.loads(feed.body())


@pytest.mark.parametrize(
    "last_id", ["other.1", "cafe.999", "cafe.", "cafe.x", "cafe.-1", "cafe.1.1", "", "9" * 5_000]
)
async def test_an_id_that_means_nothing_begins_afresh(feed: Feed, last_id: str) -> None:
    viewer = Viewer([feed], EPOCH, last_id=last_id)
    viewer.join()
    [only] = messages(viewer.next())
    assert only["kind"] == "frame"


async def test_several_sources_share_a_stream_and_each_is_replayed(source: FakeSource) -> None:
    feeds = [Feed(source), Feed(FakeSource("t", tasks=5, tick=0.02))]
    viewer = Viewer(feeds, EPOCH)
    viewer.join()
    assert [one["source"] for one in messages(viewer.next())] == ["s", "t"]
    feeds[1].tick()
    [diff] = messages(viewer.next())
    assert (diff["source"], diff["id"]) == ("t", f"{EPOCH}.1.2")
    viewer.leave()


async def test_raw_events_come_once_where_they_are_asked_for(feed: Feed) -> None:
    deaf, keen = Viewer([feed], EPOCH), Viewer([feed], EPOCH, events=True)
    deaf.join()
    keen.join()
    deaf.next(), keen.next()

    def events() -> list[int]:
        return [one["seq"] for one in messages(keen.next()) if one["kind"] == "event"]

    found: list[int] = []
    async for _ in _ticks(feed):
        found += events()
        if len(found) > 10:
            break
    assert found == list(range(found[0], found[0] + len(found)))
    assert all(one["kind"] != "event" for one in messages(deaf.next()))


async def _ticks(feed: Feed) -> AsyncIterator[None]:
    for _ in range(1_000):
        feed.tick()
        yield
        await asyncio.sleep(0.002)


async def test_a_source_that_fails_shows_as_disconnected_and_is_logged_once(
    feed: Feed,
    source: FakeSource,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed.tick()

    def broken() -> Frame:
        raise RuntimeError("no broker")

    monkeypatch.setattr(source, "frame", broken)
    with caplog.at_level(logging.ERROR, logger="antflow.web"):
        feed.tick()
        feed.tick()
    assert feed.last is not None
    assert feed.last.health.state == "disconnected"
    assert "no broker" in (feed.last.health.reason or "")
    assert feed.last.workers
    assert len(caplog.records) == 1


async def test_what_is_kept_for_replay_is_bounded(feed: Feed) -> None:
    for _ in range(600):
        feed.tick()
    assert len(feed._diffs) <= 240
    assert feed.since(1) is None
    assert len(feed.since(feed.seq - 5) or ()) == 5
