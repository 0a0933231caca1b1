"""Events about jobs."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "job.triggered": "A job was started by hand.",
        "job.cancelled": "A waiting or running job was cancelled.",
        "job.updated": "A job was switched on or off.",
    }
)
