"""What can stand in the way of a partner's change."""

from cohesin.kernel.errors import Fault, InvalidInputError


class WebhookUrlRefusedError(InvalidInputError):
    """The address is not one that webhooks may go to."""

    def __init__(self, code: str) -> None:
        super().__init__([Fault("webhook_url", f"webhooks cannot go there ({code.replace('_', ' ')})")])
