"""API keys: made, recognised by form, stored as digests.

A key is `<prefix><32 base62 characters><6 base62 characters of checksum>`. The fixed prefix lets secret
scanners find a leaked key; the checksum (CRC-32 over prefix and body) lets them and us drop a mistyped or
invented key without a database trip.

Digests are plain SHA-256. A slow hash such as Argon2 protects secrets that people choose, where an attacker
can list the likely ones. A key body holds 190 random bits (62^32), which no listing reaches, and every call
has to look it up: a slow hash would add 20 ms per call and protect nothing.
"""

import hashlib
import hmac
import secrets
import string
import zlib
from dataclasses import dataclass, field
from typing import Final

PLATFORM_PREFIX: Final = "coh_live_"
CONNECT_PREFIX: Final = "cgx_pk_"

_ALPHABET: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BODY_LENGTH: Final = 32
_CHECKSUM_LENGTH: Final = 6  # 62^6 > 2^32


@dataclass(frozen=True, slots=True)
class ApiKeySecret:
    """A new key: `full` is shown once and never stored; the database keeps `preview` and `digest`."""

    full: str = field(repr=False)
    preview: str
    digest: bytes


def _checksum(text: str) -> str:
    value = zlib.crc32(text.encode("ascii"))
    out = ""
    for _ in range(_CHECKSUM_LENGTH):
        value, digit = divmod(value, len(_ALPHABET))
        out = _ALPHABET[digit] + out
    return out


def generate(prefix: str = PLATFORM_PREFIX) -> ApiKeySecret:
    """Make a key with 190 random bits.

    Raises:
        ValueError: when the prefix is not ASCII letters, digits and underscores that end with an underscore.
    """
    if not prefix.endswith("_") or not set(prefix) <= set(_ALPHABET + "_"):
        raise ValueError("a key prefix is ASCII letters, digits and underscores and ends with an underscore")
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_BODY_LENGTH))
    full = prefix + body + _checksum(prefix + body)
    return ApiKeySecret(full=full, preview=preview(full), digest=digest(full))


def is_well_formed(key: str, prefix: str = PLATFORM_PREFIX) -> bool:
    """Tell whether the text could be a key of ours: prefix, length, alphabet and checksum."""
    if not key.startswith(prefix):
        return False
    rest = key[len(prefix) :]
    if len(rest) != _BODY_LENGTH + _CHECKSUM_LENGTH or not set(rest) <= set(_ALPHABET):
        return False
    return hmac.compare_digest(_checksum(prefix + rest[:_BODY_LENGTH]), rest[_BODY_LENGTH:])


def digest(key: str) -> bytes:
    """Return the SHA-256 of the whole key, 32 bytes: what is stored and looked up."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def preview(key: str) -> str:
    """Return the first eight and the last four characters, for lists of keys."""
    return f"{key[:8]}…{key[-4:]}"


def matches(key: str, stored: bytes) -> bool:
    """Compare a presented key with a stored digest in constant time."""
    return hmac.compare_digest(digest(key), stored)
