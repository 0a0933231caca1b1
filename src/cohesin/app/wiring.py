"""The long-lived parts of a process, opened together and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from cohesin.app.document import document
from cohesin.console.session import CsrfTokens
from cohesin.kernel.clock import Clock
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.db.pool import open_pool
from cohesin.kernel.http.edge import Services
from cohesin.kernel.mail import MailTransport, mail_transport
from cohesin.kernel.outbound import OutboundClient
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import Units
from cohesin.partners.caligenix.links import FileLinks
from cohesin.partners.opal.surface import OpalFace
from cohesin.partners.toolbox.tokens import ToolboxTokens
from cohesin.platform.auth.keyring import access_tokens, load_keyring
from cohesin.platform.identify import VerifiedTokens
from cohesin.platform.system.checks import HealthChecks
from cohesin.platform.system.documents import ApiDocuments
from cohesin.platform.users.members import EmailVerification

VENDOR = Path(str(files("cohesin.console"))) / "static" / "vendor"


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """The services of one process. `settings.app_database_url` is the unprivileged role's address.

    `clock` is the time of every unit of work; the system's where it is not given.
    """
    assert settings.app_database_url is not None
    pool = await open_pool(settings.app_database_url, size=settings.database_pool_size)
    hasher = PasswordHasher(threads=settings.argon2_concurrency)
    outbound = OutboundClient(allow_private=settings.allow_private_webhooks)
    try:
        units = Units(pool, clock)
        sealer = Sealer(settings.secret_key)
        tokens = access_tokens(await load_keyring(units, sealer))
        store = ObjectStore(settings.storage_url or (settings.data_dir / "objects").absolute().as_uri())
        services = Services(
            units,
            settings,
            hasher,
            sealer,
            tokens,
            VerifiedTokens(tokens),
            store,
            outbound,
            EmailVerification(configured=settings.smtp_url is not None),
            FileLinks(settings.secret_key, settings.url),
            ToolboxTokens(settings.secret_key),
            OpalFace(settings),
            HealthChecks(units, store, settings),
            ApiDocuments(document, VENDOR),
            CsrfTokens(settings.secret_key),
        )
        outbox = settings.data_dir / "outbox"
        services.add(
            mail_transport(settings.smtp_url, sender=settings.mail_from, outbox=outbox), MailTransport
        )
        yield services
    finally:
        await outbound.aclose()
        hasher.close()
        await pool.close()
