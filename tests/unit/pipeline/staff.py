"""Workers at a `Channel`, without a stage."""

from __future__ import annotations

import asyncio

from antflow.pipeline.channel import Channel


class Staff:
    """Workers that take what they get and remember it, as those of a stage do."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.taken: list[int] = []
        self.wake_ups = 0
        self.tasks: list[asyncio.Task[None]] = []

    def hire(self, n: int = 1) -> None:
        self.tasks += [asyncio.create_task(self._work()) for _ in range(n)]

    async def _work(self) -> None:
        channel = self.channel
        while True:
            if channel.urgent:
                entry = channel.urgent.popleft()
                if entry is None:
                    channel.orders -= 1
                    return
                self.taken.append(entry.item.id)
            elif channel.items:
                self.taken.append(channel.items.popleft().id)
                if channel.givers:
                    channel.admit()
            else:
                await channel.wait()
                self.wake_ups += 1
                continue
            await asyncio.sleep(0)

    @property
    def alive(self) -> list[asyncio.Task[None]]:
        return [task for task in self.tasks if not task.done()]

    def cancel(self, *numbers: int) -> None:
        for number in numbers:
            self.tasks[number].cancel()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
