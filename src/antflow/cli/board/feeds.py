"""Where the screen has its frames from: a running server, or a cluster followed from here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from antflow.cli.remote import Remote
from antflow.source import Answer, Frame

if TYPE_CHECKING:
    from antflow.cluster import Cluster


class Feed(Protocol):
    """What the screen needs.

    Attributes:
        title: what is shown, in a word.
    """

    title: str

    async def start(self) -> None:
        """Begin to follow."""

    async def stop(self) -> None:
        """Let go."""

    async def frame(self) -> Frame:
        """Everything, now.

        Raises:
            AntFlowError: it cannot be had; the text says why.
        """

    async def command(self, verb: str, target: str, arguments: dict[str, Any]) -> list[Answer]:
        """Do what a verb says; raises an AntFlowError or a ValueError with the reason."""


class ServerFeed:
    """A server that runs, asked once a second."""

    def __init__(self, remote: Remote, source: str | None = None) -> None:
        self._remote = remote
        self._source = source
        self.title = remote.url

    async def start(self) -> None:
        """There is nothing to begin: the first question finds out the source's name."""

    async def stop(self) -> None:
        """There is nothing to let go of."""

    async def frame(self) -> Frame:
        """Everything, now."""
        return await asyncio.to_thread(self._remote.frame, await self._name())

    async def command(self, verb: str, target: str, arguments: dict[str, Any]) -> list[Answer]:
        """Do what a verb says."""
        source = await self._name()
        return await asyncio.to_thread(self._remote.command, source, verb, target, arguments)

    async def _name(self) -> str:
        if self._source is None:
            self._source = await asyncio.to_thread(self._remote.source, None)
        self.title = f"{self._source} at {self._remote.url}"
        return self._source


class ClusterFeed:
    """A cluster that this process follows itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.title = cluster.name

    async def start(self) -> None:
        """Follow it."""
        await self._cluster.start()

    async def stop(self) -> None:
        """Let go of it."""
        await self._cluster.stop()

    async def frame(self) -> Frame:
        """Everything, now."""
        return self._cluster.frame()

    async def command(self, verb: str, target: str, arguments: dict[str, Any]) -> list[Answer]:
        """Do what a verb says."""
        return await self._cluster.command(verb, target, arguments)
