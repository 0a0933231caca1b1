"""What can stand in the way of a user's change."""

from cohesin.kernel.errors import ConflictError


class EmailTakenError(ConflictError):
    message = "This e-mail address is taken."


class LastOwnerError(ConflictError):
    """Every tenant keeps an owner who can act."""

    message = "This is the last active owner of the organisation."


class AccountNotActiveError(ConflictError):
    """The account itself is closed or suspended; a tenant cannot open it again."""

    message = "This account is not active on the platform."
