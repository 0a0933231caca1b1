"""What stops a Connect call, beyond the kernel's errors."""

from __future__ import annotations

from cohesin.kernel.errors import CohesinError, ForbiddenError, NotFoundError, UnauthenticatedError


class PartnerKeyError(UnauthenticatedError):
    """No key, an unknown or revoked one, or another scheme: the caller is not told which."""

    message = "Send a valid partner key as a bearer token."


class PartnerInactiveError(ForbiddenError):
    """The key is good; the account it belongs to, or its organisation, is switched off."""

    message = "This partner account is switched off."


class AlteredLinkError(ForbiddenError):
    """The link's signature does not fit it."""

    message = "The link has expired or was altered."


class ExpiredLinkError(AlteredLinkError):
    """The link's last second is over."""


class ReportNotFoundError(NotFoundError):
    message = "No such report."


class ReportFileMissingError(NotFoundError):
    """The report names a file that storage does not hold."""

    message = "The file of this report is not in storage."


class ReportWithoutFileError(CohesinError):
    """The report is pending, or nothing was uploaded for it."""

    code = "BAD_REQUEST"
    status = 400
    message = "This report has no file yet."
