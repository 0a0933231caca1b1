"""Pure decisions about groups."""

from __future__ import annotations

from collections.abc import Iterable

from cohesin.kernel.caller import Caller
from cohesin.platform.groups.errors import BeyondOwnRightsError, BuiltInGroupError

ALL = "*"


def check_reach(caller: Caller, permissions: Iterable[str]) -> None:
    """Nobody hands out, or takes from others, more than they hold.

    Raises:
        BeyondOwnRightsError: a permission the caller does not hold.
    """
    if not all(caller.may(permission) for permission in permissions):
        raise BeyondOwnRightsError


def check_built_in_change(
    *, before_name: str, before_permissions: list[str], name: str, permissions: list[str]
) -> None:
    """A built-in group keeps its name, by which the server finds it, and Administrators keeps `*`.

    Raises:
        BuiltInGroupError: the change would take either.
    """
    if name != before_name:
        raise BuiltInGroupError("keeps its name")
    if ALL in before_permissions and ALL not in permissions:
        raise BuiltInGroupError("with all permissions keeps them")
