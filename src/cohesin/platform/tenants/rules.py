"""Pure decisions about a tenant's life."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

import msgspec

from cohesin.platform.tenants.errors import LifecycleStepRefusedError

Step = Literal["activate", "suspend", "reactivate", "archive", "upgrade"]
UPGRADES: Final = {("trial", "paid"), ("paid", "enterprise")}


class Standing(msgspec.Struct, frozen=True):
    """A tenant's status and type: what its life is about."""

    status: str
    type: str


def next_standing(now: Standing, step: Step, target_type: str | None = None) -> Standing:
    """Where a step leads.

    Raises:
        LifecycleStepRefusedError: the standing does not allow the step.
    """
    if now.type == "system" and step in ("suspend", "archive", "upgrade"):
        raise LifecycleStepRefusedError(step, now.status)
    match step, now.status:
        case "activate", "pending":
            return Standing("active", "trial" if now.type == "trial" else now.type)
        case (("activate" | "reactivate"), "inactive"):
            return Standing("active", now.type)
        case "suspend", "active":
            return Standing("inactive", now.type)
        case "archive", "inactive":
            return Standing("retired", now.type)
        case "upgrade", "active" if (now.type, target_type) in UPGRADES and target_type is not None:
            return Standing(now.status, target_type)
    raise LifecycleStepRefusedError(step, now.status)


def slug_of(name: str) -> str:
    """A name as lower-case ASCII words joined by dashes; `tenant` where nothing is left."""
    ascii_text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "tenant"
