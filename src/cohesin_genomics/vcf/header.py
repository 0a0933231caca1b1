"""The header of a VCF, read without its records. Source: VCF 4.0 to 4.5 specifications, §1.2 to §1.5."""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from cohesin_genomics.vcf.errors import (
    DuplicateSampleError,
    NoSamplesError,
    NotAVcfError,
    SpaceDelimitedError,
    UnsupportedVersionError,
)

FIXED_COLUMNS = ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO")
SUPPORTED_VERSIONS = ("4.0", "4.1", "4.2", "4.3", "4.4", "4.5")
_LINE_LIMIT = 1 << 24
_HEADER_LIMIT = 1 << 27
_VERSION = re.compile(r"##fileformat=VCFv(\d+\.\d+)\s*")
_STRUCTURED = re.compile(r"##(\w+)=<(.*)>\s*")
_ATTRIBUTE = re.compile(r'\s*([^=,\s]+)\s*=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,]*)(?:,|$)')
_ASSEMBLY_HINT = re.compile(r"reference|assembly|genome", re.IGNORECASE)


class LineSource(Protocol):
    """Anything that gives a line at a time, such as `UnpackedStream` or a binary file."""

    def readline(self, limit: int, /) -> bytes: ...


class Declaration(msgspec.Struct, frozen=True):
    """A declared INFO, FORMAT or FILTER. `number` and `type` are empty for a FILTER."""

    id: str
    number: str
    type: str
    description: str


class VcfHeader(msgspec.Struct, frozen=True):
    """What a header says.

    `contigs` maps the file's own names to lengths in bases (None where the file gives none).
    `assembly_hints` are the texts that may name the assembly. `lines` counts header lines, `#CHROM` included.
    """

    version: str
    samples: tuple[str, ...]
    contigs: dict[str, int | None]
    info: dict[str, Declaration]
    formats: dict[str, Declaration]
    filters: dict[str, Declaration]
    reference: str | None
    assembly_hints: tuple[str, ...]
    lines: int
    has_format: bool

    def require_samples(self) -> None:
        """Raises NoSamplesError when the file holds no genome."""
        if not self.samples:
            raise NoSamplesError

    @property
    def transcript_formats(self) -> dict[str, str]:
        """The descriptions of CSQ (VEP) and ANN (SnpEff), which name the parts of those INFO values."""
        return {name: self.info[name].description for name in ("CSQ", "ANN") if name in self.info}


def read_header(stream: LineSource) -> VcfHeader:
    """Read from the start of an unpacked VCF up to its `#CHROM` line, and no further.

    Raises:
        NotAVcfError, UnsupportedVersionError, SpaceDelimitedError, DuplicateSampleError: see each class.
    """
    first = _text(stream.readline(_LINE_LIMIT)).removeprefix("\ufeff")
    version = _VERSION.fullmatch(first)
    if version is None:
        raise NotAVcfError("the file does not begin with a ##fileformat=VCFv4 line")
    if version[1] not in SUPPORTED_VERSIONS:
        raise UnsupportedVersionError(version[1])
    meta: list[str] = []
    size = 0
    while True:
        line = _text(stream.readline(_LINE_LIMIT))
        size += len(line)
        if not line.startswith("##"):
            break
        meta.append(line.rstrip("\r\n"))
        if size > _HEADER_LIMIT:
            raise NotAVcfError("the header is longer than 128 MiB")
    number = len(meta) + 2
    columns = _columns(line.rstrip("\r\n"), number)
    return _assemble(version[1], meta, columns, number)


def _text(line: bytes) -> str:
    if b"\x00" in line:
        raise NotAVcfError("the file is binary, not text")
    return line.decode("utf-8", "replace")


def _columns(line: str, number: int) -> list[str]:
    if not line.startswith("#CHROM"):
        raise NotAVcfError(f"line {number}: the header does not end with a #CHROM line")
    columns = line.split("\t")
    if tuple(columns[:8]) != FIXED_COLUMNS:
        # Some writers put spaces into this one line; the records tell whether the whole file is so.
        if len(columns) == 1 and " " in line:
            raise SpaceDelimitedError(number)
        columns = line.split()
    if tuple(columns[:8]) != FIXED_COLUMNS or (len(columns) > 8 and columns[8] != "FORMAT"):
        raise NotAVcfError(f"line {number}: the #CHROM line does not name the eight fixed columns in order")
    if len(set(columns[9:])) != len(columns[9:]):
        raise DuplicateSampleError(number)
    return columns


def _assemble(version: str, meta: list[str], columns: list[str], lines: int) -> VcfHeader:
    declared: dict[str, dict[str, Declaration]] = {"INFO": {}, "FORMAT": {}, "FILTER": {}}
    contigs: dict[str, int | None] = {}
    reference: str | None = None
    hints: list[str] = []
    for line in meta:
        structured = _STRUCTURED.fullmatch(line)
        if structured is None:
            key, _, value = line[2:].partition("=")
            reference = value if key == "reference" else reference
            if _ASSEMBLY_HINT.search(key):
                hints.append(value[:500])
            continue
        attributes = _attributes(structured[2])
        name = attributes.get("ID")
        if name is None:
            continue
        if structured[1] == "contig":
            length = attributes.get("length", "")
            contigs[name] = int(length) if length.isdecimal() else None
            hints.extend(text for key, text in attributes.items() if key.lower() in {"assembly", "url"})
        elif structured[1] in declared:
            declared[structured[1]][name] = Declaration(
                id=name,
                number=attributes.get("Number", ""),
                type=attributes.get("Type", ""),
                description=attributes.get("Description", ""),
            )
    return VcfHeader(
        version=version,
        samples=tuple(columns[9:]),
        contigs=contigs,
        info=declared["INFO"],
        formats=declared["FORMAT"],
        filters=declared["FILTER"],
        reference=reference,
        assembly_hints=tuple(dict.fromkeys(hints)),
        lines=lines,
        has_format=len(columns) > 8,
    )


def _attributes(body: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(body):
        value = match[2].strip()
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        found.setdefault(match[1], value)
    return found
