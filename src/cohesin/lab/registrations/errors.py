"""What can stand in the way of a registration."""

from cohesin.kernel.errors import ConflictError


class KitRegisteredError(ConflictError):
    message = "This kit is registered already."


class VerificationInUseError(ConflictError):
    message = "A report was made on this verification, so it cannot be taken back."
