"""The PDF of a clinical report: PDF/A-2b, set by typst from a template in this package.

The snapshot reaches the template as JSON data, never as typst source, so nothing typed can act as markup.
The same snapshot gives the same bytes: fixed fonts, and the creation date is the approval's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec
import typst

from cohesin.clinical.rendering.display import breakable, display_report, escape_character, printable
from cohesin.clinical.rendering.fonts import report_fonts
from cohesin.clinical.rendering.snapshot import ReportSnapshot

_STANDARD: Final = "a-2b"
_MISSING_GLYPH = re.compile(r'the text `"(?P<text>(?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{(?P<code>[0-9a-fA-F]+)\}|\\(?P<plain>.)")
_COMPILE = Lock()  # one compiler keeps one document's data at a time


class ReportNotApprovedError(ValueError):
    """A final PDF was asked of a snapshot that nobody has approved."""


def render_pdf(snapshot: ReportSnapshot, *, draft: bool) -> bytes:
    """The report as PDF/A-2b; `draft` marks every page.

    Characters that no font holds are shown as their code point (`[U+1F600]`), which PDF/A asks for and which
    keeps a name from losing letters silently.

    Raises:
        ReportNotApprovedError: `draft` is false and the snapshot has no approval.
    """
    if snapshot.approval is None and not draft:
        raise ReportNotApprovedError(f"report {snapshot.report_id} has no approval")
    moment = snapshot.created_at if snapshot.approval is None else snapshot.approval.approved_at
    facts = msgspec.to_builtins(display_report(snapshot, draft=draft))
    facts = _map_text(facts, lambda text: breakable(printable(text)))
    timestamp = int(moment.timestamp())
    try:
        return _compile(facts, timestamp)
    except typst.TypstError as error:
        missing = _missing_characters(error)
        if not missing:
            raise
    return _compile(_map_text(facts, lambda text: text.translate(missing)), timestamp)


def _compile(facts: Any, timestamp: int) -> bytes:
    data = msgspec.json.encode(facts).decode()
    with _COMPILE:
        output = _compiler().compile(
            format="pdf", sys_inputs={"report": data}, pdf_standards=_STANDARD, timestamp=timestamp
        )
    if not isinstance(output, bytes):
        raise TypeError("typst gave no PDF")
    return output


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    template = Path(str(files(__package__) / "report.typ"))
    fonts = report_fonts()
    return typst.Compiler(input=template, root=template.parent, font_paths=fonts, ignore_system_fonts=True)


def _missing_characters(error: typst.TypstError) -> dict[int, str]:
    """Code points without a glyph, each with its visible stand-in; typst names them all at once."""
    texts = (_unescape(match["text"]) for match in _MISSING_GLYPH.finditer(error.diagnostic))
    return {ord(char): escape_character(char) for text in texts for char in text}


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match["code"], 16)) if match["code"] else match["plain"], text)


def _map_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [_map_text(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _map_text(item, change) for key, item in value.items()}
    return value
