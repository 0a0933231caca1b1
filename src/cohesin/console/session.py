"""The console's cookies: the access token, the refresh token, and the CSRF nonce with its token.

A change is taken only with the token of the nonce in the caller's cookie (a keyed hash of it) and, where the browser says
where a request comes from, only from our own pages.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import urlsplit

from cohesin.kernel.crypto.seal import derive_key
from cohesin.kernel.errors import ForbiddenError
from cohesin.kernel.http.call import Call
from cohesin.platform.auth.service import Session

SESSION_COOKIE: Final = "cohesin_session"
REFRESH_COOKIE: Final = "cohesin_console_refresh"
NONCE_COOKIE: Final = "cohesin_csrf"
CSRF_HEADER: Final = "x-csrf-token"
CSRF_FIELD: Final = "csrf"
REFRESH_PATH: Final = "/session"
HOME: Final = "/reports"


class ForgedRequestError(ForbiddenError):
    """A change without the token of the page it should come from."""

    message = "This page is out of date. Load it again and repeat the step."


def new_nonce() -> str:
    return secrets.token_urlsafe(24)


class CsrfTokens:
    """Tokens that pages carry: keyed hashes of their browser's nonce."""

    def __init__(self, secret: str) -> None:
        self._key = derive_key(secret, "console/csrf")

    def token(self, nonce: str) -> str:
        return hmac.new(self._key, nonce.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    def check(self, call: Call, form: list[tuple[str, str]]) -> None:
        """Refuse a change that does not come from one of our pages.

        Raises:
            ForgedRequestError: no nonce, no token, a wrong one, or another site's page.
        """
        nonce = call.cookie(NONCE_COOKIE)
        sent = call.header(CSRF_HEADER) or dict(form).get(CSRF_FIELD)
        if not nonce or not sent or not _is_own_page(call):
            raise ForgedRequestError
        if not hmac.compare_digest(self.token(nonce).encode(), sent.encode("utf-8", "replace")):
            raise ForgedRequestError


def _is_own_page(call: Call) -> bool:
    if call.header("sec-fetch-site") not in (None, "same-origin", "none"):
        return False
    origin = call.header("origin")
    return origin is None or urlsplit(origin).netloc == call.header("host")


def session_cookies(call: Call, session: Session) -> tuple[str, ...]:
    """The cookies of a session that began or went on.

    The browser keeps both for the refresh token's life: an access token that ran out is refused by its own end.
    """
    seconds = int(session.refresh_life.total_seconds())
    return (
        cookie(call, SESSION_COOKIE, session.tokens.access_token, seconds),
        cookie(
            call, REFRESH_COOKIE, session.tokens.refresh_token, seconds, path=REFRESH_PATH, same_site="Strict"
        ),
    )


def cleared_cookies(call: Call) -> tuple[str, ...]:
    """What a browser forgets at sign-out."""
    return (
        cookie(call, SESSION_COOKIE, "", 0),
        cookie(call, REFRESH_COOKIE, "", 0, path=REFRESH_PATH, same_site="Strict"),
        cookie(call, NONCE_COOKIE, "", 0),
    )


def nonce_cookie(call: Call, nonce: str) -> str:
    return cookie(call, NONCE_COOKIE, nonce, 30 * 86_400)


def cookie(
    call: Call, name: str, value: str, seconds: int, *, path: str = "/", same_site: str = "Lax"
) -> str:
    """One `Set-Cookie` value: never readable by scripts, over TLS only where the call came over TLS."""
    secure = "; Secure" if call.scope.get("scheme") == "https" else ""
    return f"{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite={same_site}{secure}"


def safe_next(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, whatever was asked for."""
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\", "/session", "/sign-")):
        return HOME
    return wanted if wanted.isprintable() and wanted.isascii() else HOME
