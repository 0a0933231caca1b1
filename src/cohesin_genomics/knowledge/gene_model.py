"""Transcripts, their place on the genome, and conversion between genomic and HGVS coding positions.

Inside, coordinates are 0-based; intervals are half-open. Positions that leave the module are 1-based. Exons
are kept
in genomic order whatever the strand. Numbering of `c.` positions follows HGVS (https://hgvs-nomenclature.org):
c.1 is the first base of the start codon, c.-1 the base before it, c.*1 the first base after the stop codon,
and an intronic base is counted from the nearer exon (from the upstream one when both are equally near).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

GENE_FLANK: Final = 5000
"""Bases up- and downstream of a transcript that count as next to it, as in Ensembl VEP."""


class CodingPosition(NamedTuple):
    """An HGVS `c.` (or `n.`) position: a base of the transcript and an offset into the intron next to it.

    `base` counts from 1 at the start codon and has no 0; in the 5' UTR it is negative; in the 3' UTR
    (`after_stop`) it counts from 1 at the first base after the stop codon.
    """

    base: int
    offset: int = 0
    after_stop: bool = False

    def __str__(self) -> str:
        offset = f"{self.offset:+d}" if self.offset else ""
        return f"{'*' if self.after_stop else ''}{self.base}{offset}"


class Transcript:
    """One transcript on one assembly.

    Attributes:
        exons: 0-based half-open intervals in genomic order.
        coding: 0-based half-open interval from the first to the last coding base in genomic order (stop codon
            included), or None for a non-coding transcript.
        strand: 1 or -1.
    """

    def __init__(
        self,
        *,
        gene: str,
        accession: str,
        ensembl: str,
        protein: str,
        tags: tuple[str, ...],
        contig: str,
        strand: int,
        exons: tuple[tuple[int, int], ...],
        coding: tuple[int, int] | None,
    ) -> None:
        self.gene = gene
        self.accession = accession
        self.ensembl = ensembl
        self.protein = protein
        self.tags = tags
        self.contig = contig
        self.strand = strand
        self.exons = exons
        self.coding = coding
        self.start = exons[0][0]
        self.end = exons[-1][1]

    @property
    def mane_select(self) -> bool:
        return "MANE_Select" in self.tags

    @cached_property
    def _exon_starts(self) -> list[int]:
        return [start for start, _ in self.exons]

    @cached_property
    def _exon_offsets(self) -> list[int]:
        """Transcript offset of the 5'-most base of each exon; exons in genomic order."""
        order = range(len(self.exons)) if self.strand == 1 else range(len(self.exons) - 1, -1, -1)
        offsets = [0] * len(self.exons)
        total = 0
        for index in order:
            offsets[index] = total
            total += self.exons[index][1] - self.exons[index][0]
        return offsets

    @cached_property
    def length(self) -> int:
        """Length of the spliced transcript, bases."""
        return sum(end - start for start, end in self.exons)

    @cached_property
    def coding_offsets(self) -> tuple[int, int] | None:
        """Half-open interval of the coding sequence within the spliced transcript, 0-based."""
        if self.coding is None:
            return None
        first, last = self.coding[0], self.coding[1] - 1
        if self.strand == -1:
            first, last = last, first
        return self._exonic_offset(first), self._exonic_offset(last) + 1

    def exon_index(self, base: int) -> int | None:
        """Index, in genomic order, of the exon that holds a 0-based base; None in an intron or outside."""
        index = bisect_right(self._exon_starts, base) - 1
        return index if index >= 0 and base < self.exons[index][1] else None

    def exon_number(self, index: int) -> int:
        """1-based number of an exon, counted along the transcript."""
        return index + 1 if self.strand == 1 else len(self.exons) - index

    def intron_index(self, base: int) -> int | None:
        """Index i of the intron between exons i and i+1 (genomic order) that holds a 0-based base."""
        if not self.start <= base < self.end:
            return None
        index = bisect_right(self._exon_starts, base) - 1
        return index if base >= self.exons[index][1] else None

    def intron_number(self, index: int) -> int:
        """1-based number of an intron, counted along the transcript."""
        return index + 1 if self.strand == 1 else len(self.exons) - 1 - index

    def _offset_in(self, index: int, base: int) -> int:
        start, end = self.exons[index]
        within = base - start if self.strand == 1 else end - 1 - base
        return self._exon_offsets[index] + within

    def _exonic_offset(self, base: int) -> int:
        index = self.exon_index(base)
        if index is None:
            raise ValueError(f"{self.accession}: base {base} of {self.contig} is not in an exon")
        return self._offset_in(index, base)

    def transcript_offset(self, base: int) -> int | None:
        """0-based offset in the spliced transcript of a 0-based genomic base; None outside exons."""
        index = self.exon_index(base)
        return None if index is None else self._offset_in(index, base)

    def _named(self, offset: int, intronic: int = 0) -> CodingPosition:
        if self.coding_offsets is None:
            return CodingPosition(offset + 1, intronic)
        first, after = self.coding_offsets
        if offset < first:
            return CodingPosition(offset - first, intronic)
        if offset < after:
            return CodingPosition(offset - first + 1, intronic)
        return CodingPosition(offset - after + 1, intronic, after_stop=True)

    def coding_position(self, position: int) -> CodingPosition | None:
        """The `c.` (or `n.`) position of a 1-based genomic position; None outside the transcript."""
        base = position - 1
        if not self.start <= base < self.end:
            return None
        index = bisect_right(self._exon_starts, base) - 1
        left_end = self.exons[index][1]
        if base < left_end:
            return self._named(self._offset_in(index, base))
        right_start = self.exons[index + 1][0]
        from_left, from_right = base - left_end + 1, right_start - base
        left = self._offset_in(index, left_end - 1)
        right = self._offset_in(index + 1, right_start)
        # Upstream along the transcript is left on the plus strand; a tie goes to the upstream exon.
        if self.strand == 1:
            return (
                self._named(left, from_left) if from_left <= from_right else self._named(right, -from_right)
            )
        return self._named(right, from_right) if from_right <= from_left else self._named(left, -from_left)

    def genomic_position(self, coding: CodingPosition) -> int:
        """The 1-based genomic position of a `c.` (or `n.`) position.

        Raises:
            ValueError: The position lies outside the transcript.
        """
        first, after = self.coding_offsets or (0, self.length)
        if coding.after_stop:
            offset = after + coding.base - 1
        else:
            offset = first + coding.base - (1 if coding.base > 0 else 0)
        if not 0 <= offset < self.length or coding.base == 0:
            raise ValueError(f"{self.accession} has no base {coding}")
        base = self.genomic_base(offset) + self.strand * coding.offset
        if not self.start <= base < self.end:
            raise ValueError(f"{self.accession} has no base {coding}")
        return base + 1

    def genomic_base(self, offset: int) -> int:
        """0-based genomic base of a 0-based offset in the spliced transcript."""
        for index, first in enumerate(self._exon_offsets):
            start, end = self.exons[index]
            within = offset - first
            if 0 <= within < end - start:
                return start + within if self.strand == 1 else end - 1 - within
        raise ValueError(f"{self.accession} has no offset {offset}")


