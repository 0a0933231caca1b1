"""Sign-in over HTTP."""

from __future__ import annotations

from cohesin.kernel.authz import PUBLIC, USER
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.tokens import AccessTokens
from cohesin.kernel.errors import RateLimitedError
from cohesin.kernel.http.answers import Answer, DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.auth import service
from cohesin.platform.auth.errors import RefreshRefusedError
from cohesin.platform.auth.schemas import (
    ChangePasswordRequest,
    Done,
    LoginRequest,
    Message,
    RefreshRequest,
    SignedIn,
    TokenPair,
    UpdateMeRequest,
    UserAnswer,
)
from cohesin.platform.surface import platform

auth = platform.tagged("Auth")
PUBLIC_BASE = "/api/v1/public/auth"
BASE = "/api/v1/secure/auth"
REFRESH_COOKIE = "cohesin_refresh"


def refresh_cookie(token: str, seconds: int, *, secure: bool) -> str:
    """The refresh token as a cookie that only the refresh path sees."""
    flags = "; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
    return f"{REFRESH_COOKIE}={token}; Path={PUBLIC_BASE}; Max-Age={seconds}{flags}"


def with_cookie(call: Call, session: service.Session, body: object) -> Answer:
    """An answer that also sets the refresh cookie."""
    seconds = int(session.refresh_life.total_seconds())
    secure = call.scope.get("scheme") == "https"
    return Answer(body=body, cookies=(refresh_cookie(session.tokens.refresh_token, seconds, secure=secure),))


@auth.post(
    f"{PUBLIC_BASE}/login", permission=PUBLIC, status=200, errors=(RateLimitedError,), answers=SignedIn
)
async def login(
    units: Units, call: Call, hasher: PasswordHasher, tokens: AccessTokens, body: LoginRequest
) -> Answer:
    """Begin a session with e-mail address and password."""
    session = await service.sign_in(units, hasher, tokens, body, call.origin)
    caller = await service.caller_of(units, session)
    signed_in = SignedIn(
        user=await service.describe_signed_in(units, session, caller),
        access_token=session.tokens.access_token,
        refresh_token=session.tokens.refresh_token,
        expires_in=session.tokens.expires_in,
    )
    return with_cookie(call, session, signed_in)


@auth.post(f"{PUBLIC_BASE}/refresh", permission=PUBLIC, status=200, answers=TokenPair)
async def refresh(units: Units, call: Call, tokens: AccessTokens, body: RefreshRequest) -> Answer:
    """Rotate a refresh token, from the body or the cookie."""
    token = body.refreshToken or call.cookie(REFRESH_COOKIE)
    if not token:
        raise RefreshRefusedError
    session = await service.refresh_session(units, tokens, token, call.origin)
    return with_cookie(call, session, session.tokens)


@auth.post(f"{BASE}/logout", permission=USER, status=200, survives_suspension=True, answers=Message)
async def logout(uow: UnitOfWork) -> Answer:
    """End the session and clear the refresh cookie."""
    await service.sign_out(uow)
    return Answer(body=Message("Signed out."), cookies=(refresh_cookie("", 0, secure=False),))


@auth.get(f"{BASE}/me", permission=USER, survives_suspension=True)
async def get_me(uow: UnitOfWork) -> UserAnswer:
    """The caller's profile, tenant, groups and permissions."""
    return UserAnswer(await service.current_user(uow))


@auth.patch(f"{BASE}/me", permission=USER)
async def update_me(uow: UnitOfWork, body: UpdateMeRequest) -> UserAnswer:
    """Change the caller's profile."""
    return UserAnswer(await service.update_me(uow, body))


@auth.post(f"{BASE}/me/change-password", permission=USER, status=200)
async def change_password(
    units: Units, call: Call, hasher: PasswordHasher, body: ChangePasswordRequest
) -> DataOf[Done]:
    """Set a new password; the caller's other sessions end."""
    await service.change_password(
        units, hasher, call.caller, call.origin, current=body.currentPassword, new=body.newPassword
    )
    return DataOf(Done(success=True, message="The password was changed."))
