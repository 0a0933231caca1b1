"""The OpenAPI document and its browsable page, as bytes that were made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cohesin API</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<main id="api"><p>The API is described in <a href="/openapi.json">/openapi.json</a>.</p></main>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""
START: Final = """window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/openapi.json",
    domNode: document.getElementById("api"),
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    validatorUrl: null,
  });
});
"""
MEDIA: Final[Mapping[str, str]] = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}
#: Only what this server itself sends; styles and images as the page's own script sets them.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class ApiDocuments:
    """The document (`describe` makes it) and the page's files (from `vendor`, the folder of installed packages)."""

    def __init__(self, describe: Callable[[], Mapping[str, Any]], vendor: Path) -> None:
        self._describe = describe
        self._vendor = vendor

    @cached_property
    def document(self) -> bytes:
        """OpenAPI 3.1 as JSON."""
        return msgspec.json.encode(self._describe())

    @cached_property
    def tag(self) -> str:
        """The document's ETag."""
        return f'"{hashlib.sha256(self.document).hexdigest()[:32]}"'

    def find_asset(self, name: str) -> tuple[bytes, str] | None:
        """A file of the page and its media type; None for any other, or where the packages are not installed."""
        media = MEDIA.get(name)
        if media is None:
            return None
        if name == "start.js":
            return START.encode(), media
        file = self._vendor / name
        return (file.read_bytes(), media) if file.is_file() else None
