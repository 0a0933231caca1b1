"""Events about webhook subscriptions."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "webhook_subscription.created": "A webhook subscription was made.",
        "webhook_subscription.updated": "A webhook subscription was changed.",
        "webhook_subscription.deleted": "A webhook subscription was deleted.",
        "webhook_subscription.disabled": "A webhook subscription was switched off after five days of failures.",
    }
)
