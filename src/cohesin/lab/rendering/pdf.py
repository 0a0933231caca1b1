"""The PDF of a panel report, set by typst from a template in this package.

The facts reach the template as JSON data, never as typst source, so nothing typed can act as markup.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec
import typst

from cohesin.lab.rendering.content import PanelReport

_COMPILE = Lock()  # one compiler keeps one document's data at a time
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def render_panel_report(report: PanelReport) -> bytes:
    """The report as PDF. Control and direction characters are shown as code points, so that none works unseen."""
    facts = msgspec.structs.replace(
        report,
        customer_name=_visible(report.customer_name),
        reference_id=report.reference_id and _visible(report.reference_id),
    )
    data = msgspec.json.encode(facts).decode()
    with _COMPILE:
        output = _compiler().compile(format="pdf", sys_inputs={"report": data})
    if not isinstance(output, bytes):
        raise TypeError("typst gave no PDF")
    return output


def _visible(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    return "".join(f"[U+{ord(c):04X}]" if unicodedata.category(c) in _HIDDEN else c for c in composed)


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    template = Path(str(files(__package__) / "panel_report.typ"))
    folders = [str(files("font_source_sans_pro") / "files"), str(files("pylopdf_fonts_zh_cn") / ".")]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=folders)
    return typst.Compiler(input=template, root=template.parent, font_paths=fonts, ignore_system_fonts=True)
