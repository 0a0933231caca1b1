"""What can be wrong with a genome's file, as the sender sees it."""

from __future__ import annotations

from cohesin.kernel.errors import RuleRefusedError


class UnusableGenomeFileError(RuleRefusedError):
    """The file is not a readable VCF with samples of the assembly named. The message says why, without its content."""

    code = "UNUSABLE_GENOME_FILE"


class ChecksumMismatchError(RuleRefusedError):
    code = "CHECKSUM_MISMATCH"
    message = "The file's checksum is not the one that was sent with it."


class FormatMismatchError(RuleRefusedError):
    code = "FORMAT_MISMATCH"
    message = "The file is not packed as its format says."


class GenomeInUseError(RuleRefusedError):
    code = "GENOME_IN_USE"
    message = "A clinical report uses this genome."
