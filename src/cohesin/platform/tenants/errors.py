"""What can stand in the way of a tenant's change."""

from cohesin.kernel.errors import ConflictError


class DomainTakenError(ConflictError):
    message = "This domain is taken."


class LifecycleStepRefusedError(ConflictError):
    """The tenant's status or type does not allow the step."""

    def __init__(self, step: str, status: str) -> None:
        super().__init__(f"A tenant that is {status} cannot take the step {step}.")


class SystemTenantError(ConflictError):
    message = "The system tenant cannot be suspended, archived or deleted."
