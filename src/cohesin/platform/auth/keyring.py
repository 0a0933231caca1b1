"""The keys that sign access tokens: sealed in the database, shared by every process, rotated without ending sessions."""

from __future__ import annotations

from typing import Final

from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.crypto.tokens import AccessTokens, Keyring
from cohesin.kernel.uow import Units

NAME: Final = "access"
CONTEXT: Final = SealContext("platform.keyrings", "sealed", NAME)
AUDIENCE: Final = "platform"


async def load_keyring(units: Units, sealer: Sealer) -> Keyring:
    """The keyring, made at the first call on an installation."""
    async with units.open() as uow, uow.crossing_tenants():
        fresh = sealer.seal(Keyring.generate().to_bytes(), CONTEXT)
        await uow.conn.execute(
            "INSERT INTO platform.keyrings (name, sealed, changed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            NAME,
            fresh,
            uow.clock.now(),
        )
        sealed = await uow.conn.fetchval("SELECT sealed FROM platform.keyrings WHERE name = $1", NAME)
    return Keyring.from_bytes(sealer.open(sealed, CONTEXT))


async def rotate_keyring(units: Units, sealer: Sealer) -> Keyring:
    """A new signing key; tokens under the one before stay good until they expire."""
    async with units.open() as uow, uow.crossing_tenants():
        sealed = await uow.conn.fetchval(
            "SELECT sealed FROM platform.keyrings WHERE name = $1 FOR UPDATE", NAME
        )
        rotated = Keyring.from_bytes(sealer.open(sealed, CONTEXT)).rotate()
        await uow.conn.execute(
            "UPDATE platform.keyrings SET sealed = $2, changed_at = $3 WHERE name = $1",
            NAME,
            sealer.seal(rotated.to_bytes(), CONTEXT),
            uow.clock.now(),
        )
    return rotated


def access_tokens(keyring: Keyring) -> AccessTokens:
    return AccessTokens(keyring, audience=AUDIENCE)
