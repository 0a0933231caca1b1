"""What can stand in the way of a report's delivery."""

from cohesin.kernel.errors import ConflictError, NotFoundError


class ReportPendingError(ConflictError):
    message = "The report has no file yet."


class ReportFileMissingError(NotFoundError):
    message = "The report's file is not in the store."
