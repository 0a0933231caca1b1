"""Events about API keys."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "api_key.created": "An API key was made.",
        "api_key.updated": "An API key was changed.",
        "api_key.rotated": "An API key got a new secret.",
        "api_key.deleted": "An API key was deleted.",
    }
)
