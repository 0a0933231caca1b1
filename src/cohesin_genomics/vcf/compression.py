"""Opening a VCF whatever its packing: plain, gzip, BGZF (bgzip) or bzip2, told by its first bytes.

Sources: RFC 1952 (gzip); SAM specification §4.1 (BGZF: gzip members with a `BC` extra subfield and a fixed
empty last member).
"""

from __future__ import annotations

import bz2
import io
import zlib
from collections.abc import Callable
from enum import StrEnum
from typing import BinaryIO, cast

from isal import igzip, igzip_lib

from cohesin_genomics.vcf.errors import CorruptFileError, NotAVcfError, TruncatedFileError

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty member that closes every complete BGZF file."""

_OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x28\xb5\x2f\xfd", "zstandard data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"BCF", "a binary BCF file"),
    (b"BAM\x01", "a BAM file"),
    (b"CRAM", "a CRAM file"),
    (b"%PDF", "a PDF document"),
)


_DAMAGE: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    zlib.error,
    cast("type[Exception]", igzip_lib.IsalError),
)


class Compression(StrEnum):
    PLAIN = "plain"
    GZIP = "gzip"
    BGZIP = "bgzip"
    BZIP2 = "bzip2"


def sniff_compression(first: bytes) -> Compression:
    """The packing of a file whose first bytes are `first` (18 are enough)."""
    if first.startswith(b"\x1f\x8b"):
        has_extra_field = len(first) > 3 and bool(first[3] & 0x04)
        return Compression.BGZIP if has_extra_field and first[12:14] == b"BC" else Compression.GZIP
    if first.startswith(b"BZh"):
        return Compression.BZIP2
    return Compression.PLAIN


def refuse_other_formats(first: bytes) -> None:
    """Name what the file is when it is plainly something else.

    Raises:
        NotAVcfError: the bytes begin as a known format that is not a VCF.
    """
    for magic, name in _OTHER_FORMATS:
        if first.startswith(magic):
            raise NotAVcfError(f"the file is {name}, not a VCF")


class _CountedSource(io.RawIOBase):
    """The packed bytes on their way in: counts them and keeps the last ones, on sources that cannot seek."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._ahead = source.read(64)
        self.first = self._ahead
        self.last = b""
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._ahead[: len(buffer)] or self._source.read(len(buffer))
        self._ahead = self._ahead[len(data) :] if self._ahead else b""
        buffer[: len(data)] = data
        self.count += len(data)
        if data:
            self.last = (self.last + data[-len(BGZF_END) :])[-len(BGZF_END) :]
        return len(data)


class UnpackedStream:
    """A forward-only reader of the text inside a possibly packed file.

    Attributes:
        compression: what the first bytes said.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._counted = _CountedSource(source)
        self.compression = sniff_compression(self._counted.first)
        refuse_other_formats(self._counted.first)
        buffered = io.BufferedReader(self._counted, 1 << 20)
        if self.compression is Compression.PLAIN:
            self._text: BinaryIO = buffered
        elif self.compression is Compression.BZIP2:
            self._text = cast("BinaryIO", bz2.BZ2File(buffered))
        else:
            self._text = cast("BinaryIO", igzip.GzipFile(fileobj=buffered, mode="rb"))  # type: ignore[no-untyped-call]

    @property
    def packed_bytes_read(self) -> int:
        return self._counted.count

    def read(self, size: int) -> bytes:
        """The next `size` bytes of text, fewer only at the end.

        Raises:
            TruncatedFileError: the packed data stop early, or a BGZF file lacks its closing member.
            CorruptFileError: the packed data are damaged.
        """
        return self._guarded(lambda: self._text.read(size))

    def readline(self, limit: int) -> bytes:
        """The next line with its line end, at most `limit` bytes. Raises as `read`."""
        return self._guarded(lambda: self._text.readline(limit))

    def _guarded(self, read: Callable[[], bytes]) -> bytes:
        try:
            data = read()
        except EOFError as error:
            raise TruncatedFileError(f"the {self.compression} file ends early: it was cut off") from error
        except _DAMAGE as error:
            if not isinstance(error, OSError) or error.errno is None:
                raise CorruptFileError(f"the {self.compression} data are damaged") from error
            raise
        if not data and self.compression is Compression.BGZIP and self._counted.last != BGZF_END:
            raise TruncatedFileError("the bgzip file lacks its closing block: it was cut off")
        return data
