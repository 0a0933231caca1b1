"""Taking in a genome's file: streamed to the object store, then checked; what is refused leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

from cohesin.clinical.genomes.entity import UploadFacts
from cohesin.clinical.genomes.errors import (
    ChecksumMismatchError,
    FormatMismatchError,
    UnusableGenomeFileError,
)
from cohesin.kernel.errors import UnavailableError
from cohesin.kernel.storage import ObjectStore, ObjectTooLargeError, StorageFullError, StoredObject
from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.assembly import require_assembly
from cohesin_genomics.vcf.compression import Compression, UnpackedStream
from cohesin_genomics.vcf.errors import VcfError
from cohesin_genomics.vcf.header import read_header

_FORMATS: Final = {
    "vcf": {Compression.PLAIN},
    "vcf.gz": {Compression.GZIP, Compression.BGZIP},
    "vcf.bz2": {Compression.BZIP2},
    "vcf.z": set[Compression](),
}
# Files up to these sizes are unpacked whole while the sender waits, so that a cut-off one is refused at once; larger
# ones are found out by the annotation.
_UNPACKED_AT_ONCE: Final = {Compression.BZIP2: 4 << 20}
_UNPACKED_AT_ONCE_ELSE: Final = 64 << 20
_BLOCK: Final = 1 << 20
_SHA1_LENGTH: Final = 40
_MD5_LENGTH: Final = 32


class NoRoomError(UnavailableError):
    """The object store is full; nothing of the file was kept."""

    message = "There is no room to store the file."


class CheckedFile(msgspec.Struct, frozen=True, kw_only=True):
    stored: StoredObject
    sample_count: int


async def take_file(
    store: ObjectStore, key: str, chunks: AsyncIterator[bytes], facts: UploadFacts, max_bytes: int
) -> CheckedFile:
    """Store the stream under `key` and check it.

    Raises:
        UnusableGenomeFileError, FormatMismatchError, ChecksumMismatchError: nothing is stored then.
        NoRoomError: the store is full.
    """
    sha1 = (
        hashlib.sha1(usedforsecurity=False)
        if facts.checksum and len(facts.checksum) == _SHA1_LENGTH
        else None
    )

    async def watched() -> AsyncIterator[bytes]:
        async for chunk in chunks:
            if sha1 is not None:
                sha1.update(chunk)
            yield chunk

    try:
        stored = await store.put_stream(key, watched(), max_bytes=max_bytes)
    except StorageFullError:
        raise NoRoomError from None
    except ObjectTooLargeError:
        raise UnusableGenomeFileError("The file is larger than this server takes.") from None
    try:
        if facts.checksum:
            _check_sum(facts.checksum, stored, None if sha1 is None else sha1.hexdigest())
        async with store.local_path(key) as path:
            count = await asyncio.to_thread(_check_file, path, stored.size, facts)
    except BaseException:
        await store.delete(key)
        raise
    return CheckedFile(stored=stored, sample_count=count)


def _check_sum(wanted: str, stored: StoredObject, sha1: str | None) -> None:
    found = sha1 or (stored.md5 if len(wanted) == _MD5_LENGTH else stored.sha256)
    if wanted.lower() != found:
        raise ChecksumMismatchError


def _check_file(path: Path, size: int, facts: UploadFacts) -> int:
    """The number of samples of a file whose header is good."""
    try:
        with path.open("rb") as file:
            stream = UnpackedStream(file)
            if (
                facts.file_format is not None
                and stream.compression not in _FORMATS[facts.file_format.lower()]
            ):
                raise FormatMismatchError
            header = read_header(stream)
            header.require_samples()
            require_assembly(header, Assembly(facts.assembly))
            if size <= _UNPACKED_AT_ONCE.get(stream.compression, _UNPACKED_AT_ONCE_ELSE):
                while stream.read(_BLOCK):
                    pass
    except VcfError as error:
        raise UnusableGenomeFileError(f"The file cannot be used: {error}.") from None
    return len(header.samples)
