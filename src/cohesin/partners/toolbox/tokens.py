"""The face's tokens: a JWT under a key of its own, good for an hour."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from joserfc.jwk import OctKey

from cohesin.kernel.crypto.seal import derive_key
from cohesin.kernel.crypto.tokens import InvalidTokenError, Keyring, SigningKey
from cohesin.kernel.errors import UnauthenticatedError

LIFETIME_SECONDS: Final = 3600
AUDIENCE: Final = "toolbox"


class ToolboxTokens:
    """Issues and verifies tokens; the key comes from the server's secret, so every process has the same."""

    def __init__(self, secret_key: str) -> None:
        key = OctKey.import_key(derive_key(secret_key, "toolbox/tokens"))
        self._keyring = Keyring(active=SigningKey(kid=AUDIENCE, algorithm="HS256", key=key))

    def issue(self, account_id: UUID, *, number: int, username: str, email: str, now: datetime) -> str:
        """A token for an account that has just proven itself."""
        issued = int(now.timestamp())
        claims = {
            "username": username,
            "user_id": number,
            "email": email,
            "exp": issued + LIFETIME_SECONDS,
            "iat": issued,
            "sub": str(account_id),
            "aud": AUDIENCE,
        }
        return self._keyring.sign(claims)

    def verify(self, token: str, now: datetime) -> UUID:
        """The account a token was issued to.

        Raises:
            UnauthenticatedError: not ours, changed, unsigned, or over.
        """
        try:
            claims = self._keyring.verify(token)
            if claims["aud"] != AUDIENCE or now.timestamp() >= claims["exp"]:
                raise UnauthenticatedError
            return UUID(claims["sub"])
        except (InvalidTokenError, KeyError, ValueError, TypeError):
            raise UnauthenticatedError from None
