"""The Content-Disposition header of a download (RFC 6266), safe for any file name."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

# Controls (line breaks among them), marks that turn the direction of writing, and what separates folders.
UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069/\\\\]")
PLAIN: Final = re.compile(r"[A-Za-z0-9 !#$&'()+,.;=@^_`{}~\[\]-]*")
NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 !#$&'()+,.;=@^_`{}~\[\]-]")


def attachment(file_name: str) -> str:
    """`attachment` with the name: plain ASCII in quotes, any other name in UTF-8 beside it (RFC 8187)."""
    name = UNSAFE.sub("_", file_name)
    if PLAIN.fullmatch(name):
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{NOT_PLAIN.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
