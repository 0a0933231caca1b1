"""What stands between a person's data and the report."""

from __future__ import annotations

from typing import Literal

import msgspec

Obstacle = Literal["no_data", "no_consent", "not_registered"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about a pending report. `own_data`: the order brought its genotypes itself."""

    consent_given: bool
    own_data: bool
    kit_has_data: bool
    kit_verified: bool


def find_obstacle(standing: Standing) -> Obstacle | None:
    """The first obstacle: data, then consent, then the verification of the kit (not asked for with own data)."""
    if not standing.own_data and not standing.kit_has_data:
        return "no_data"
    if not standing.consent_given:
        return "no_consent"
    if not standing.own_data and not standing.kit_verified:
        return "not_registered"
    return None
