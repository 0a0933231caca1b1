"""Errors of the kernel: one class per fact, each with a code, an HTTP status and the fields a surface may show.

A surface (platform, Connect, Toolbox, Opal) renders any `CohesinError` in its own shape, in one place. Messages are
for people and never hold secrets, patient data, SQL or file paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing wrong with an input: where (`path`, dotted, as the caller wrote it) and what."""

    path: str
    message: str
    location: str = "body"


class CohesinError(Exception):
    """A fact that stops a use case. `details` may reach the caller."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500
    message: str = "Something went wrong on our side."

    def __init__(self, message: str | None = None, *, details: Mapping[str, Any] | None = None) -> None:
        self.message = message or type(self).message
        self.details = dict(details) if details else None
        super().__init__(self.message)

    @property
    def headers(self) -> dict[str, str]:
        return {}


class InvalidInputError(CohesinError):
    """The request breaks its schema; `faults` names every place at once."""

    code = "VALIDATION_ERROR"
    status = 400
    message = "The request is not valid."

    def __init__(self, faults: list[Fault], message: str | None = None) -> None:
        self.faults = faults
        super().__init__(
            message,
            details={"errors": [{"path": fault.path, "message": fault.message} for fault in faults]},
        )


class UnauthenticatedError(CohesinError):
    """No credential, or one that is not good. Never tells which half was wrong."""

    code = "AUTHENTICATION_ERROR"
    status = 401
    message = "Sign in to use this."


class ForbiddenError(CohesinError):
    code = "AUTHORIZATION_ERROR"
    status = 403
    message = "You are not allowed to do this."


class NotFoundError(CohesinError):
    """It does not exist, or belongs to another tenant: the two look the same."""

    code = "NOT_FOUND"
    status = 404
    message = "Not found."


class MethodNotAllowedError(CohesinError):
    code = "VALIDATION_ERROR"
    status = 405
    message = "This path does not take that method."

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        super().__init__()

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.allowed)}


class ConflictError(CohesinError):
    """A duplicate of something unique, or a state that does not allow the step."""

    code = "CONFLICT"
    status = 409
    message = "This conflicts with what is there."


class PayloadTooLargeError(CohesinError):
    code = "PAYLOAD_TOO_LARGE"
    status = 413
    message = "The body is larger than allowed."


class UnsupportedMediaTypeError(CohesinError):
    code = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    message = "This content type is not supported here."


class RuleRefusedError(CohesinError):
    """Well-formed, but a rule refuses it."""

    code = "VALIDATION_ERROR"
    status = 422
    message = "A rule does not allow this."

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: list[Fault] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.faults = faults or []
        found = {"errors": [{"path": f.path, "message": f.message} for f in self.faults]} if faults else {}
        super().__init__(message, details={**found, **(details or {})} or None)


class RateLimitedError(CohesinError):
    code = "RATE_LIMITED"
    status = 429
    message = "Too many requests."

    def __init__(self, retry_after: int) -> None:
        self.retry_after = max(1, retry_after)
        super().__init__()

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class UnavailableError(CohesinError):
    code = "SERVICE_UNAVAILABLE"
    status = 503
    message = "This is not available right now."
