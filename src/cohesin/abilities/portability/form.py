"""The form of an import: a file and, as JSON text, the options."""

from __future__ import annotations

import msgspec
from multipart import (  # type: ignore[import-untyped]
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from cohesin.abilities.portability.files import MEDIA
from cohesin.abilities.portability.schemas import ImportOptions
from cohesin.kernel.errors import Fault, InvalidInputError, PayloadTooLargeError, UnsupportedMediaTypeError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import parse_body

MAX_FILE = 10 * 1024 * 1024
#: The file, the options, and what stands around them.
MAX_FORM = MAX_FILE + 64 * 1024
MAX_FIELDS = 10


class ImportForm(msgspec.Struct, frozen=True):
    file_name: str
    content: bytes
    options: ImportOptions


def read_form(call: Call) -> ImportForm:
    """The form in a call's body.

    Raises:
        UnsupportedMediaTypeError: the body is no multipart form.
        PayloadTooLargeError: the file is larger than 10 MB.
        InvalidInputError: the form is broken, has no file, or the options are not what they should be.
    """
    media, options = parse_options_header(call.header("content-type") or "")
    if media != "multipart/form-data":
        raise UnsupportedMediaTypeError
    fields: dict[str, tuple[str, bytes]] = {}
    try:
        for segment, content in _segments(call.body, options.get("boundary", "")):
            fields.setdefault(segment.name or "", (_name_of(segment), content))
    except MultipartError:
        raise InvalidInputError([Fault("$", "must be a well-formed multipart form")]) from None
    if "file" not in fields:
        raise InvalidInputError([Fault("file", "is required")])
    name, content = fields["file"]
    if len(content) > MAX_FILE:
        raise PayloadTooLargeError
    return ImportForm(name, content, _options(fields.get("options", ("", b""))[1]))


def _name_of(segment: MultipartSegment) -> str:
    """The file's name, with the ending that its content type stands for where it has none."""
    name = segment.filename or ""
    endings = {media.partition(";")[0]: kind for kind, media in MEDIA.items()}
    ending = endings.get(segment.content_type or "")
    return name if "." in name or ending is None else f"{name}.{ending}"


def _segments(body: bytes, boundary: str) -> list[tuple[MultipartSegment, bytes]]:
    found: list[tuple[MultipartSegment, bytes]] = []
    pieces: list[bytes] = []
    current: MultipartSegment | None = None
    with PushMultipartParser(boundary, max_segment_count=MAX_FIELDS, strict=True) as parser:
        for event in parser.parse(body):
            if isinstance(event, MultipartSegment):
                current, pieces = event, []
            elif event:
                pieces.append(bytes(event))
            elif current is not None:
                found.append((current, b"".join(pieces)))
    return found


def _options(text: bytes) -> ImportOptions:
    try:
        return parse_body(ImportOptions, text)
    except InvalidInputError as error:
        faults = [Fault(f"options.{fault.path}".removesuffix(".$"), fault.message) for fault in error.faults]
        raise InvalidInputError(faults) from None
