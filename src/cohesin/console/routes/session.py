"""Signing in and out, and going on with a session whose access token ran out."""

from __future__ import annotations

from urllib.parse import urlencode

import pydantic

from cohesin.console.pages import Shell, page, redirect
from cohesin.console.session import (
    HOME,
    NONCE_COOKIE,
    REFRESH_COOKIE,
    SESSION_COOKIE,
    CsrfTokens,
    cleared_cookies,
    new_nonce,
    nonce_cookie,
    safe_next,
    session_cookies,
)
from cohesin.console.surface import console
from cohesin.kernel.authz import PUBLIC, USER
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.tokens import AccessTokens
from cohesin.kernel.errors import CohesinError
from cohesin.kernel.http.answers import Answer, RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.auth import service
from cohesin.platform.auth.errors import RefreshRefusedError, WrongCredentialsError
from cohesin.platform.auth.schemas import LoginRequest


class NextQuery(QueryModel):
    next: str = HOME


class SignInForm(QueryModel):
    email: str = ""
    password: str = ""
    remember: str = ""
    next: str = HOME


class GoOnForm(QueryModel):
    next: str = HOME


class SignOutForm(QueryModel):
    """Holds the page's token only; without a form the body would not be read for it."""


@console.get("/", permission=PUBLIC, hidden=True)
async def home() -> RawAnswer:
    """To where the work is."""
    return redirect(HOME)


@console.get("/sign-in", permission=PUBLIC, hidden=True)
async def show_sign_in(call: Call, csrf: CsrfTokens, query: NextQuery) -> Answer:
    """The sign-in page."""
    return _sign_in_page(call, csrf, email="", wanted=query.next)


@console.post("/sign-in", permission=PUBLIC, hidden=True)
async def sign_in(
    units: Units, call: Call, csrf: CsrfTokens, hasher: PasswordHasher, tokens: AccessTokens, body: SignInForm
) -> Answer:
    """Begin a session; what is wrong is said on the page itself."""
    try:
        request = LoginRequest(email=body.email, password=body.password, rememberMe=body.remember == "yes")
        session = await service.sign_in(units, hasher, tokens, request, call.origin)
    except pydantic.ValidationError:
        return _sign_in_page(call, csrf, email=body.email, wanted=body.next, fault=WrongCredentialsError())
    except CohesinError as error:
        return _sign_in_page(call, csrf, email=body.email, wanted=body.next, fault=error)
    cookies = (*session_cookies(call, session), nonce_cookie(call, new_nonce()))
    return Answer(body=redirect(safe_next(body.next)), cookies=cookies)


def _sign_in_page(
    call: Call, csrf: CsrfTokens, *, email: str, wanted: str, fault: CohesinError | None = None
) -> Answer:
    nonce = call.cookie(NONCE_COOKIE) or new_nonce()
    body = page(
        "sign_in.html",
        status=fault.status if fault else 200,
        headers=fault.headers if fault else None,
        csrf=csrf.token(nonce),
        email=email,
        next=safe_next(wanted),
        fault=fault.message if fault else None,
    )
    return Answer(body=body, cookies=(nonce_cookie(call, nonce),))


@console.get("/session", permission=PUBLIC, hidden=True)
async def show_session(call: Call, csrf: CsrfTokens, query: NextQuery) -> Answer:
    """A page that goes on with the session: by a script, so that tabs that wake together take turns."""
    if not call.cookie(SESSION_COOKIE):
        return Answer(body=redirect("/sign-in?" + urlencode({"next": safe_next(query.next)})))
    nonce = call.cookie(NONCE_COOKIE) or new_nonce()
    body = page("session.html", csrf=csrf.token(nonce), next=safe_next(query.next))
    return Answer(body=body, cookies=(nonce_cookie(call, nonce),))


@console.post("/session", permission=PUBLIC, hidden=True)
async def go_on(units: Units, call: Call, tokens: AccessTokens, body: GoOnForm) -> Answer:
    """Rotate the refresh token; without a good one the browser has to sign in again."""
    try:
        # No token is an unknown one.
        token = call.cookie(REFRESH_COOKIE) or ""
        session = await service.refresh_session(units, tokens, token, call.origin)
    except RefreshRefusedError as error:
        answer = page(
            "error.html", status=401, code=401, title="Signed out", message=error.message, faults=[]
        )
        return Answer(body=answer, cookies=cleared_cookies(call)[:2])
    return Answer(body=redirect(safe_next(body.next)), cookies=session_cookies(call, session))


@console.post("/sign-out", permission=USER, hidden=True, survives_suspension=True)
async def sign_out(uow: UnitOfWork, call: Call, body: SignOutForm) -> Answer:  # noqa: ARG001 - read for its token
    """End the session here and in the database."""
    await service.sign_out(uow)
    return Answer(body=redirect("/sign-in"), cookies=cleared_cookies(call))


async def shell_of(uow: UnitOfWork, call: Call, csrf: CsrfTokens, active: str) -> Shell:
    """The frame of a page for its reader."""
    me = await service.current_user(uow)
    return Shell(
        user_name=me.display_name,
        tenant_name=me.tenant_name,
        csrf=csrf.token(call.cookie(NONCE_COOKIE) or ""),
        active=active,
    )
