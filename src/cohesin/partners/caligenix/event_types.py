"""The types of events about Connect's accounts and keys."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "connect_account.created": "A Connect account was made.",
        "connect_account.updated": "A Connect account was changed.",
        "connect_key.created": "A Connect key was made.",
        "connect_key.revoked": "A Connect key was revoked.",
    }
)
