"""Static files: read once, named by a hash of their content so that a browser may keep them for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call

STATIC: Final = Path(str(files("cohesin.console"))) / "static"
FONTS: Final = Path(str(files("font_source_sans_pro"))) / "files"
FOR_GOOD: Final = "public, max-age=31536000, immutable"
CHECKED: Final = "no-cache"
COMPRESSED: Final = frozenset({".js", ".css", ".svg", ".txt", ".bed", ".ttf", ".otf"})
_DIGEST_LENGTH: Final = 12


class Asset(msgspec.Struct, frozen=True):
    """A file's bytes, plain and (where it pays) gzipped."""

    content: bytes
    gzipped: bytes | None
    media_type: str
    digest: str


def make_asset(content: bytes, name: str) -> Asset:
    """An asset from bytes; the name's ending gives the media type."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if media_type.startswith("text/") or media_type == "application/javascript":
        media_type += "; charset=utf-8"
    packed = gzip.compress(content, 6, mtime=0) if Path(name).suffix in COMPRESSED else None
    return Asset(content, packed, media_type, hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH])


@lru_cache(maxsize=256)
def load_asset(path: str) -> Asset:
    """A static file by its path below `static/` (or `fonts/`, from the font package).

    Raises:
        NotFoundError: there is none, or the path leaves the folder.
    """
    folder, _, name = path.rpartition("/")
    root = FONTS if folder == "fonts" else STATIC
    file = (FONTS / name if folder == "fonts" else STATIC / path).resolve()
    if not file.is_relative_to(root.resolve()) or not file.is_file():
        raise NotFoundError
    return make_asset(file.read_bytes(), file.name)


@lru_cache(maxsize=256)
def asset_url(path: str) -> str:
    """The address of a static file, with its content's hash."""
    return f"/static/{path}?v={load_asset(path).digest}"


def send_asset(asset: Asset, call: Call, *, private: bool = False) -> RawAnswer:
    """An asset, or 304 where the browser has it; for good when the address names its hash."""
    etag = f'"{asset.digest}"'
    named = ("v", asset.digest) in call.query
    caching = (FOR_GOOD.replace("public", "private") if private else FOR_GOOD) if named else CHECKED
    headers = {"ETag": etag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if etag in (call.header("if-none-match") or ""):
        return RawAnswer(content=b"", media_type=asset.media_type, status=304, headers=headers)
    if asset.gzipped is not None and "gzip" in (call.header("accept-encoding") or ""):
        headers["Content-Encoding"] = "gzip"
        return RawAnswer(content=asset.gzipped, media_type=asset.media_type, headers=headers)
    return RawAnswer(content=asset.content, media_type=asset.media_type, headers=headers)
