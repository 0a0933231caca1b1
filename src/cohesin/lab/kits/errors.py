"""What can stand in the way of a kit's change."""

from cohesin.kernel.errors import ConflictError


class BarcodeTakenError(ConflictError):
    message = "A kit with this barcode exists."


class KitStepRefusedError(ConflictError):
    """The kit's state does not allow the step."""

    def __init__(self, step: str, status: str | None) -> None:
        super().__init__(
            f"A kit that is {(status or 'new').replace('_', ' ')} does not take the step {step}."
        )


class KitShippedError(ConflictError):
    message = "The kit belongs to another shipment."
