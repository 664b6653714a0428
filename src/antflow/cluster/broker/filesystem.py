"""A kombu transport whose broker is a folder, and which loses nothing.

kombu's own filesystem transport lets a reader see a half-written file, and forgets what a killed
consumer had taken. Here every file appears whole, by a rename; what a consumer takes stays on
disk until it is acknowledged; and what a dead process leaves, messages and bindings, is put in
order by whoever notices first.

The address is `antflow+filesystem:///a/folder`, known once `antflow.cluster.broker` is imported;
or `broker_transport = "antflow.cluster.broker.filesystem:Transport"` with the transport option
`folder`. Works where `fcntl` does, which is not on Windows.

Transport options: `folder`; `polling_interval`, seconds between two looks into an empty queue
(0.05); `store_processed`, keep acknowledged messages (False); `processed_folder`, where.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Mapping
from importlib import import_module
from queue import Empty
from typing import Any, ClassVar, Final
from urllib.parse import unquote, urlsplit

import msgspec
from kombu.exceptions import ChannelError, OperationalError

from antflow.cluster.broker.bindings import Binding, Bindings
from antflow.cluster.broker.claims import Claim, claim_next
from antflow.cluster.broker.folder import OWNER_FILE, BrokerFolder
from antflow.cluster.broker.owners import own_name
from antflow.cluster.broker.reaping import discard_queue, reap

# kombu says that it is typed, and is not
virtual: Any = import_module("kombu.transport.virtual")

DEFAULT_EXCHANGE: Final = "amq.direct"
"""Where kombu binds a queue for which no exchange is named."""

REAP_EVERY: Final = 5.0
"""Seconds between two looks for dead processes."""


class QoS(virtual.QoS):  # type: ignore[misc]
    """Acknowledging removes the file; rejecting or closing puts it back in its place."""

    def ack(self, delivery_tag: str) -> None:
        """The message is done with."""
        self.channel.settle(delivery_tag)
        super().ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        """Give it back, or drop it."""
        super().reject(delivery_tag, requeue=requeue)
        self.channel.settle(delivery_tag)


class Channel(virtual.Channel):  # type: ignore[misc]
    """A channel over a folder."""

    QoS = QoS
    supports_fanout = True

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.folder: BrokerFolder = connection.folder
        self._bindings: Bindings = connection.bindings
        self._claims: dict[str, Claim] = {}
        self._ahead: dict[str, deque[str]] = {}
        self._without_ack: set[str] = set()
        self._reap_at = 0.0

    # what kombu asks of a channel

    def _new_queue(self, queue: str, **options: Any) -> None:
        place = self.folder.queue(queue)
        place.mkdir(parents=True, exist_ok=True)
        if options.get("auto_delete") or options.get("exclusive"):
            owner = own_name(self.folder.owners)
            self.folder.replace(place / OWNER_FILE, owner.encode())

    def _has_queue(self, queue: str, **_options: Any) -> bool:
        return self.folder.queue(queue).is_dir()

    def _size(self, queue: str) -> int:
        return self.folder.count(queue) or 0

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        priority = self._get_message_priority(message)
        try:
            self.folder.put(queue, msgspec.json.encode(message), priority)
        except OSError as error:
            raise ChannelError(f"cannot write to queue {queue!r}: {error}") from error

    def _put_fanout(self, exchange: str, message: Any, routing_key: str, **_options: Any) -> None:
        for binding in self._bindings.of(exchange):
            self._put(binding.queue, message)

    def _get(self, queue: str) -> dict[str, Any]:
        ahead = self._ahead.setdefault(queue, deque())
        claim = claim_next(self.folder, queue, ahead)
        if claim is None:
            self._reap_sometimes()
            raise Empty
        if queue in self._without_ack:
            claim.settle(self.connection.store_processed)
        else:
            self._claims[claim.tag] = claim
        return claim.message

    def _purge(self, queue: str) -> int:
        count = 0
        for name in self.folder.messages(queue):
            # somebody may have taken it meanwhile
            with contextlib.suppress(OSError):
                (self.folder.queue(queue) / name).unlink()
                count += 1
        return count

    def _delete(self, queue: str, *_meta: Any, **_options: Any) -> None:
        discard_queue(self.folder, self._bindings, queue)

    def queue_delete(
        self, queue: str, if_unused: bool = False, if_empty: bool = False, **options: Any
    ) -> None:
        """Delete a queue with its messages and bindings."""
        if if_empty and self._size(queue):
            return
        super().queue_delete(queue, **options)
        discard_queue(self.folder, self._bindings, queue)

    def get_table(self, exchange: str) -> list[Binding]:
        """What is bound to an exchange."""
        return self._bindings.of(exchange)

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self._bindings.add(exchange, Binding(routing_key or "", pattern or "", queue or ""))

    def queue_bind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **options: Any,
    ) -> None:
        """Bind a queue, in the file too."""
        super().queue_bind(queue, exchange, routing_key, arguments, **options)
        # kombu does nothing where this process bound it before; the file may be gone since
        name = exchange or DEFAULT_EXCHANGE
        self._bindings.add(name, self._binding(queue, name, routing_key, arguments))

    def queue_unbind(
        self,
        queue: str,
        exchange: str | None = None,
        routing_key: str = "",
        arguments: Any = None,
        **_options: Any,
    ) -> None:
        """Unbind a queue, in the file too."""
        name = exchange or DEFAULT_EXCHANGE
        self.state.binding_delete(queue, name, routing_key)
        self._bindings.drop(name, self._binding(queue, name, routing_key, arguments))

    def _binding(self, queue: str, exchange: str, routing_key: str, arguments: Any) -> Binding:
        meta = self.typeof(exchange).prepare_bind(queue, exchange, routing_key, arguments)
        return Binding(*(part or "" for part in meta))

    # acknowledging

    def basic_consume(self, queue: str, no_ack: bool, *args: Any, **options: Any) -> Any:
        """Begin to take from a queue."""
        (self._without_ack.add if no_ack else self._without_ack.discard)(queue)
        return super().basic_consume(queue, no_ack, *args, **options)

    def basic_get(self, queue: str, no_ack: bool = False, **options: Any) -> Any:
        """Take one message, or None."""
        message = super().basic_get(queue, no_ack=no_ack, **options)
        if message is not None and no_ack:
            self.settle(message.delivery_tag)
        return message

    def settle(self, tag: str) -> None:
        """The message is done with; may be called again, and from any thread."""
        if (claim := self._claims.pop(tag, None)) is not None:
            claim.settle(self.connection.store_processed)

    def _restore(self, message: Any) -> None:
        claim = self._claims.pop(message.delivery_tag, None)
        if claim is None:
            super()._restore(message)
        else:
            claim.give_back()

    def _reap_sometimes(self) -> None:
        now = time.monotonic()
        if now >= self._reap_at:
            self._reap_at = now + REAP_EVERY
            reap(self.folder, self._bindings)


class Transport(virtual.Transport):  # type: ignore[misc]
    """A connection to a folder.

    Raises:
        ValueError: neither the address nor the transport options name a folder.
    """

    Channel = Channel
    can_parse_url = True
    default_port = 0
    polling_interval = 0.05
    driver_type = "filesystem"
    driver_name = "antflow.cluster.broker.filesystem"
    implements = virtual.Transport.implements.extend(
        asynchronous=False, exchange_type=frozenset(["direct", "topic", "fanout"])
    )

    _states: ClassVar[dict[str, Any]] = {}

    def __init__(self, client: Any, **options: Any) -> None:
        super().__init__(client, **options)
        self.folder = folder_of(client.hostname, client.transport_options)
        self.bindings = Bindings(self.folder)
        self.store_processed = bool(client.transport_options.get("store_processed"))
        self.state = self._states.setdefault(str(self.folder.root), virtual.BrokerState())

    def establish_connection(self) -> Any:
        """Make the folder where it is missing, and put it in order."""
        try:
            self.folder.make()
        except OSError as error:
            raise OperationalError(f"no connection to {self.folder.root}: {error}") from error
        reap(self.folder, self.bindings)
        return super().establish_connection()

    def verify_connection(self, connection: Any) -> bool:
        """Whether the folder is there."""
        return self.folder.queues.is_dir()

    def driver_version(self) -> str:
        """Version of how messages are kept."""
        return "1"


def folder_of(address: str | None, options: Mapping[str, Any]) -> BrokerFolder:
    """The folder that an address or the transport options name.

    Raises:
        ValueError: neither does.
    """
    path = options.get("folder") or unquote(urlsplit(address or "").path)
    if not path or path == "/":
        raise ValueError(
            "a filesystem broker needs a folder: antflow+filesystem:///a/folder, "
            f"or the transport option 'folder'; the address is {address!r}"
        )
    return BrokerFolder(path, options.get("processed_folder"))
