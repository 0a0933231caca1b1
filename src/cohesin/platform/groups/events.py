"""Events about groups."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "group.created": "A group was made.",
        "group.updated": "A group was changed.",
        "group.deleted": "A group was deleted.",
        "group.member_added": "A person was added to a group.",
        "group.member_removed": "A person was removed from a group.",
    }
)
