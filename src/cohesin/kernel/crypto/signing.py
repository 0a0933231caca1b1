"""Signatures with shared secrets: links with an end, Standard Webhooks, and `t=…,v1=…` headers."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urlencode

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

WEBHOOK_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - the public prefix


class InvalidWebhookSecretError(Exception):
    """The webhook secret is empty or not base64 behind `whsec_`."""


class LinkSigner:
    """Signs a path with its query parameters: a link that works for whoever holds it, unchanged.

    The text signed is the path, a line feed, and the parameters sorted and percent-encoded: the order in
    which a client sends them does not matter, every character of them does. Give each kind of link a key of
    its own (`derive_key(secret, "links/…")`).
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, path: str, params: Mapping[str, str]) -> str:
        """Return the signature, 64 hexadecimal characters."""
        text = f"{path}\n{urlencode(sorted(params.items()), safe='', quote_via=quote)}"
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def verify(self, path: str, params: Mapping[str, str], signature: str) -> bool:
        """Compare in constant time; `params` are all but the signature. Ends are the caller's to check."""
        return hmac.compare_digest(self.sign(path, params).encode(), signature.encode("utf-8", "replace"))

    def query(self, path: str, params: Mapping[str, str], *, name: str = "signature") -> str:
        """Return the query string of a signed link: the parameters as given, the signature last."""
        return urlencode([*params.items(), (name, self.sign(path, params))], quote_via=quote)


def generate_webhook_secret() -> str:
    """Return `whsec_` and the base64 of 32 random bytes (Standard Webhooks, section "Signature scheme")."""
    return WEBHOOK_SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def standard_webhook_headers(
    secret: str, *, message_id: str, timestamp: datetime, body: bytes
) -> dict[str, str]:
    """Return the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` for a UTF-8 body.

    Args:
        secret: base64, with or without `whsec_`.
        message_id: the same for every attempt of one message, so that a receiver can drop repetitions.
        timestamp: the time of this attempt, aware.
        body: exactly the bytes that are sent.

    Raises:
        InvalidWebhookSecretError: the secret cannot be decoded.
    """
    moment = timestamp.astimezone(UTC)
    try:
        signature = Webhook(secret).sign(msg_id=message_id, timestamp=moment, data=body.decode())
    except (binascii.Error, EmptyWebhookSecretError) as error:
        raise InvalidWebhookSecretError("the webhook secret is not base64") from error
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def timestamped_signature(secret: str, *, timestamp: int, body: bytes) -> str:
    """Return `t=<timestamp>,v1=<hex>` with the HMAC-SHA256 of timestamp, a dot and the body.

    The key is the text of the secret as it stands, prefix included.
    """
    signed = str(timestamp).encode() + b"." + body
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def verify_timestamped_signature(secret: str, header: str, *, body: bytes) -> int | None:
    """Return the timestamp of a good `t=…,v1=…` header, or None; its age is the caller's to check."""
    fields = dict(part.partition("=")[::2] for part in header.split(","))
    moment = fields.get("t", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return None
    expected = timestamped_signature(secret, timestamp=int(moment), body=body)
    given = f"t={moment},v1={fields.get('v1', '')}"
    return int(moment) if hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")) else None
