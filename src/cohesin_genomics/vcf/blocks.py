"""The records of a VCF as raw frames, a block of text at a time: memory does not grow with the file."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from cohesin_genomics.vcf.compression import UnpackedStream
from cohesin_genomics.vcf.errors import MalformedRecordError, SpaceDelimitedError
from cohesin_genomics.vcf.header import VcfHeader

BLOCK_BYTES = 8 << 20
"""Text per block: 16 MiB was no faster when measured, and took more memory."""

SITE_COLUMNS = (
    "contig_in_file",
    "record_position",
    "id",
    "record_ref",
    "record_alt",
    "qual",
    "filter",
    "info",
)
_BLANK_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_LONGEST_RECORD = 1 << 29


class Block:
    """Consecutive whole records.

    Attributes:
        frame: one text column per VCF column (`SITE_COLUMNS`, `format`, then `sample_0` …); empty
            where a line stops before FORMAT.
        first_record: number of the first record, counted from 1 over the file.
    """

    def __init__(self, text: bytes, first_line: int, first_record: int, header: VcfHeader) -> None:
        self._text = text
        self._first_line = first_line
        self.first_record = first_record
        self.frame = self._parse(header)

    def fault(self, row: int, fault: str) -> MalformedRecordError:
        """The error for the record at `row` of this block."""
        return MalformedRecordError(self._line_number(row), fault)

    def _line_number(self, row: int) -> int:
        kept = (number for number, line in enumerate(self._text.split(b"\n")) if line.strip(b"\r"))
        return self._first_line + next(number for index, number in enumerate(kept) if index == row)

    def _parse(self, header: VcfHeader) -> pl.DataFrame:
        text = _BLANK_LINE.sub(b"", self._text) if _BLANK_LINE.search(self._text) else self._text
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
        if not text.strip():
            text = b""
        names = _column_names(header)
        try:
            frame = _frame(text, names)
        except pl.exceptions.PolarsError:
            self._check_columns(len(names))
            # Older writers leave other encodings in descriptions; only those characters are replaced.
            frame = _frame(text.decode("utf-8", "replace").encode(), names)
        # The parser fills short lines up in silence, so tabs are counted.
        if text.count(b"\t") != frame.height * (len(names) - 1):
            self._check_columns(len(names))
        return frame

    def _check_columns(self, expected: int) -> None:
        """Find the line that lacks or exceeds the header's columns.

        Eight columns alone are a site without calls; anything between is a cut line.
        """
        for row, line in enumerate(line for line in self._text.split(b"\n") if line.strip(b"\r")):
            columns = line.count(b"\t") + 1
            if columns == 1 and b" " in line:
                raise SpaceDelimitedError(self._line_number(row))
            if columns < len(SITE_COLUMNS):
                raise self.fault(row, "it has fewer than the eight fixed columns")
            if columns > expected:
                raise self.fault(row, f"it has more columns than the header names ({expected})")
            if len(SITE_COLUMNS) < columns < expected:
                raise self.fault(row, f"it has fewer columns than the header names ({expected})")


def _column_names(header: VcfHeader) -> list[str]:
    samples = [f"sample_{index}" for index in range(len(header.samples))]
    return [*SITE_COLUMNS, *(["format"] if header.has_format else []), *samples]


def _frame(text: bytes, names: list[str]) -> pl.DataFrame:
    schema = dict.fromkeys(names, pl.String)
    if not text:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(
        text,
        separator="\t",
        has_header=False,
        quote_char=None,
        schema=schema,
        empty_string_is_null=False,
        missing_columns="insert",
    )


def read_blocks(
    stream: UnpackedStream, header: VcfHeader, *, block_bytes: int = BLOCK_BYTES
) -> Iterator[Block]:
    """The records after the header, in order.

    Raises:
        MalformedRecordError, SpaceDelimitedError: a line does not have the header's columns.
        TruncatedFileError, CorruptFileError: as `UnpackedStream.read`.
    """
    line, record, rest = header.lines + 1, 1, b""
    while True:
        data = stream.read(block_bytes)
        text, rest = _split_at_last_line(rest + data, at_end=not data)
        if text:
            block = Block(text, line, record, header)
            yield block
            line += text.count(b"\n")
            record += block.frame.height
        if not data:
            return
        if len(rest) > _LONGEST_RECORD:
            raise MalformedRecordError(line, "it is longer than 512 MiB")


def _split_at_last_line(text: bytes, *, at_end: bool) -> tuple[bytes, bytes]:
    if at_end:
        return text, b""
    end = text.rfind(b"\n") + 1
    return text[:end], text[end:]
