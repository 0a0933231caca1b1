"""The keys that sign access tokens: sealed in the database, shared by every process, rotated without ending sessions."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import asyncpg

from cohesin.kernel.caller import ANONYMOUS
from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.crypto.tokens import AccessTokens, Keyring
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.log import get_logger
from cohesin.kernel.uow import UnitOfWork, Units

NAME: Final = "access"
CONTEXT: Final = SealContext("platform.keyrings", "sealed", NAME)
AUDIENCE: Final = "platform"
# A rotation is known everywhere after a minute; until then the older key still signs and is accepted.
RENEWAL_SECONDS: Final = 60.0
# Anybody can send a token with an invented key id: such tokens cost a look at the database once a second at most.
LOOK_SECONDS: Final = 1.0

log = get_logger(__name__)


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


class KeyringRenewal:
    """Keeps the access tokens of one process on the keyring of the database, so that no rotation needs a restart."""

    def __init__(self, tokens: AccessTokens, units: Units, sealer: Sealer) -> None:
        self._tokens = tokens
        self._units = units
        self._sealer = sealer
        self._looked: float | None = None

    async def renew(self, conn: Connection) -> bool:
        """Take over the stored keyring, on a connection without a transaction.

        Returns:
            False where the last look is less than a second old; nothing is asked then.
        """
        now = time.monotonic()
        if self._looked is not None and now - self._looked < LOOK_SECONDS:
            return False
        self._looked = now
        async with UnitOfWork(conn, ANONYMOUS, self._units.clock) as uow, uow.crossing_tenants():
            sealed = await uow.conn.fetchval("SELECT sealed FROM platform.keyrings WHERE name = $1", NAME)
        self._tokens.replace_keyring(Keyring.from_bytes(self._sealer.open(sealed, CONTEXT)))
        return True

    async def run(self) -> None:
        """Renew again and again, until cancelled. A database out of reach is asked again the next time."""
        while True:
            await asyncio.sleep(RENEWAL_SECONDS)
            try:
                async with self._units.pool.acquire() as conn:
                    await self.renew(conn)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("the keyring could not be renewed", error_type=type(error).__name__)
