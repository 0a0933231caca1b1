import asyncio
import hashlib
import os
import shutil
import subprocess
import sys

import pytest

from cohesin.kernel.storage import (
    InvalidKeyError,
    InvalidRangeError,
    ObjectNotFoundError,
    ObjectStore,
    ObjectTooLargeError,
    StorageError,
)

MIB = 1024 * 1024


@pytest.fixture(params=["folder", "memory"])
def store(request, tmp_path):
    return ObjectStore.in_folder(tmp_path / "o b") if request.param == "folder" else ObjectStore("memory:///")


def files_under(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


async def chunks(*parts):
    for part in parts:
        yield part


async def read(store, key, range=None):
    return b"".join([chunk async for chunk in await store.get_stream(key, range)])


async def test_stream_is_kept_whole_with_its_digests(store):
    parts = [os.urandom(n) for n in (1, MIB + 7, 0, 3 * MIB, 5)]
    stored = await store.put_stream("a/b=1/file.vcf.gz", chunks(*parts))
    data = b"".join(parts)
    assert stored.size == len(data)
    assert stored.md5 == hashlib.md5(data).hexdigest()
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert await store.get_bytes("a/b=1/file.vcf.gz") == data
    assert (await store.head("a/b=1/file.vcf.gz")).size == len(data)


async def test_ranges_are_half_open_and_cut_to_the_end(store):
    await store.put_bytes("k", b"0123456789")
    assert await read(store, "k", (0, 1)) == b"0"
    assert await read(store, "k", (3, 7)) == b"3456"
    assert await read(store, "k", (8, 99)) == b"89"
    assert await read(store, "k", (4, None)) == b"456789"
    stream = await store.get_stream("k", (8, 99))
    assert (stream.size, stream.start, stream.end) == (10, 8, 10)
    for bad in [(10, 11), (5, 5), (6, 5), (-1, 3), (99, None)]:
        with pytest.raises(InvalidRangeError):
            await store.get_stream("k", bad)


async def test_empty_object(store):
    assert (await store.put_stream("k", chunks())).size == 0
    assert await store.get_bytes("k") == b""
    with pytest.raises(InvalidRangeError):
        await store.get_stream("k", (0, None))


async def test_missing_object(store):
    for call in (store.get_stream("k"), store.get_bytes("k"), store.head("k"), store.copy("k", "l")):
        with pytest.raises(ObjectNotFoundError):
            await call
    with pytest.raises(ObjectNotFoundError):
        async with store.local_path("k"):
            pass
    assert not await store.exists("k")
    await store.delete("k")


async def test_copy_replace_delete_list(store):
    await store.put_bytes("d/a", b"1")
    await store.copy("d/a", "d/b")
    await store.put_bytes("d/a", b"2")
    assert await store.get_bytes("d/b") == b"1"
    await store.put_bytes("dd/a", b"3")
    assert sorted([key async for key in store.list_keys("d")]) == ["d/a", "d/b"]
    await store.delete("d/a")
    assert not await store.exists("d/a")


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.b",
        "a\\b",
        "a%2e%2e",
        "a b",
        "é",
        "a\nb",
        "a#1",
        "x" * 513,
    ],
)
async def test_keys_that_lead_elsewhere_are_refused(tmp_path, key):
    store = ObjectStore.in_folder(tmp_path / "s")
    calls = [store.put_bytes(key, b""), store.get_bytes(key), store.head(key), store.delete(key)]
    for call in [*calls, store.exists(key), store.copy(key, "a"), store.get_stream(key, (0, 1))]:
        with pytest.raises(InvalidKeyError):
            await call
    with pytest.raises(InvalidKeyError):
        async with store.local_path(key):
            pass
    assert files_under(tmp_path) == []


async def test_too_long_stream_leaves_the_old_object_and_nothing_else(tmp_path):
    store = ObjectStore.in_folder(tmp_path)
    await store.put_bytes("k", b"old")
    with pytest.raises(ObjectTooLargeError):
        await store.put_stream("k", chunks(*[bytes(MIB)] * 20), max_bytes=10 * MIB)
    assert await store.get_bytes("k") == b"old"
    assert files_under(tmp_path) == ["k"]
    assert (await store.put_stream("k", chunks(b"1234"), max_bytes=4)).size == 4


