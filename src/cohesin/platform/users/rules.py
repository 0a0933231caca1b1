"""Pure decisions about members: who may touch whom, and what permissions add up to."""

from __future__ import annotations

from collections.abc import Iterable

from cohesin.kernel.caller import Caller, CallerKind, Role
from cohesin.kernel.errors import ForbiddenError

ADMIN_ROLES = (Role.OWNER, Role.ADMIN)


def is_self(caller: Caller, user_id: object) -> bool:
    return caller.kind is CallerKind.USER and caller.id == user_id


def is_admin(caller: Caller) -> bool:
    return caller.is_tenant_admin or caller.is_system_admin


def check_standing_change(caller: Caller, before: str, after: str) -> None:
    """Whether the caller may change the role or status of a member; `before` and `after` are roles.

    Raises:
        ForbiddenError: the caller is no administrator, or an owner is concerned and the caller is none.
    """
    if not is_admin(caller):
        raise ForbiddenError
    if Role.OWNER in (before, after) and caller.role is not Role.OWNER and not caller.is_system_admin:
        raise ForbiddenError("Only an owner may change who owns the organisation.")


def effective_permissions(permissions: Iterable[str], *, is_tenant_admin: bool) -> list[str]:
    """The union, sorted; administrators hold `*` by their role too."""
    return sorted({*permissions, *(("*",) if is_tenant_admin else ())})
