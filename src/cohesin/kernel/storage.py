"""Objects: uploaded files, Parquet, PDFs. A folder by default; S3, Azure and Google by URL."""

import asyncio
import hashlib
import re
import secrets
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import ObjectStore as LibraryStore

_MIB: Final = 1024 * 1024
_BLOCK_BYTES: Final = _MIB
# S3 takes at most 10,000 parts: 8 MiB parts allow objects up to 78 GiB, and two in flight hold 16 MiB.
_PART_BYTES: Final = 8 * _MIB
_PARTS_IN_FLIGHT: Final = 2
_MAX_KEY_LENGTH: Final = 512
# Every segment begins with a letter or digit: no `.`, no `..`, no empty segment, no absolute path, no dot
# file.
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*(?:/[A-Za-z0-9][A-Za-z0-9._=-]*)*")


class StorageError(Exception):
    """The store answered with a fault."""

    code = "STORAGE_ERROR"


class StorageFullError(StorageError):
    """There is no room for the object; nothing of it was kept."""

    code = "STORAGE_FULL"


class ObjectNotFoundError(StorageError):
    """There is no object under this key."""

    code = "OBJECT_NOT_FOUND"


class ObjectTooLargeError(StorageError):
    """The stream is longer than the caller allows; nothing of it was kept."""

    code = "OBJECT_TOO_LARGE"


class InvalidRangeError(StorageError):
    """The range asked for is empty or begins behind the end of the object."""

    code = "INVALID_RANGE"


class InvalidKeyError(ValueError):
    """The key has characters or segments that no key of ours has."""

    code = "INVALID_KEY"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What was written: size in bytes and digests in lower-case hexadecimal."""

    key: str
    size: int
    md5: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """What the store knows of an object: size in bytes, time of the last write (UTC)."""

    key: str
    size: int
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class ObjectStream:
    """The bytes `start` to `end` (0-based, half-open) of an object of `size` bytes, to be read once."""

    size: int
    start: int
    end: int
    chunks: AsyncIterator[bytes]

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks


def check_key(key: str) -> str:
    """Return the key.

    Raises:
        InvalidKeyError: when it is not segments of letters, digits and `._=-`, joined by `/`, 512 at most.
    """
    if len(key) > _MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise InvalidKeyError("a storage key has segments of letters, digits and ._=- joined by slashes")
    return key


def _translate(error: Exception) -> StorageError:
    """Turn a fault of the library into ours. The library carries the system's error only in its text."""
    if isinstance(error, FileNotFoundError):
        return ObjectNotFoundError("there is no such object")
    text = str(error)
    if (
        "StorageFull" in text
        or "QuotaExceeded" in text
        or "(os error 28)" in text
        or "(os error 122)" in text
    ):
        return StorageFullError("the object store is full")
    return StorageError(f"the object store failed ({type(error).__name__})")


class _Measured:
    """Passes a stream on in blocks of 1 MiB, counting and hashing on the way, off the event loop."""

    def __init__(self, source: AsyncIterable[bytes], max_bytes: int | None) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self.size = 0
        self.fault: Exception | None = None
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256()

    def _hash(self, block: bytes) -> None:
        self.md5.update(block)
        self.sha256.update(block)

    async def _blocks(self) -> AsyncIterator[bytes]:
        waiting = bytearray()
        async for chunk in self._source:
            self.size += len(chunk)
            if self._max_bytes is not None and self.size > self._max_bytes:
                raise ObjectTooLargeError(f"the object is larger than {self._max_bytes} bytes")
            waiting += chunk
            if len(waiting) >= _BLOCK_BYTES:
                yield bytes(waiting)
                waiting.clear()
        if waiting:
            yield bytes(waiting)

    async def blocks(self) -> AsyncIterator[bytes]:
        """Yield the blocks; a fault of the source is kept, to tell it from one of the store."""
        try:
            async for block in self._blocks():
                await asyncio.to_thread(self._hash, block)
                yield block
        except Exception as error:
            self.fault = error
            raise


async def _read_file(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK_BYTES):
            yield block


