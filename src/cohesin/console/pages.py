"""Pages and parts of pages from templates. Everything is escaped; scripts come from our own files only."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cohesin.console.assets import asset_url
from cohesin.kernel.errors import CohesinError, RuleRefusedError
from cohesin.kernel.http.answers import RawAnswer

HTML: Final = "text/html; charset=utf-8"
#: igv.js sets its parts' styles by attribute; scripts, connections and frames stay with this server.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    # Without a referrer a browser names no origin on a form either.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
TITLES: Final = {
    403: "Not for this account",
    404: "There is nothing here",
    409: "Changed in the meantime",
    429: "Too many requests",
}


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of a signed-in person carries; `active` is the menu entry it stands under."""

    user_name: str
    tenant_name: str
    csrf: str
    active: str = ""


@lru_cache(maxsize=1)
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader(Path(str(files("cohesin.console"))) / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals["asset"] = asset_url
    return env


def page(
    template: str, *, status: int = 200, headers: dict[str, str] | None = None, **facts: Any
) -> RawAnswer:
    """A page (or a part of one) from its template and the facts that it shows."""
    text = environment().get_template(template).render(**facts)
    return RawAnswer(
        content=text.encode(), media_type=HTML, status=status, headers={**HEADERS, **(headers or {})}
    )


def redirect(path: str, *, headers: dict[str, str] | None = None) -> RawAnswer:
    return RawAnswer(content=b"", media_type=HTML, status=303, headers={"Location": path, **(headers or {})})


def error_page(error: CohesinError, *, fragment: bool) -> RawAnswer:
    """What went wrong, as a page of its own or as a notice within one."""
    faults = error.faults if isinstance(error, RuleRefusedError) else []
    return page(
        "parts/notice.html" if fragment else "error.html",
        status=error.status,
        code=error.status,
        title=TITLES.get(error.status, "That did not work"),
        message=error.message,
        faults=faults,
    )
