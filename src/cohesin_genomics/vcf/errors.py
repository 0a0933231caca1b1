"""Why a file was not read as a VCF: one class per fact.

Messages name the line and what is wrong. They never quote a genotype, an allele or a sample: they reach logs.
"""

from __future__ import annotations


class VcfError(Exception):
    """A VCF that cannot be used. The message may be shown to the person who sent the file."""


class NotAVcfError(VcfError):
    """The bytes are not a VCF text file, or its header is missing or unreadable."""


class UnsupportedVersionError(VcfError):
    """The file says it is a VCF of a version other than 4.0 to 4.5."""

    def __init__(self, version: str) -> None:
        super().__init__(f"VCF version {version} is not supported; 4.0 to 4.5 are")
        self.version = version


class TruncatedFileError(VcfError):
    """The compressed file ends before its end: part of the genome would be missing."""


class CorruptFileError(VcfError):
    """The compressed data cannot be unpacked, or fail their checksum."""


class NoSamplesError(VcfError):
    """The file lists sites but no sample, so it holds no genome."""

    def __init__(self) -> None:
        super().__init__("the file has no sample columns: it lists sites, not a genome")


class DuplicateSampleError(VcfError):
    """Two sample columns carry the same name."""

    def __init__(self, line_number: int) -> None:
        super().__init__(f"line {line_number}: two sample columns have the same name")
        self.line_number = line_number


class SpaceDelimitedError(VcfError):
    """Columns are separated by spaces where VCF asks for tabs."""

    def __init__(self, line_number: int) -> None:
        super().__init__(
            f"line {line_number}: columns are separated by spaces; VCF columns are separated by tabs"
        )
        self.line_number = line_number


class MalformedRecordError(VcfError):
    """A data line breaks the format. `fault` says how, without the line's content."""

    def __init__(self, line_number: int, fault: str) -> None:
        super().__init__(f"line {line_number}: {fault}")
        self.line_number = line_number
        self.fault = fault


class WrongAssemblyError(VcfError):
    """The header shows another assembly than the one the caller named."""

    def __init__(self, stated: str, found: str) -> None:
        super().__init__(f"the file's header shows assembly {found}, not {stated}")
        self.stated = stated
        self.found = found
