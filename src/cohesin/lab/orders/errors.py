"""What can stand in the way of an order."""

from cohesin.kernel.errors import ForbiddenError


class GeneticDataNotAllowedError(ForbiddenError):
    message = "This account may not send genetic data."
