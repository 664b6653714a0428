"""Limits how often an address may fail to say who it is."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from antflow.web.security.refusal import RefusalError

FAILURES: Final = 10
WITHIN: Final = 300.0
ADDRESSES: Final = 10_000


class Throttle:
    """At most 10 failures in 5 minutes an address; keeps the newest 10,000 addresses.

    An IPv6 address counts with its whole /64, which one machine has at will.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def attempt(self, address: str) -> Callable[[], None]:
        """Count an attempt as failed until what is returned is called.

        Counting first keeps a hundred attempts at once from being all the first.

        Raises:
            RefusalError: 429; too many failed before.
        """
        key, now = _network(address), self._clock()
        failures = self._failures.setdefault(key, deque())
        self._failures.move_to_end(key)
        while failures and failures[0] <= now - WITHIN:
            failures.popleft()
        if len(failures) >= FAILURES:
            wait = max(1, round(failures[0] + WITHIN - now))
            raise RefusalError(429, "too many failed logins; wait", {"retry-after": str(wait)})
        failures.append(now)
        if len(self._failures) > ADDRESSES:
            self._failures.popitem(last=False)
        return lambda: failures.remove(now) if now in failures else None


def _network(address: str) -> str:
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if ip.version == 4:
        return address
    mapped = ip.ipv4_mapped
    return str(mapped or ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
