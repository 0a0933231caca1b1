"""The lock of a data folder: one server per folder."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self


class DataDirLockedError(Exception):
    """Another process serves the folder; ``pid`` is its process id, 0 where it could not be read."""

    def __init__(self, data_dir: Path, pid: int) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"The data folder {data_dir} is in use by {holder}. Stop it first, or give another --data-dir."
        )
        self.pid = pid


class DataDirLock:
    """``flock`` on ``<data-dir>/lock``, with the holder's pid in it; freed however the holder ends."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / "lock"
        self._file: int | None = None

    def acquire(self) -> None:
        """Takes the lock or raises :class:`DataDirLockedError` at once."""
        self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.read(file, 32).strip()
            os.close(file)
            raise DataDirLockedError(self._data_dir, int(text) if text.isdigit() else 0) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Gives the lock back; the file stays, as removing it would let two holders lock two files."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
