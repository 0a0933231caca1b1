"""Events about sign-in."""

from cohesin.kernel.events import declare_event_types

declare_event_types(
    {
        "session.started": "A person signed in.",
        "session.ended": "A person signed out.",
        "session.reused": "A refresh token was used a second time; its session was ended.",
        "user.updated": "A person's account was changed.",
        "user.password_reset": "An administrator set a person's password.",
        "user.password_changed": "A person set a new password.",
    }
)
