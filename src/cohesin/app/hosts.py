"""The interpretation face at the root of its own host name (`COHESIN_OPAL_HOST`)."""

from __future__ import annotations

from typing import Any

from litestar import Litestar

OPAL_PREFIX = "/opal"


class HostedApplication(Litestar):
    """The application; requests to the Opal host are served from under `/opal`, whatever path they name."""

    opal_host: str | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.opal_host is not None and scope["type"] == "http" and self._asked_for_opal(scope):
            path = scope["path"]
            if not path.startswith(f"{OPAL_PREFIX}/"):
                scope = {
                    **scope,
                    "path": OPAL_PREFIX + path,
                    "raw_path": OPAL_PREFIX.encode() + scope.get("raw_path", b""),
                }
        await super().__call__(scope, receive, send)

    def _asked_for_opal(self, scope: Any) -> bool:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        return bool(host.decode("latin-1").partition(":")[0].lower() == (self.opal_host or "").lower())
