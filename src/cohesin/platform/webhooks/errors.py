"""What can stand in the way of a webhook subscription."""

from cohesin.kernel.errors import Fault, RuleRefusedError


class TargetRefusedError(RuleRefusedError):
    """The address is one that webhooks may not go to."""

    def __init__(self, reason: str) -> None:
        super().__init__("Webhooks may not go to this address.", faults=[Fault("url", reason)])


class HeaderRefusedError(RuleRefusedError):
    """A header of one's own that is malformed or that the server sets itself."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("Some headers cannot be sent.", faults=faults)


class SecretRefusedError(RuleRefusedError):
    """A signing secret that is empty, or not base64 behind `whsec_`."""

    def __init__(self) -> None:
        super().__init__(
            "This signing secret cannot be used.", faults=[Fault("secret", "is empty or not base64")]
        )
