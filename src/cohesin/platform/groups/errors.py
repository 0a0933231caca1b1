"""What can stand in the way of a group's change."""

from cohesin.kernel.errors import ConflictError, ForbiddenError


class GroupNameTakenError(ConflictError):
    message = "This name is taken by another group."


class BuiltInGroupError(ConflictError):
    """The groups every tenant begins with stay what they are."""

    def __init__(self, what: str) -> None:
        super().__init__(f"A built-in group {what}.")


class AlreadyInGroupError(ConflictError):
    message = "This person is in the group already."


class AdministratorByRoleError(ConflictError):
    """Owners and admins are in Administrators because of their role."""

    message = "This person administers the organisation by role; change the role instead."


class BeyondOwnRightsError(ForbiddenError):
    message = "Nobody may give or take permissions that go beyond their own."