@pytest.mark.parametrize("fault", [ValueError("mine"), OSError(5, "client gone"), FileNotFoundError("x")])
async def test_fault_of_the_source_is_raised_as_it_is(tmp_path, fault):
    async def broken():
        for _ in range(12):
            yield bytes(MIB)
        raise fault

    with pytest.raises(type(fault)) as caught:
        await ObjectStore.in_folder(tmp_path).put_stream("k", broken())
    assert caught.value is fault
    assert files_under(tmp_path) == []


async def test_object_is_invisible_until_it_is_whole_and_gone_when_cancelled(tmp_path):
    store, under_way = ObjectStore.in_folder(tmp_path), asyncio.Event()

    async def endless():
        for _ in range(12):
            yield bytes(MIB)
        under_way.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put_stream("k", endless()))
    await under_way.wait()
    assert not await store.exists("k")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5):
        # The library removes the part file in a thread of its own.
        while files_under(tmp_path):  # noqa: ASYNC110 - the thread tells nobody
            await asyncio.sleep(0)


async def test_local_path_is_a_file_with_the_bytes(store):
    await store.put_bytes("a/x.vcf.gz", b"bytes")
    async with store.local_path("a/x.vcf.gz") as path:
        assert path.name == "x.vcf.gz"
        assert path.read_bytes() == b"bytes"


async def test_put_file_and_check(store, tmp_path):
    (tmp_path / "f").write_bytes(b"x" * (2 * MIB + 1))
    assert (await store.put_file("f", tmp_path / "f")).size == 2 * MIB + 1
    await store.check()
    assert [key async for key in store.list_keys("health")] == []


async def test_check_fails_when_the_folder_is_gone(tmp_path):
    store = ObjectStore.in_folder(tmp_path / "s")
    shutil.rmtree(tmp_path / "s")
    (tmp_path / "s").write_text("a file where the folder was")
    with pytest.raises(StorageError):
        await store.check()


FULL_DISK = """
import asyncio, os, sys
from pathlib import Path
from cohesin.kernel.storage import ObjectStore, StorageFullError

async def main():
    store = ObjectStore.in_folder(Path(sys.argv[1]))
    await store.put_bytes("k", b"old")
    async def endless():
        for _ in range(40):
            yield bytes(1024 * 1024)
    for put in (lambda: store.put_stream("k", endless()), lambda: store.put_bytes("l", bytes(20 * 1024 * 1024))):
        try:
            await put()
        except StorageFullError:
            pass
        else:
            raise SystemExit("a full disk went unnoticed")
    assert await store.get_bytes("k") == b"old"
    left = [name for _, _, names in os.walk(sys.argv[1]) for name in names]
    assert left == ["k"], left
    await store.put_bytes("l", bytes(1024 * 1024))
    print("done")

asyncio.run(main())
"""


def test_full_disk_is_told_and_leaves_nothing(tmp_path):
    unshare = shutil.which("unshare")
    space = [unshare or "", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"]), "--mount"]
    mount = f"mount -t tmpfs -o size=8m none '{tmp_path}'"
    if (
        unshare is None
        or subprocess.run([*space, "sh", "-c", mount], capture_output=True, check=False).returncode
    ):
        assert os.environ.get("CI") != "true", "the machine that proves every change has to let tests mount"
        pytest.skip("this system does not let tests mount a small disk")
    run = f"{mount} && exec '{sys.executable}' -c \"$SCRIPT\" '{tmp_path}'"
    env = {**os.environ, "SCRIPT": FULL_DISK, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([*space, "sh", "-c", run], capture_output=True, text=True, check=False, env=env)
    assert done.stdout == "done\n", done.stderr


LARGE = """
import asyncio, resource, sys
from pathlib import Path
from cohesin.kernel.storage import ObjectStore

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

async def main():
    store = ObjectStore.in_folder(Path(sys.argv[1]))
    async def large(blocks):
        for number in range(blocks):
            yield number.to_bytes(4, "big") * (64 * 1024)
    await store.put_stream("warm", large(4))
    before = peak()
    stored = await store.put_stream("k", large(1024))
    assert stored.size == 256 * 1024 * 1024
    size = 0
    async for chunk in await store.get_stream("k"):
        size += len(chunk)
    assert size == stored.size
    print(peak() - before)

asyncio.run(main())
"""


def test_large_upload_and_download_hold_less_than_50_mib(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LARGE, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 50
