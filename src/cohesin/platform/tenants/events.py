"""Events about tenants."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "tenant.created": "A tenant was made.",
        "tenant.updated": "A tenant was changed.",
        "tenant.deleted": "A tenant was ended.",
        "tenant.activated": "A pending or inactive tenant became active.",
        "tenant.suspended": "An active tenant was suspended.",
        "tenant.reactivated": "A suspended tenant became active again.",
        "tenant.archived": "A suspended tenant was retired.",
        "tenant.upgraded": "A tenant moved to the next plan.",
    }
)
