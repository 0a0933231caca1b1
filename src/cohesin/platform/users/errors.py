"""What can stand in the way of a user's change."""

from cohesin.kernel.errors import ConflictError


class EmailTakenError(ConflictError):
    message = "This e-mail address is taken."
