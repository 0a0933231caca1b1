"""What can stand in the way of a space's change."""

from cohesin.kernel.errors import ConflictError, ForbiddenError


class DefaultSpaceError(ConflictError):
    """A tenant has one default space, and keeps it."""

    message = "A tenant has exactly one default space."


class SystemSpaceError(ConflictError):
    message = "A system space cannot be deleted."


class SystemSpaceTypeError(ForbiddenError):
    message = "Only system administrators make system spaces."


class SpaceInUseError(ConflictError):
    message = "The space still has resources."
