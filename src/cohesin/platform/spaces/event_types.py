"""Events about spaces."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "space.created": "A space was made.",
        "space.updated": "A space was changed.",
        "space.deleted": "A space was deleted.",
        "space.member_added": "A person was added to a space.",
        "space.member_removed": "A person was removed from a space.",
        "space.visited": "A visit of a space was counted.",
        "space.visits_reset": "The visits of a space were set to zero.",
        "space.promotion_updated": "The promotion of a space was changed.",
        "space.moved_to_top": "A space was moved to the top.",
    }
)
