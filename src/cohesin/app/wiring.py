"""The long-lived parts of a process, opened together and closed together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from cohesin.console.session import CsrfTokens
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.db.pool import open_pool
from cohesin.kernel.http.edge import Services
from cohesin.kernel.mail import MailTransport, mail_transport
from cohesin.kernel.outbound import OutboundClient
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import Units
from cohesin.partners.opal.surface import OpalFace
from cohesin.partners.toolbox.tokens import ToolboxTokens
from cohesin.platform.auth.keyring import access_tokens, load_keyring
from cohesin.platform.identify import VerifiedTokens
from cohesin.platform.users.members import EmailVerification


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of one process. `settings.app_database_url` is the unprivileged role's address."""
    assert settings.app_database_url is not None
    pool = await open_pool(settings.app_database_url, size=settings.database_pool_size)
    hasher = PasswordHasher(threads=settings.argon2_concurrency)
    outbound = OutboundClient(allow_private=settings.allow_private_webhooks)
    try:
        units = Units(pool)
        sealer = Sealer(settings.secret_key)
        tokens = access_tokens(await load_keyring(units, sealer))
        store = ObjectStore(settings.storage_url or (settings.data_dir / "objects").absolute().as_uri())
        verification = EmailVerification(configured=settings.smtp_url is not None)
        services = Services(units, settings, hasher, sealer, tokens, VerifiedTokens(tokens), store, verification)
        services.add(outbound)
        services.add(ToolboxTokens(settings.secret_key))
        services.add(OpalFace(settings))
        services.add(CsrfTokens(settings.secret_key))
        host = urlsplit(settings.public_url or "").hostname or "localhost"
        mail = mail_transport(settings.smtp_url, sender=f"no-reply@{host}", outbox=settings.data_dir / "mail")
        services.add(mail, MailTransport)
        yield services
    finally:
        await outbound.aclose()
        hasher.close()
        await pool.close()
