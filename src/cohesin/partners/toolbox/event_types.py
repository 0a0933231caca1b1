"""The types of events about Toolbox accounts."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "toolbox_account.created": "A Toolbox account was made.",
        "toolbox_account.enabled": "A Toolbox account was enabled again.",
        "toolbox_account.disabled": "A Toolbox account was disabled.",
    }
)
