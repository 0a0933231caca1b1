"""What can stand in the way of a tag."""

from cohesin.kernel.errors import ConflictError


class TagLinkExistsError(ConflictError):
    message = "The entity has this tag already."
