"""What can stand in the way of signing in."""

from cohesin.kernel.errors import ForbiddenError, RateLimitedError, UnauthenticatedError

LOCK_SECONDS = 900


class WrongCredentialsError(UnauthenticatedError):
    """The same for an unknown address and a wrong password."""

    message = "E-mail address or password is wrong."


class TooManyAttemptsError(RateLimitedError):
    message = "Too many failed attempts. Try again later."

    def __init__(self) -> None:
        super().__init__(LOCK_SECONDS)


class SuspendedError(ForbiddenError):
    message = "This account or its organisation is suspended."


class RefreshRefusedError(UnauthenticatedError):
    message = "This session has ended. Sign in again."
