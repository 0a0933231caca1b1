"""Reading a VCF that sets the states of a report's variants by its FILTER column."""

from __future__ import annotations

import io
from typing import Final

from cohesin.clinical.reports.entity import VariantStatus
from cohesin.clinical.reports.errors import BadVariantFileError
from cohesin_genomics.vcf.compression import Compression, UnpackedStream
from cohesin_genomics.vcf.contigs import canonical_contig
from cohesin_genomics.vcf.errors import VcfError
from cohesin_genomics.vcf.header import read_header
from cohesin_genomics.vcf.normalise import trim

WORDS: Final[dict[str, VariantStatus]] = {"CONFIRMED": "CONFIRMED", "FAIL": "FAILED_CONFIRMATION"}
_FORMATS: Final = {
    "vcf": {Compression.PLAIN},
    "vcf.gz": {Compression.GZIP, Compression.BGZIP},
    "vcf.bz2": {Compression.BZIP2},
}
_FIXED: Final = 7
_LINE_LIMIT: Final = 1 << 20
_UNPACKED_LIMIT: Final = 256 << 20

Allele = tuple[str, int, str, str]


def read_states(data: bytes, file_format: str | None) -> dict[Allele, VariantStatus]:
    """(contig, position, REF, ALT) to the state its line sets; lines with other FILTER words are left out.

    Raises:
        BadVariantFileError: not a VCF, or not packed as said.
    """
    try:
        stream = UnpackedStream(io.BytesIO(data))
        if file_format is not None and stream.compression not in _FORMATS[file_format]:
            raise BadVariantFileError("The file is not packed as its format says.")
        header = read_header(stream)
        return _lines(stream, header.lines)
    except VcfError as error:
        raise BadVariantFileError(f"The file cannot be used: {error}.") from None


def _lines(stream: UnpackedStream, number: int) -> dict[Allele, VariantStatus]:
    found: dict[Allele, VariantStatus] = {}
    size = 0
    while line := stream.readline(_LINE_LIMIT):
        number += 1
        size += len(line)
        if size > _UNPACKED_LIMIT:
            raise BadVariantFileError("The file is too large.")
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not text.strip():
            continue
        columns = text.split("\t")
        if len(columns) < _FIXED or not columns[1].isascii() or not columns[1].isdigit():
            raise BadVariantFileError(f"Line {number} is not a VCF record.")
        state = WORDS.get(columns[6])
        if state is None:
            continue
        for alt in columns[4].split(","):
            # Report variants are kept in their shortest form, whatever record they came from.
            place = trim(int(columns[1]), columns[3].upper(), alt.upper())
            found[(canonical_contig(columns[0]), *place)] = state
    return found
