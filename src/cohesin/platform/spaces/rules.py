"""Pure decisions about spaces."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cohesin.kernel.errors import Fault, InvalidInputError, RuleRefusedError
from cohesin.platform.spaces.errors import DefaultSpaceError, SystemSpaceError, SystemSpaceTypeError

VISIBILITIES: Final = ("private", "tenant")


def check_settings(settings: Mapping[str, Any]) -> None:
    """`visibility`, where given, is one of the two there are.

    Raises:
        RuleRefusedError: it is something else.
    """
    if "visibility" in settings and settings["visibility"] not in VISIBILITIES:
        raise RuleRefusedError(faults=[Fault("settings.visibility", "must be `private` or `tenant`")])


def check_type(old: str | None, new: str, *, is_system_admin: bool) -> None:
    """What type a space may get. The database keeps a second default one out.

    Raises:
        SystemSpaceTypeError: into or out of `system` is for system administrators.
        DefaultSpaceError: the tenant would be without its default space.
    """
    if old == new:
        return
    if "system" in (old, new) and not is_system_admin:
        raise SystemSpaceTypeError
    if old == "default":
        raise DefaultSpaceError


def check_deletable(kind: str) -> None:
    """Refuse to lose what a tenant or the platform stands on.

    Raises:
        DefaultSpaceError, SystemSpaceError: those two stay.
    """
    if kind == "default":
        raise DefaultSpaceError("The default space cannot be deleted.")
    if kind == "system":
        raise SystemSpaceError


def check_place(latitude: float | None, longitude: float | None, radius: float | None = None) -> None:
    """A place has both coordinates, and a radius has a place.

    Raises:
        InvalidInputError: one is missing.
    """
    missing = [
        Fault(name, "is needed together with the other coordinate or a radius", "query")
        for name, value, other in (("latitude", latitude, longitude), ("longitude", longitude, latitude))
        if value is None and (other is not None or radius is not None)
    ]
    if missing:
        raise InvalidInputError(missing)


def check_span(start: datetime | None, end: datetime | None) -> None:
    """A span of time runs forward.

    Raises:
        RuleRefusedError: the end is before the start.
    """
    if start is not None and end is not None and end < start:
        raise RuleRefusedError(faults=[Fault("created_to", "must not be before created_from", "query")])
