"""Which names a request may call this server by, and from where changes may come.

A page of somebody else's can make a browser send requests here: under a name of its own that it
bound to our address anew (told by the Host header), or under our name (told by Origin and
Sec-Fetch-Site).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import Final

from starlette.datastructures import Headers

from antflow.web.security.refusal import RefusalError
from antflow.web.settings import Settings

_HOST: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,252}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def address_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a name is, with or without brackets; None for a name of letters."""
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def is_loopback(name: str) -> bool:
    """Whether nobody but this machine can reach an address; `localhost` counts."""
    address = address_of(name)
    return name.lower() == "localhost" if address is None else address.is_loopback


class HostList:
    """The names that a request's Host may give.

    Those of loopback and `allowed_hosts` always; the address listened on; where that is all
    addresses of the machine, any numeric address and the machine's own name: a name bound anew is
    never numeric.
    """

    def __init__(self, settings: Settings) -> None:
        allowed = {name.lower().strip() for name in settings.allowed_hosts}
        self._everything = "*" in allowed
        self._below = tuple(name[1:] for name in allowed if name.startswith("*."))
        self._names = allowed | LOOPBACK_NAMES
        listens = address_of(settings.address)
        self._any_address = listens is not None and listens.is_unspecified
        if self._any_address:
            self._names.add(socket.gethostname().lower())
        elif listens is not None:
            self._names.add(f"[{listens}]" if listens.version == 6 else str(listens))
        else:
            self._names.add(settings.address.lower())

    def check(self, headers: Headers) -> str:
        """The request's host, as name and port.

        Raises:
            RefusalError: 400, there is none, more than one, no valid one, or one not allowed.
        """
        hosts = headers.getlist("host")
        found = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
        if found is None or not _is_port(found["port"]):
            raise RefusalError(400, "the Host header is missing or no name of a host")
        if not self.allows(found["name"]):
            raise RefusalError(
                400, "the Host header is no name of this server; see --allowed-hosts"
            )
        return hosts[0].lower()

    def allows(self, name: str) -> bool:
        """Whether a name, without port, is one of this server's."""
        name = name.lower()
        if self._everything or name in self._names or name.endswith(self._below):
            return True
        return self._any_address and address_of(name) is not None and _is_canonical(name)


def _is_port(port: str | None) -> bool:
    return port is None or 0 < int(port) < 65_536


def _is_canonical(name: str) -> bool:
    return str(address_of(name)) == name.strip("[]")


def check_origin(headers: Headers, host: str, *, has_session: bool) -> None:
    """Refuse a change that another site's page may have asked for.

    Args:
        headers: the request's.
        host: the request's own host, in lower case.
        has_session: whether it carries a session cookie, as browsers send by themselves.

    Raises:
        RefusalError: 403.
    """
    sites, origins = headers.getlist("sec-fetch-site"), headers.getlist("origin")
    if any(site not in ("same-origin", "none") for site in sites):
        raise RefusalError(403, "refused: the request comes from another site")
    if any(not _is_origin_of(origin, host) for origin in origins):
        raise RefusalError(403, "refused: the Origin is not this host")
    if has_session and not sites and not origins:
        raise RefusalError(403, "refused: a session without Origin or Sec-Fetch-Site")


def _is_origin_of(origin: str, host: str) -> bool:
    scheme, mark, origin_host = origin.lower().partition("://")
    if not mark or scheme not in ("http", "https") or not _HOST.fullmatch(origin_host):
        return False
    port = ":443" if scheme == "https" else ":80"
    return origin_host.removesuffix(port) == host.removesuffix(port)