class ObjectStore:
    """One store of objects under keys.

    Writes become visible whole or not at all. Every fault is a StorageError; no call belongs inside a
    database transaction.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        """Open the store at `file:///folder`, `s3://bucket/prefix`, `az://…`, `gs://…` or `memory:///`.

        Credentials of cloud stores come from their own environment variables.
        """
        parts = urlsplit(url)
        self._folder: Path | None = None
        if parts.scheme == "file":
            self._folder = Path(unquote(parts.path))
            if create:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._store: LibraryStore = LocalStore(self._folder, automatic_cleanup=False)
        else:
            self._store = from_url(url)

    @classmethod
    def in_folder(cls, folder: Path) -> "ObjectStore":
        """Open the store in a folder, making the folder when it is missing."""
        return cls(folder.resolve().as_uri())

    async def put_stream(
        self, key: str, source: AsyncIterable[bytes], *, max_bytes: int | None = None
    ) -> StoredObject:
        """Write a stream of any length in constant memory; an object under the key is replaced at the end.

        Raises:
            InvalidKeyError, ObjectTooLargeError, StorageFullError, StorageError; and whatever the source
            raises. In every case, and when the task is cancelled, the old object stays and nothing new is
            left behind.
        """
        measured = _Measured(source, max_bytes)
        try:
            await obstore.put_async(
                self._store,
                check_key(key),
                measured.blocks(),
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_IN_FLIGHT,
            )
        except (BaseError, OSError) as error:
            if measured.fault is not None:
                raise measured.fault from None
            raise _translate(error) from error
        return StoredObject(key, measured.size, measured.md5.hexdigest(), measured.sha256.hexdigest())

    async def put_bytes(self, key: str, data: bytes) -> StoredObject:
        """Write a small object."""

        async def once() -> AsyncIterator[bytes]:
            yield data

        return await self.put_stream(key, once())

    async def put_file(self, key: str, path: Path) -> StoredObject:
        """Write a copy of a local file."""
        return await self.put_stream(key, _read_file(path))

    async def get_stream(self, key: str, range: tuple[int, int | None] | None = None) -> ObjectStream:
        """Open an object, or the bytes `(start, end)` of it: 0-based, half-open, `None` for its end.

        An end behind the end of the object is cut to it.

        Raises:
            ObjectNotFoundError, InvalidRangeError, StorageError.
        """
        options: GetOptions = {}
        if range is not None:
            head = await self.head(key)
            start, end = range[0], head.size if range[1] is None else min(range[1], head.size)
            if not 0 <= start < end:
                raise InvalidRangeError("the range is empty or begins behind the end of the object")
            options = {"range": (start, end)}
        try:
            result = await obstore.get_async(self._store, check_key(key), options=options)
            size, (start, end) = result.meta["size"], result.range
        except (BaseError, OSError) as error:
            raise _translate(error) from error
        return ObjectStream(size, start, end, _translated(result.stream(min_chunk_size=_BLOCK_BYTES)))

    async def get_bytes(self, key: str) -> bytes:
        """Return a whole object; for small ones."""
        return b"".join([chunk async for chunk in await self.get_stream(key)])

    async def find_head(self, key: str) -> ObjectHead | None:
        """Return size and time of an object, or None."""
        try:
            return await self.head(key)
        except ObjectNotFoundError:
            return None

    async def head(self, key: str) -> ObjectHead:
        """Return size and time of an object; raises ObjectNotFoundError."""
        try:
            meta = await obstore.head_async(self._store, check_key(key))
        except (BaseError, OSError) as error:
            raise _translate(error) from error
        return ObjectHead(key, meta["size"], meta["last_modified"])

    async def exists(self, key: str) -> bool:
        """Tell whether there is an object under the key."""
        return await self.find_head(key) is not None

    async def delete(self, key: str) -> None:
        """Remove an object; a missing one is no fault, so that a repeated task ends well."""
        try:
            await obstore.delete_async(self._store, check_key(key))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise _translate(error) from error

    async def copy(self, source: str, target: str) -> None:
        """Copy an object inside the store, replacing the target; raises ObjectNotFoundError."""
        try:
            await obstore.copy_async(self._store, check_key(source), check_key(target))
        except (BaseError, OSError) as error:
            raise _translate(error) from error

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys under a prefix of whole segments, in no order."""
        check_key(prefix)
        try:
            async for batch in obstore.list(self._store, prefix):
                for meta in batch:
                    yield meta["path"]
        except (BaseError, OSError) as error:
            raise _translate(error) from error

    @asynccontextmanager
    async def local_path(self, key: str) -> AsyncIterator[Path]:
        """Give a real file with the object's bytes, for libraries that read files; not to be written to.

        In a folder store it is the object itself, elsewhere a temporary copy that ends with the block.
        """
        await self.head(key)
        if self._folder is not None:
            yield self._folder / key
            return
        with tempfile.TemporaryDirectory(prefix="cohesin-object-") as folder:
            # The last segment stays: libraries tell formats by the file's ending.
            path = Path(folder) / key.rsplit("/", 1)[-1]
            with path.open("wb") as file:
                async for chunk in await self.get_stream(key):
                    await asyncio.to_thread(file.write, chunk)
            yield path

    async def remove_abandoned(self, *, older_than: timedelta) -> int:
        """Remove what writes that were killed left in a folder store, and return how many there were.

        A write that is under way touches its file all the time; one that did not for `older_than` is dead.
        Cloud stores let such parts expire by their own rules.
        """
        if self._folder is None:
            return 0
        return await asyncio.to_thread(_remove_parts, self._folder, time.time() - older_than.total_seconds())

    async def reach(self) -> None:
        """Ask the store for an object that need not be there; raises StorageError when it does not answer.

        Cheap enough for a monitor's every call; `check` tries what this only asks for.
        """
        if self._folder is not None and not await asyncio.to_thread(self._folder.is_dir):
            raise StorageError("the folder of the object store is not there")
        await self.find_head("health/reach")

    async def check(self) -> None:
        """Write, read and remove a small object; raises StorageError when the store cannot be used."""
        key = f"health/{secrets.token_hex(8)}"
        data = secrets.token_bytes(16)
        try:
            await self.put_bytes(key, data)
            if await self.get_bytes(key) != data:
                raise StorageError("the object store gave back other bytes than were written")
        finally:
            await self.delete(key)


def _remove_parts(folder: Path, before: float) -> int:
    """Remove the library's part files (`key#1`; no key of ours has a `#`) not written to since `before`."""
    removed = 0
    for path in folder.rglob("*#*"):
        # A write may end between being listed and being looked at.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()
                removed += 1
    return removed


async def _translated(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    try:
        async for chunk in stream:
            yield bytes(chunk)
    except (BaseError, OSError) as error:
        raise _translate(error) from error
