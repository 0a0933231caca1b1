"""Pages from view models alone: what they say, what they escape, what they hide."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
import pytest

from cohesin.console.assets import load_asset, make_asset, send_asset
from cohesin.console.pages import error_page, page
from cohesin.console.session import CsrfTokens, ForgedRequestError, cookie, safe_next
from cohesin.console.views import CLASSES, DESTINATIONS, Progress, VariantDetail
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.http.call import Call
from tests.unit.console_samples import APPROVED, DETAIL, HEAD, REVIEW, SHELL, list_page

SECRET = "a secret key for tests, longer than 32 characters"
VOID = {"meta", "link", "input", "br", "hr", "img"}


class Nesting(HTMLParser):
    """Checks that elements close in the order in which they opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        assert not any(name.startswith("on") for name, _ in attrs), "no script in attributes"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def text_of(template: str, **facts: object) -> str:
    text = page(template, **facts).content.decode()
    parser = Nesting()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids)), "an id stands twice"
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", text), "no script but our files"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", text), "nothing from elsewhere"
    return text


def variant_page(detail: VariantDetail = DETAIL, **facts: object) -> str:
    more = {"head": HEAD, "row": detail.row, "classes": CLASSES, "destinations": DESTINATIONS}
    return text_of("parts/variant.html", detail=detail, **(more | facts))


def test_a_list_shows_its_rows_and_their_states() -> None:
    text = text_of("list.html", view=list_page(3), shell=SHELL)
    assert text.count("<tr>") == 4
    assert 'href="/reports/2"' in text
    assert '<span class="badge work">Processing</span>' in text
    assert 'aria-current="page"' in text


@pytest.mark.parametrize(
    ("filtered", "expected"), [(True, "Nothing fits these filters."), (False, "There is no report yet.")]
)
def test_an_empty_list_says_why(filtered: bool, expected: str) -> None:
    assert expected in text_of("list.html", view=list_page(0, filtered=filtered), shell=SHELL)


def test_the_review_page_shows_every_variant_escaped() -> None:
    text = text_of("review.html", view=REVIEW, shell=SHELL)
    assert text.count('<tr id="row-') == len(REVIEW.rows)
    assert "&lt;b&gt;GENE&amp;" in text
    assert "<b>GENE" not in text
    assert 'data-frequency="-1"' in text, "an unknown frequency sorts before all known ones"


def test_a_report_in_work_shows_its_progress_instead_of_variants() -> None:
    view = msgspec.structs.replace(REVIEW, rows=(), progress=Progress(40, "Annotating genomes"))
    text = text_of("review.html", view=view, shell=SHELL)
    assert 'value="40"' in text
    assert 'hx-trigger="every 2s"' in text
    assert "part-variants" not in text


def test_a_failed_report_is_not_asked_about_again() -> None:
    progress = Progress(0, "Failed", running=False, failure="Genome 3 could not be annotated.")
    text = text_of("parts/progress.html", view={"head": HEAD}, progress=progress)
    assert "Genome 3 could not be annotated." in text
    assert "hx-trigger" not in text


def test_met_criteria_come_first_and_unevaluated_ones_are_folded() -> None:
    text = variant_page()
    assert text.index("PM4") < text.index("<details>") < text.index("PS3")
    assert "2 not evaluated" in text


def test_what_is_unknown_is_called_not_assessed() -> None:
    bare = msgspec.structs.replace(DETAIL, frequencies=(), clinvar=None, criteria=())
    text = variant_page(bare)
    assert "Not assessed" in text
    assert "Not in the release used" in text
    assert "No criterion is met" in text


def test_the_chosen_class_is_the_pressed_one() -> None:
    pressed = re.findall(r'data-class="(\w+)"[^>]*aria-pressed="true"', variant_page().replace("\n", " "))
    assert pressed == ["P"] or re.search(r'data-class="P" class="P" aria-pressed="true"', variant_page())


def test_a_changed_variant_brings_its_row_along() -> None:
    text = page(
        "parts/variant.html",
        detail=DETAIL,
        row=DETAIL.row,
        head=HEAD,
        classes=CLASSES,
        destinations=DESTINATIONS,
        changed=True,
    ).content.decode()
    assert f'<tr id="row-{DETAIL.row.id}"' in text
    assert 'hx-swap-oob="true"' in text


