"""Events about persons."""

from cohesin.kernel.events import declare_event_types

declare_event_types({"user.created": "A person was added to a tenant."})
