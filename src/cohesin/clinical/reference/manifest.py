"""The reference data that an installation was given: which files, of which release, in which folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Literal

import msgspec

FOLDER: Final = "reference"
"""Below the data folder."""
_MANIFEST: Final = "manifest.json"

Kind = Literal["clinvar", "frequencies", "gene_models", "fasta"]


class ReferenceFile(msgspec.Struct, frozen=True, kw_only=True):
    """One loaded file. `path` is relative to the folder; `size` in bytes; `sha256` of the kept file, in hexadecimal."""

    kind: Kind
    assembly: str
    path: str
    release: str
    size: int
    sha256: str
    loaded_at: str


class ReferenceDataError(Exception):
    """The folder's manifest cannot be read, or a file that it names is gone or was changed."""

    code = "REFERENCE_DATA"


class _Manifest(msgspec.Struct, frozen=True):
    files: list[ReferenceFile]


def read_manifest(folder: Path) -> list[ReferenceFile]:
    """The files of a folder; none where nothing was loaded.

    Raises:
        ReferenceDataError: the manifest is not one.
    """
    try:
        return msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=_Manifest).files
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError as error:
        raise ReferenceDataError(f"{folder / _MANIFEST} cannot be read: {error}") from None


def write_manifest(folder: Path, files: list[ReferenceFile]) -> None:
    """Replace the manifest in one step: a reader sees the old one or the new one."""
    draft = folder / f".{_MANIFEST}.{os.getpid()}"
    with draft.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(_Manifest(files))))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / _MANIFEST)


def check_files(folder: Path, files: list[ReferenceFile]) -> None:
    """Whether every file is there in its size; contents are hashed at loading only.

    Raises:
        ReferenceDataError: naming the first that is not.
    """
    for one in files:
        path = folder / one.path
        if not path.is_file():
            raise ReferenceDataError(f"{path} is gone; load it again")
        if path.stat().st_size != one.size:
            raise ReferenceDataError(f"{path} was changed since it was loaded; load it again")
