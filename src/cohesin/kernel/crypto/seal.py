"""Secrets at rest: seals under the server's secret, and keys that are made to be destroyed."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_KEY_ID_BYTES: Final = 8
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12  # the size NIST SP 800-38D recommends for GCM
_TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_HEADER_BYTES: Final = 1 + _KEY_ID_BYTES + _SALT_BYTES + _NONCE_BYTES
_MIN_SECRET_BYTES: Final = 32


class WeakSecretError(Exception):
    """The server's secret is too short to derive keys from."""


class BrokenSealError(Exception):
    """The blob is not a seal, was changed, or belongs to another row."""


class UnknownSealKeyError(Exception):
    """The blob was sealed under a secret this server does not have."""


class KeyDestroyedError(Exception):
    """The ephemeral key was destroyed; what it encrypted cannot be read any more."""


def derive_key(secret: str | bytes, purpose: str, *, salt: bytes = b"", length: int = _KEY_BYTES) -> bytes:
    """Derive a key for one purpose (HKDF-SHA256, RFC 5869); different purposes give unrelated keys.

    Raises:
        WeakSecretError: when the secret is shorter than 32 bytes. HKDF adds no strength to a guessable
        secret.
    """
    material = secret.encode() if isinstance(secret, str) else secret
    if len(material) < _MIN_SECRET_BYTES:
        raise WeakSecretError(f"the secret must have at least {_MIN_SECRET_BYTES} bytes")
    info = f"cohesin/{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=info).derive(material)


@dataclass(frozen=True, slots=True)
class SealContext:
    """Where a sealed value stands; authenticated with it, so a blob copied to another row stays shut."""

    table: str
    column: str
    row_id: str

    def to_bytes(self) -> bytes:
        """Return the associated data; lengths before the parts keep two contexts from writing the same."""
        parts = (self.table.encode(), self.column.encode(), self.row_id.encode())
        return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Sealer:
    """AES-256-GCM under a key of its own for every blob, derived from the server's secret and a random salt.

    A blob is `version (1) | key id (8) | salt (16) | nonce (12) | ciphertext and tag`. A key per blob keeps
    the number of messages under one key at one, so random nonces cannot collide. The key id is derived from
    the secret; `previous` secrets still open, only the current one seals.
    """

    def __init__(self, secret: str | bytes, *, previous: Sequence[str | bytes] = ()) -> None:
        self._current = derive_key(secret, "seal-key-id", length=_KEY_ID_BYTES)
        self._secrets = {
            derive_key(item, "seal-key-id", length=_KEY_ID_BYTES): item for item in (*previous, secret)
        }

    def seal(self, plaintext: bytes, context: SealContext) -> bytes:
        """Encrypt a value for one place in the database."""
        salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
        header = _VERSION + self._current + salt + nonce
        cipher = self._cipher(self._current, salt)
        return header + cipher.encrypt(nonce, plaintext, header + context.to_bytes())

    def open(self, blob: bytes, context: SealContext) -> bytes:
        """Decrypt a value.

        Raises:
            UnknownSealKeyError: sealed under a secret that is not given.
            BrokenSealError: not a seal, changed, or from another place.
        """
        if len(blob) < _HEADER_BYTES + _TAG_BYTES or blob[:1] != _VERSION:
            raise BrokenSealError("the value is not a seal of this version")
        header, ciphertext = blob[:_HEADER_BYTES], blob[_HEADER_BYTES:]
        key_id = header[1 : 1 + _KEY_ID_BYTES]
        if key_id not in self._secrets:
            raise UnknownSealKeyError("the value was sealed under another secret")
        salt, nonce = header[-_SALT_BYTES - _NONCE_BYTES : -_NONCE_BYTES], header[-_NONCE_BYTES:]
        try:
            return self._cipher(key_id, salt).decrypt(nonce, ciphertext, header + context.to_bytes())
        except InvalidTag as error:
            raise BrokenSealError("the value was changed or belongs to another row") from error

    def fingerprint(self, value: bytes) -> bytes:
        """32 bytes that tell two values apart and, without the server's secret, nothing of either (HMAC-SHA256)."""
        return hmac.digest(derive_key(self._secrets[self._current], "fingerprint"), value, "sha256")

    def needs_reseal(self, blob: bytes) -> bool:
        """Tell whether the value was sealed under an older secret."""
        return blob[1 : 1 + _KEY_ID_BYTES] != self._current

    def _cipher(self, key_id: bytes, salt: bytes) -> AESGCM:
        return AESGCM(derive_key(self._secrets[key_id], "seal", salt=salt))


class EphemeralKey:
    """A random key for data that must end with its processing.

    The ciphertext may lie on a disk or in a table; once `destroy` has overwritten the key and its wrapped
    copy is deleted, backups and old database pages hold noise. `wrap` seals the key under the server's
    secret, so that another process can finish the work: the key never lies anywhere in the clear.

    As a context manager it destroys the key at the end.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError("an ephemeral key has 32 bytes")
        self._key = bytearray(key)
        self._destroyed = False

    @classmethod
    def generate(cls) -> Self:
        """Make a new random key."""
        return cls(secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def unwrap(cls, blob: bytes, sealer: Sealer, context: SealContext) -> Self:
        """Read a key written by `wrap`; raises what `Sealer.open` raises."""
        return cls(sealer.open(blob, context))

    def wrap(self, sealer: Sealer, context: SealContext) -> bytes:
        """Seal the key for a database row; raises KeyDestroyedError."""
        return sealer.seal(bytes(self._alive()), context)

    def encrypt(self, plaintext: bytes, *, associated: bytes = b"") -> bytes:
        """Return nonce and ciphertext; raises KeyDestroyedError."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._alive()).encrypt(nonce, plaintext, associated)

    def decrypt(self, blob: bytes, *, associated: bytes = b"") -> bytes:
        """Return the plaintext; raises KeyDestroyedError or BrokenSealError."""
        cipher = AESGCM(self._alive())
        try:
            return cipher.decrypt(blob[:_NONCE_BYTES], blob[_NONCE_BYTES:], associated)
        except (InvalidTag, ValueError) as error:
            raise BrokenSealError("the value was changed or belongs to another key") from error

    def destroy(self) -> None:
        """Overwrite the key in memory; a second call does nothing."""
        self._key[:] = bytes(_KEY_BYTES)
        self._destroyed = True

    def _alive(self) -> bytearray:
        if self._destroyed:
            raise KeyDestroyedError("the key was destroyed")
        return self._key

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.destroy()
