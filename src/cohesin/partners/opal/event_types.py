"""The types of the Opal face's own events."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "opal_key.created": "A key for the Opal face was made.",
        "opal_key.disabled": "A key for the Opal face was switched off.",
    }
)