def test_an_approved_report_takes_no_decision() -> None:
    text = variant_page(head=APPROVED.head)
    assert text.count('<fieldset class="classes" disabled>') == 2
    assert "Add note" not in text
    part = text_of("parts/approval.html", view=APPROVED)
    assert "no longer changes" in part
    assert '/approve"' not in part


def test_approval_is_offered_only_where_it_is_allowed() -> None:
    assert "<dialog" not in text_of("parts/approval.html", view=REVIEW)
    allowed = msgspec.structs.replace(REVIEW, head=msgspec.structs.replace(HEAD, can_approve=True))
    text = text_of("parts/approval.html", view=allowed)
    assert f'name="revision" value="{HEAD.revision}"' in text
    assert 'name="read" value="yes" required' in text


@pytest.mark.parametrize("error", [NotFoundError(), ForbiddenError()])
def test_errors_are_pages_and_parts(error: NotFoundError | ForbiddenError) -> None:
    whole = error_page(error, fragment=False)
    assert whole.status == error.status
    assert b"<!doctype html>" in whole.content
    part = error_page(error, fragment=True)
    assert b"<!doctype" not in part.content
    assert b'role="alert"' in part.content


def test_pages_may_run_our_scripts_only() -> None:
    policy = page("sign_in.html", csrf="t", email="", next="/", fault=None).headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy


def call_of(method: str = "GET", query: bytes = b"", **headers: str) -> Call:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Call(
        {
            "type": "http",
            "method": method,
            "path": "/",
            "headers": raw,
            "query_string": query,
            "scheme": "https",
        },
        None,
    )


def test_a_static_file_is_kept_for_good_only_under_its_hash() -> None:
    asset = make_asset(b"body {}", "a.css")
    named = send_asset(asset, call_of(query=f"v={asset.digest}".encode()))
    assert "immutable" in named.headers["Cache-Control"]
    assert send_asset(asset, call_of(query=b"v=old")).headers["Cache-Control"] == "no-cache"
    assert send_asset(asset, call_of(if_none_match=f'"{asset.digest}"')).status == 304
    packed = send_asset(asset, call_of(accept_encoding="gzip, br"))
    assert packed.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    "path", ["../pages.py", "vendor/../../pages.py", "", "no.css", "fonts/../METADATA", "/etc/passwd"]
)
def test_only_static_files_are_served(path: str) -> None:
    with pytest.raises(NotFoundError):
        load_asset(path)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/reports/7", "/reports/7"),
        ("https://elsewhere.example/", "/reports"),
        ("//elsewhere.example/", "/reports"),
        ("/\\elsewhere.example", "/reports"),
        ("/a\r\nSet-Cookie: x=y", "/reports"),
        ("/session", "/reports"),
        (None, "/reports"),
    ],
)
def test_one_is_led_to_pages_of_ours_only(wanted: str | None, expected: str) -> None:
    assert safe_next(wanted) == expected


def test_the_csrf_token_is_of_the_browsers_own_nonce() -> None:
    tokens = CsrfTokens(SECRET)
    good = tokens.token("nonce")
    tokens.check(call_of("POST", cookie="cohesin_csrf=nonce", x_csrf_token=good), [])
    tokens.check(call_of("POST", cookie="cohesin_csrf=nonce"), [("csrf", good)])
    refused = (
        call_of("POST", x_csrf_token=good),
        call_of("POST", cookie="cohesin_csrf=nonce"),
        call_of("POST", cookie="cohesin_csrf=other", x_csrf_token=good),
        call_of("POST", cookie="cohesin_csrf=nonce", x_csrf_token=good, sec_fetch_site="cross-site"),
        call_of("POST", cookie="cohesin_csrf=nonce", x_csrf_token=good, origin="null", host="here"),
    )
    for call in refused:
        with pytest.raises(ForgedRequestError):
            tokens.check(call, [])


def test_cookies_are_out_of_reach_for_scripts_and_plain_http() -> None:
    made = cookie(call_of(), "a", "b", 60)
    assert made == "a=b; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
