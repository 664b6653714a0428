"""How long one step on the wire to a broker may take."""

from __future__ import annotations

from typing import Any


def limits(connection: Any, seconds: float) -> dict[str, Any]:
    """Transport options that bound every wait; empty for transports that have none.

    Args:
        connection: kombu's.
        seconds: that connecting, or one answer, may take.
    """
    transport = connection.transport
    if transport.driver_type == "redis":
        return {"socket_timeout": seconds, "socket_connect_timeout": seconds}
    if transport.driver_type == "amqp" and transport.driver_name == "py-amqp":
        return {"read_timeout": seconds, "write_timeout": seconds}
    return {}
