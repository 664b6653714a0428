"""Unpacking compressed messages without letting a small message fill the memory."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import Protocol

MAX_UNPACKED = 16 * 1024 * 1024  # bytes; a full batch of events takes a thousandth of it


class _Inflater(Protocol):
    """What zlib, bz2 and lzma have in common."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """At most `max_length` bytes."""


def _inflater(content_type: str) -> _Inflater:
    """The one for the message's `compression` header, by kombu's names."""
    if content_type in {"application/x-gzip", "gzip", "zlib"}:
        return zlib.decompressobj()
    if content_type in {"application/x-bz2", "bzip2", "bzip"}:
        return bz2.BZ2Decompressor()
    if content_type in {"application/x-lzma", "lzma", "xz"}:
        return lzma.LZMADecompressor()
    raise ValueError(f"unknown compression {content_type!r}")


def unpack(data: bytes, content_type: str) -> bytes:
    """The unpacked body.

    Args:
        data: the packed body.
        content_type: the message's `compression` header.

    Raises:
        ValueError: it is unknown, broken, or more than `MAX_UNPACKED` bytes.
    """
    try:
        body = _inflater(content_type).decompress(data, MAX_UNPACKED + 1)
    except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
        raise ValueError(f"cannot unpack: {error}") from error
    if len(body) > MAX_UNPACKED:
        raise ValueError(f"unpacks to more than {MAX_UNPACKED} bytes")
    return body