class GeneModels:
    """A set of transcripts of one assembly, found by place, gene or accession."""

    def __init__(self, transcripts: Iterable[Transcript]) -> None:
        self.transcripts: tuple[Transcript, ...] = tuple(
            sorted(transcripts, key=lambda one: (one.contig, one.start, one.end, one.accession))
        )
        self._by_gene: dict[str, list[Transcript]] = {}
        self._by_accession: dict[str, Transcript] = {}
        by_contig: dict[str, list[Transcript]] = {}
        for one in self.transcripts:
            self._by_gene.setdefault(one.gene, []).append(one)
            by_contig.setdefault(one.contig, []).append(one)
            for accession in (one.accession, one.ensembl):
                if accession:
                    self._by_accession.setdefault(unversioned(accession), one)
        for several in self._by_gene.values():
            several.sort(key=lambda one: (not one.mane_select, one.accession))
        self._contigs: dict[str, tuple[list[Transcript], _Ints, _Ints]] = {
            contig: (
                several,
                np.array([one.start for one in several], dtype=np.int64),
                np.array([one.end for one in several], dtype=np.int64),
            )
            for contig, several in by_contig.items()
        }

    def __len__(self) -> int:
        return len(self.transcripts)

    @cached_property
    def genes(self) -> frozenset[str]:
        return frozenset(self._by_gene)

    def overlapping(self, contig: str, start: int, end: int, flank: int = 0) -> Iterator[Transcript]:
        """Transcripts within `flank` bases of the 0-based half-open interval (or of the point, if empty)."""
        found = self._contigs.get(contig)
        if found is None:
            return
        transcripts, starts, ends = found
        last = max(end, start + 1)
        for index in np.flatnonzero((starts - flank < last) & (ends + flank > start)):
            yield transcripts[index]

    def of_gene(self, gene: str) -> tuple[Transcript, ...]:
        """Transcripts of an approved symbol, MANE Select first."""
        return tuple(self._by_gene.get(gene, ()))

    def find(self, accession: str) -> Transcript | None:
        """The transcript of a RefSeq or Ensembl accession, whatever its version."""
        return self._by_accession.get(unversioned(accession))

    def merged_with(self, others: Iterable[Transcript]) -> GeneModels:
        """These models with others added, in place of those of the same accession and contig."""
        added = tuple(others)
        replaced = {(unversioned(one.accession), one.contig) for one in added}
        kept = (one for one in self.transcripts if (unversioned(one.accession), one.contig) not in replaced)
        return GeneModels((*kept, *added))


_Ints = npt.NDArray[np.int64]


def unversioned(accession: str) -> str:
    """An accession without its version: `NM_000059.4` → `NM_000059`."""
    return accession.partition(".")[0]
