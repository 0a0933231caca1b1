"""Signed links to report files: whoever holds one may fetch that file, unchanged, until its last second."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from cohesin.kernel.crypto.seal import derive_key
from cohesin.kernel.crypto.signing import LinkSigner
from cohesin.kernel.http.call import Call
from cohesin.partners.caligenix.errors import AlteredLinkError, ExpiredLinkError

LIFETIME_SECONDS: Final = 900


class LinkedFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file version a link was made for."""

    tenant_id: UUID
    report_id: UUID
    object_key: str


def link_signer(secret: str) -> LinkSigner:
    """What signs links to report files in the installation that has this secret."""
    return LinkSigner(derive_key(secret, "links/connect-report-files"))


class FileLinks:
    """Makes and reads links. One instance a process, from the installation's secret and public address."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._signer = link_signer(secret)
        self._public_url = public_url.rstrip("/")

    def make(self, call: Call, file: LinkedFile, now: datetime) -> tuple[str, int]:
        """A link to the host that served the call, good from now on; and its last good second in Unix time."""
        expires = int(now.timestamp()) + LIFETIME_SECONDS
        path = f"/v1/files/{file.report_id}"
        query = self._signer.query(path, {"key": _key_of(file), "expires": str(expires)}, name="sig")
        return f"{self._serving_address(call)}{path}?{query}", expires

    def _serving_address(self, call: Call) -> str:
        """Scheme and host of the call.

        Behind a proxy that ends TLS the call's own scheme is the proxy's; where the host is the public one, its scheme
        is used, and the public address where the call named no host.
        """
        host = call.header("host")
        if host is None or urlsplit(self._public_url).netloc == host:
            return self._public_url
        return call.base_url

    def read(self, path: str, query: Sequence[tuple[str, str]], now: datetime) -> LinkedFile:
        """The file of a link, from the path and the query's texts exactly as they came.

        Raises:
            AlteredLinkError: any character of it was changed, or a part was given twice.
            ExpiredLinkError: its last second is over.
        """
        parts = [(name, value) for name, value in query if name in ("key", "expires", "sig")]
        once = dict(parts)
        if len(once) != 3 or len(parts) != 3:
            raise AlteredLinkError
        signed = {"key": once["key"], "expires": once["expires"]}
        if not self._signer.verify(path, signed, once["sig"]):
            raise AlteredLinkError
        if int(now.timestamp()) > int(once["expires"]):
            raise ExpiredLinkError
        raw = base64.urlsafe_b64decode(once["key"] + "=" * (-len(once["key"]) % 4))
        return LinkedFile(
            tenant_id=UUID(bytes=raw[:16]),
            report_id=UUID(path.rpartition("/")[2]),
            object_key=raw[16:].decode(),
        )


def _key_of(file: LinkedFile) -> str:
    """Tenant and storage key as one word; the tenant keeps the lookup within row-level security."""
    return base64.urlsafe_b64encode(file.tenant_id.bytes + file.object_key.encode()).decode().rstrip("=")
