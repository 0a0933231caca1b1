"""Spaces as an entity with abilities."""

from __future__ import annotations

from typing import Final

from cohesin.abilities.entity import Entity, declare_entity, object_right
from cohesin.platform.spaces.access import access_for_ability, visible_spaces

TABLE: Final = "platform.spaces"
SPACE: Final = declare_entity(
    Entity(
        name="space",
        access=access_for_ability,
        visible=visible_spaces,
        reading=object_right("spaces:read"),
        writing=object_right("spaces:write"),
    )
)
