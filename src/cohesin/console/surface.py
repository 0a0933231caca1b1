"""The console's face: a session in a cookie, forms for bodies, pages for errors.

A browser that is not signed in is sent to the sign-in page; whoever does not ask for pages (a client on an
unknown path) gets the platform's error.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from cohesin.console.pages import error_page
from cohesin.console.session import HOME, SESSION_COOKIE, CsrfTokens
from cohesin.kernel.caller import Caller
from cohesin.kernel.clock import SystemClock
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import (
    CohesinError,
    Fault,
    InvalidInputError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.models import parse_query
from cohesin.kernel.http.operation import Operation, OperationsOf
from cohesin.kernel.http.surface import Surface
from cohesin.kernel.ids import new_id
from cohesin.platform.identify import identify_token
from cohesin.platform.surface import PlatformSurface, StandardErrorResponse

FORM = "application/x-www-form-urlencoded"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
MOST_FIELDS = 500


class ConsoleSurface(Surface):
    name = "console"
    security_scheme = "console"
    security: ClassVar[dict[str, Any]] = {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE}
    error_schema = StandardErrorResponse
    sets_tenant = True
    path_prefixes = ("/",)

    def __init__(self) -> None:
        self._platform = PlatformSurface(SystemClock())

    def request_id(self, call: Call) -> str:
        return str(new_id())

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        """The person of the session cookie; a change also needs the page's CSRF token."""
        token = call.cookie(SESSION_COOKIE)
        if not token:
            raise UnauthenticatedError
        caller = await identify_token(token, None, conn, operation, services)
        self._guard(call, services)
        return caller

    async def admit_public(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> None:
        self._guard(call, services)

    def _guard(self, call: Call, services: Services) -> None:
        if call.method not in SAFE_METHODS:
            services.get(CsrfTokens).check(call, _form(call))

    def check_media(self, call: Call, operation: Operation) -> None:
        media = (call.header("content-type") or FORM).partition(";")[0].strip().lower()
        if media != FORM and call.body:
            raise UnsupportedMediaTypeError

    def parse_body(self, model: type[Any], call: Call) -> Any:
        """A form read as text into its model; an empty field stays an empty text."""
        return parse_query(model, _form(call))

    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        """To sign-in where that is what is missing, else a page or (for htmx) a notice that says what is wrong."""
        if not wants_page(call):
            return self._platform.render_error(error, call)
        if error.status == UnauthenticatedError.status:
            return _to_sign_in(call)
        headers = dict(error.headers)
        if is_fragment(call):
            headers |= {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML"}
        return error.status, error_page(error, fragment=is_fragment(call)), headers


def is_fragment(call: Call) -> bool:
    """Whether htmx asks for a part of a page."""
    return call.header("hx-request") == "true"


def wants_page(call: Call) -> bool:
    return is_fragment(call) or "text/html" in (call.header("accept") or "")


def _form(call: Call) -> list[tuple[str, str]]:
    """The pairs of a form body.

    Raises:
        InvalidInputError: not text, or more fields than any form of the console has.
    """
    try:
        return parse_qsl(
            call.body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise InvalidInputError([Fault("$", "is not a readable form")]) from None


def _to_sign_in(call: Call) -> tuple[int, Any, dict[str, str]]:
    """To the page that goes on with a session whose access token ran out, and from there back to where it was."""
    if is_fragment(call):
        query = urlencode({"next": urlsplit(call.header("hx-current-url") or "").path or HOME})
        return 204, RawAnswer(content=b"", media_type="text/html"), {"HX-Redirect": f"/session?{query}"}
    query = urlencode({"next": call.path if call.method == "GET" else HOME})
    return 303, RawAnswer(content=b"", media_type="text/html"), {"Location": f"/session?{query}"}


console = OperationsOf(ConsoleSurface(), tags=("Console",))
