"""Events about tags and categories."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "category.created": "A category was made.",
        "category.updated": "A category was changed.",
        "category.translated": "A category was translated.",
        "category.deleted": "A category was deleted.",
        "tag.created": "A tag was made.",
        "tag.updated": "A tag was changed.",
        "tag.translated": "A tag was translated.",
        "tag.deleted": "A tag was deleted.",
        "space.tag_linked": "A tag was linked to a space.",
        "space.tag_unlinked": "A tag was taken from a space.",
        "space.category_linked": "A category was linked to a space.",
        "space.category_unlinked": "A category was taken from a space.",
        "tenant.tag_linked": "A tag was linked to a tenant.",
        "tenant.tag_unlinked": "A tag was taken from a tenant.",
        "tenant.category_linked": "A category was linked to a tenant.",
        "tenant.category_unlinked": "A category was taken from a tenant.",
        "group.tag_linked": "A tag was linked to a group.",
        "group.tag_unlinked": "A tag was taken from a group.",
        "group.category_linked": "A category was linked to a group.",
        "group.category_unlinked": "A category was taken from a group.",
    }
)
