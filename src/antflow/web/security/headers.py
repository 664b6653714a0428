"""The headers that every answer carries."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import Message

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        *("script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"),
        *("font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"),
        *("require-trusted-types-for 'script'", "trusted-types 'none'"),
    )
)

FIXED: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def secure(message: Message) -> None:
    """Put the headers on the start of an answer.

    A route that needs its own policy, such as a page with a style of its own by hash, may set a
    stricter or a different one as long as it still begins with `default-src 'none'` and lets no
    script run that this one would not.
    """
    headers = MutableHeaders(raw=message["headers"])
    if not _is_strict(headers.get("content-security-policy", "")):
        headers["content-security-policy"] = POLICY
    for name, value in FIXED.items():
        headers[name] = value
    headers.setdefault("cache-control", "no-store")


def _is_strict(policy: str) -> bool:
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    scripts = directives.get("script-src", "'none'")
    return (
        directives.get("default-src") == "'none'"
        and scripts in ("'none'", "'self'")
        and directives.get("frame-ancestors") == "'none'"
    )
