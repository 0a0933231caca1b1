"""Bringing an allele to its one shortest form.

Trimming needs only the record. Left-alignment needs the reference sequence: without it an
indel inside a repeat may stand to the right of where databases list it.

Source: Tan, Abecasis, Kang, Bioinformatics 31:2202 (2015).
"""

from __future__ import annotations

from pathlib import Path

from pyfaidx import Fasta  # type: ignore[import-untyped]

from cohesin_genomics.vcf.contigs import canonical_contig

_WINDOW = 512


def trim(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Drop the bases both alleles share, last ones first, and leave each at least one.

    `position` is 1-based and moves right by each shared first base dropped.
    """
    end = 0
    longest = min(len(ref), len(alt)) - 1
    while end < longest and ref[-1 - end] == alt[-1 - end]:
        end += 1
    if end:
        ref, alt = ref[:-end], alt[:-end]
    start = 0
    longest = min(len(ref), len(alt)) - 1
    while start < longest and ref[start] == alt[start]:
        start += 1
    return position + start, ref[start:], alt[start:]


class ReferenceSequence:
    """Bases of an indexed FASTA by canonical contig name.

    The index (`.fai`) is made beside the file when it is missing.
    """

    def __init__(self, fasta: Path) -> None:
        self._fasta = Fasta(str(fasta), sequence_always_upper=True, as_raw=True)
        self._names = {canonical_contig(name): name for name in self._fasta.keys()}  # noqa: SIM118
        self._window = ("", 0, "")

    def close(self) -> None:
        self._fasta.close()

    def has(self, contig: str) -> bool:
        return contig in self._names

    def bases(self, contig: str, start: int, end: int) -> str:
        """The bases of the 0-based half-open interval, fewer where the contig ends."""
        name, window_start, window = self._window
        if name != contig or start < window_start or end > window_start + len(window):
            window_start = max(0, start - _WINDOW)
            window = str(self._fasta[self._names[contig]][window_start:end])
            self._window = (contig, window_start, window)
        return window[start - window_start : end - window_start]

    def matches(self, contig: str, position: int, ref: str) -> bool:
        return self.bases(contig, position - 1, position - 1 + len(ref)) == ref

    def left_align(self, contig: str, position: int, ref: str, alt: str) -> tuple[int, str, str]:
        """The leftmost shortest form of the same change; `ref` must be what the sequence holds."""
        while ref and alt and ref[-1] == alt[-1] and ref != alt:
            if (len(ref) == 1 or len(alt) == 1) and position == 1:
                break
            ref, alt = ref[:-1], alt[:-1]
            if not ref or not alt:
                base = self.bases(contig, position - 2, position - 1)
                position, ref, alt = position - 1, base + ref, base + alt
        start = 0
        while start < min(len(ref), len(alt)) - 1 and ref[start] == alt[start]:
            start += 1
        return position + start, ref[start:], alt[start:]
