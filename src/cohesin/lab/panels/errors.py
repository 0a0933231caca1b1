"""What can stand in the way of a new panel."""

from cohesin.kernel.errors import ConflictError, RuleRefusedError


class SkuTakenError(ConflictError):
    message = "A panel with this sku exists, whatever its letter case."


class PanelShapeError(RuleRefusedError):
    message = "A trait or raw panel has markers and no parts; a bundle has parts, all of them trait panels."
