"""What can stand in the way of a shipment's change."""

from cohesin.kernel.errors import ConflictError


class ShipmentOnItsWayError(ConflictError):
    message = "The shipment is on its way."


class ShipmentCanceledError(ConflictError):
    message = "The shipment was called off."


class ShipmentNotSentError(ConflictError):
    message = "A shipment gets its tracking number once a kit was added to it."


class ShipmentFullError(ConflictError):
    message = "The shipment holds all the kits that were ordered."


class ForeignKitError(ConflictError):
    message = "The kit belongs to another account."
