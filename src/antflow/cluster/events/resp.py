"""Reading what a Redis server sends to a subscriber, many messages at a time."""

from __future__ import annotations

import re

# The header of a message by pattern, up to its payload: *4 in protocol 2, >4 in protocol 3.
_PMESSAGE = re.compile(
    rb"[*>]4\r\n\$8\r\npmessage\r\n\$\d+\r\n[^\r\n]*\r\n\$\d+\r\n[^\r\n]*\r\n\$(\d+)\r\n"
)
_LINE = re.compile(rb"[^\r\n]*\r\n")


class ProtocolError(ConnectionError):
    """What came is not the Redis protocol, or an error of the server; the text is the server's."""


class Stream:
    """Takes bytes as they come and gives the payloads of whole messages.

    Args:
        max_payload: bytes; a longer payload is passed over and counted.

    Attributes:
        oversize: payloads passed over.
        replies: answers of the server that were no messages (to SUBSCRIBE, to PING).
    """

    def __init__(self, max_payload: int) -> None:
        self.max_payload = max_payload
        self.oversize = 0
        self.replies = 0
        self._buffer = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> list[bytearray]:
        """Payloads that are whole with this data.

        Raises:
            ProtocolError: the server says an error, or speaks another language.
        """
        buffer = self._buffer
        buffer += data
        if self._skip:
            gone = min(self._skip, len(buffer))
            del buffer[:gone]
            self._skip -= gone
        payloads: list[bytearray] = []
        position = self._messages(payloads)
        if position:
            del buffer[:position]
        return payloads

    def _messages(self, payloads: list[bytearray]) -> int:
        buffer, match, size = self._buffer, _PMESSAGE.match, len(self._buffer)
        position = 0
        while position < size:
            header = match(buffer, position)
            if header is None:
                end = _reply_end(buffer, position)
                if end is None:
                    break
                self.replies += 1
                position = end
                continue
            start = header.end()
            length = int(header[1])
            end = start + length + 2
            if length > self.max_payload:
                self.oversize += 1
                self._skip = max(0, end - size)
                position = min(end, size)
            elif end > size:
                break
            else:
                payloads.append(buffer[start : end - 2])
                position = end
        return position


def _reply_end(buffer: bytearray, position: int) -> int | None:
    """Where any other reply ends; None while it is not all there."""
    pending = 1
    while pending:
        line = _LINE.match(buffer, position)
        if line is None:
            if len(buffer) - position > 65_536:
                raise ProtocolError("not the Redis protocol")
            return None
        position = line.end()
        kind, text = line[0][:1], line[0][1:-2]
        pending -= 1
        if kind in (b"*", b">", b"~", b"%"):
            pending += max(0, _number(text)) * (2 if kind == b"%" else 1)
        elif kind in (b"$", b"="):
            length = _number(text)
            if length >= 0:
                position += length + 2
                if position > len(buffer):
                    return None
        elif kind == b"-":
            raise ProtocolError(text.decode(errors="replace")[:200])
        elif kind not in (b"+", b":", b"_", b"#", b",", b"("):
            raise ProtocolError("not the Redis protocol")
    return position


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        raise ProtocolError("not the Redis protocol") from None
