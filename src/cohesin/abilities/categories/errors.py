"""What can stand in the way of a category on an entity."""

from cohesin.kernel.errors import ConflictError


class CategoryLinkExistsError(ConflictError):
    message = "The entity is in this category already."
