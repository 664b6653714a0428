"""Who asks: the identity of a request, and what its role allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

Role = Literal["viewer", "operator", "admin"]
Permission = Literal["public", "viewer", "operator", "admin"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""From the least to the most."""

SCOPE_KEY: Final = "antflow.identity"


@dataclass(frozen=True)
class Identity:
    """Who asks.

    Attributes:
        name: as in the users' or tokens' file, or the e-mail address; `anonymous` where nobody
            has to say.
        role: what they may do; None: nothing but what is public.
        auth: how they said who they are.
    """

    name: str
    role: Role | None
    auth: Literal["none", "basic", "token", "oauth"] = "none"

    def may(self, permission: Permission) -> bool:
        """Whether their role covers it."""
        if permission == "public":
            return True
        return self.role is not None and ROLES.index(self.role) >= ROLES.index(permission)


NOBODY: Final = Identity("anonymous", None)
EVERYBODY: Final = Identity("anonymous", "admin")
"""The caller of a server without authentication."""


def current(request: HTTPConnection) -> Identity:
    """Who sent this request; nobody, with no role, where the gate has not seen it."""
    identity = request.scope.get(SCOPE_KEY, NOBODY)
    assert isinstance(identity, Identity)
    return identity


def require(request: HTTPConnection, role: Permission) -> Identity:
    """Who sent this request, where they have this role or a higher one.

    Raises:
        HTTPException: 403; the text names the role that it takes.
    """
    identity = current(request)
    if not identity.may(role):
        raise HTTPException(403, f"this needs the role {role}; {identity.name} has not got it")
    return identity
