"""Decisions about webhooks: which events match, how long to wait, which headers and secrets are good. No database."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cohesin.kernel.crypto.signing import WEBHOOK_SECRET_PREFIX
from cohesin.kernel.errors import Fault
from cohesin.platform.webhooks.errors import HeaderRefusedError, SecretRefusedError

RETRY_WINDOW: Final = timedelta(days=3)
FAILURE_LIMIT: Final = timedelta(days=5)
_FIRST_WAIT: Final = timedelta(seconds=5)
_LONGEST_WAIT: Final = timedelta(hours=6)
_FACTOR: Final = 4
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FIELD_VALUE: Final = re.compile(r"[\x20-\x7e\x80-\xff]*")
_OWN_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
    }
)


def stored_type(pattern: str) -> str:
    """An event type or pattern as events are stored: `user:created` is `user.created`."""
    return pattern.strip().lower().replace(":", ".")


def like_pattern(pattern: str) -> str:
    """The LIKE pattern of `user.created`, `user.*`, `user:*` or `*`; `*` stands for any text."""
    escaped = re.sub(r"([\\%_])", r"\\\1", stored_type(pattern))
    return escaped.replace("*", "%")


def retry_wait(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts (from 1): 5 s, 20 s, 80 s … at most 6 h."""
    seconds = _FIRST_WAIT.total_seconds() * _FACTOR ** min(attempts - 1, 16)
    return min(timedelta(seconds=seconds), _LONGEST_WAIT)


def is_given_up(first_attempt_at: datetime, now: datetime) -> bool:
    """Whether a delivery was tried for long enough."""
    return now - first_attempt_at >= RETRY_WINDOW


def is_to_be_disabled(failing_since: datetime, now: datetime) -> bool:
    """Whether a subscription failed, without one success, for so long that it is switched off."""
    return now - failing_since >= FAILURE_LIMIT


def checked_headers(headers: Mapping[str, str] | None) -> dict[str, str] | None:
    """Headers of the subscriber's own, to be sent along.

    Raises:
        HeaderRefusedError: names or values that HTTP does not allow, and headers that the server sets.
    """
    if headers is None:
        return None
    faults = []
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            faults.append(Fault(f"headers.{name}", "is not a header name"))
        elif name.lower() in _OWN_HEADERS or name.lower().startswith("webhook-"):
            faults.append(Fault(f"headers.{name}", "is set by the server"))
        elif not _FIELD_VALUE.fullmatch(value):
            faults.append(Fault(f"headers.{name}", "has characters that a header cannot hold"))
    if faults:
        raise HeaderRefusedError(faults)
    return dict(headers)


def signing_secret(text: str) -> str:
    """The secret as `whsec_` and base64.

    A text that is base64, with or without the prefix, is the key's bytes (Standard Webhooks); any other text is the
    key itself, in UTF-8.

    Raises:
        SecretRefusedError: an empty one, or no base64 behind the prefix.
    """
    encoded = text.removeprefix(WEBHOOK_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        if encoded != text:
            raise SecretRefusedError from None
        key = text.encode()
    if not key:
        raise SecretRefusedError
    return WEBHOOK_SECRET_PREFIX + base64.b64encode(key).decode()
