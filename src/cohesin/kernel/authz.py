"""What an operation asks of its caller. Every operation declares one requirement; a missing one fails at import."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.errors import ForbiddenError


class Requirement(msgspec.Struct, frozen=True):
    """A named rule over the caller. `public` ones are open to everybody and need no credential."""

    name: str
    description: str
    allows: Callable[[Caller], bool]
    public: bool = False

    def check(self, caller: Caller) -> None:
        """Raise `ForbiddenError` unless the caller is allowed."""
        if not self.allows(caller):
            raise ForbiddenError


PUBLIC = Requirement("public", "Open to everybody.", lambda _: True, public=True)
SIGNED_IN = Requirement(
    "signed_in", "Any identified caller.", lambda caller: caller.kind is not CallerKind.ANONYMOUS
)
USER = Requirement("user", "A signed-in person.", lambda caller: caller.kind is CallerKind.USER)
TENANT_ADMIN = Requirement(
    "tenant_admin",
    "Administrators of the tenant, and system administrators.",
    lambda caller: caller.is_tenant_admin or caller.is_system_admin,
)
SYSTEM_ADMIN = Requirement(
    "system_admin", "System administrators only.", lambda caller: caller.is_system_admin
)


def permits(permission: str) -> Requirement:
    """Callers that hold `noun:action`, by group or key."""
    return Requirement(
        permission, f"Callers that hold `{permission}`.", lambda caller: caller.may(permission)
    )


def scoped(scope: str) -> Requirement:
    """Partner keys that hold a scope."""
    return Requirement(scope, f"Keys with scope `{scope}`.", lambda caller: scope in caller.scopes)
