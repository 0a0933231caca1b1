"""What can stand in the way of a category's or tag's change."""

from cohesin.kernel.errors import ConflictError, RuleRefusedError


class CategoryKeyTakenError(ConflictError):
    message = "A category beside this one has the key."


class CategoryHasChildrenError(ConflictError):
    message = "The category has categories under it."


class CategoryInUseError(ConflictError):
    message = "The category is in use; name one that replaces it."


class CategoryCycleError(RuleRefusedError):
    message = "A category cannot be under itself."


class CategoryTooDeepError(RuleRefusedError):
    message = "The tree of categories has at most ten levels."


class ReplacementIsSelfError(RuleRefusedError):
    message = "A category cannot replace itself."


class TagExistsError(ConflictError):
    message = "The group has a tag of this name."
