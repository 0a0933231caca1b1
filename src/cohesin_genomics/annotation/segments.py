"""Gene models flattened to segments of one worst term, for looking up millions of positions at once.

Every stretch between two neighbouring boundaries of any transcript part keeps the most severe term that a
substitution in it has by coordinates alone, and the transcript that gives it. Keys are `contig code << 32 |
0-based base`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from cohesin_genomics.knowledge.gene_model import GENE_FLANK, GeneModels, Transcript
from cohesin_genomics.knowledge.sites import CONTIG_CODES
from cohesin_genomics.knowledge.terms import SEVERITY

Ints = npt.NDArray[np.int64]

INTERGENIC: Final = SEVERITY["intergenic_variant"]
CODING: Final = SEVERITY["coding_sequence_variant"]


class _Parts(NamedTuple):
    """Parts of transcripts: 0-based half-open keys, rank of the term and index of the transcript."""

    start: Ints
    end: Ints
    rank: Ints
    transcript: Ints


class SegmentIndex:
    """Worst term by coordinates of any base of the primary contigs.

    Attributes:
        starts: Key of each segment's first base, ascending; a segment reaches to the next start.
        rank: Severity rank (`terms.SEVERITY`) of the segment.
        owner: Index into `models.transcripts`, -1 for intergenic segments.
        coding: Whether any transcript codes here.
    """

    def __init__(self, models: GeneModels) -> None:
        """Flatten the models of the primary contigs."""
        parts = _joined(models)
        self.starts: Ints = np.unique(np.concatenate([np.zeros(1, dtype=np.int64), parts.start, parts.end]))
        self.rank: Ints = np.full(len(self.starts), INTERGENIC, dtype=np.int64)
        self.owner: Ints = np.full(len(self.starts), -1, dtype=np.int64)
        self.coding: npt.NDArray[np.bool_] = np.zeros(len(self.starts), dtype=np.bool_)
        preference = _preference(models.transcripts)
        # Painted from the least severe to the most; within a term the preferred transcript last, so it stays.
        order = np.lexsort((-preference[parts.transcript], -parts.rank))
        first = np.searchsorted(self.starts, parts.start[order])
        count = np.searchsorted(self.starts, parts.end[order]) - first
        cells = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        self.rank[cells] = np.repeat(parts.rank[order], count)
        self.owner[cells] = np.repeat(parts.transcript[order], count)
        is_coding = np.repeat(parts.rank[order] == CODING, count)
        self.coding[cells[is_coding]] = True

    def at(self, keys: Ints) -> Ints:
        """Index of the segment that holds each key."""
        found: Ints = np.searchsorted(self.starts, keys, side="right") - 1
        return found


def _preference(transcripts: tuple[Transcript, ...]) -> Ints:
    """Rank of each transcript among equals: MANE Select first, then by accession (0 is preferred)."""
    order = sorted(
        range(len(transcripts)), key=lambda i: (not transcripts[i].mane_select, transcripts[i].accession)
    )
    rank = np.empty(len(transcripts), dtype=np.int64)
    rank[order] = np.arange(len(transcripts))
    return rank


def _joined(models: GeneModels) -> _Parts:
    indexed = [(i, one) for i, one in enumerate(models.transcripts) if one.contig in CONTIG_CODES]
    exon_counts = np.array([len(one.exons) for _, one in indexed], dtype=np.int64)
    flat = np.array([edge for _, one in indexed for exon in one.exons for edge in exon], dtype=np.int64)
    starts, ends = flat[0::2], flat[1::2]

    def per_exon(values: list[int]) -> Ints:
        return np.repeat(np.array(values, dtype=np.int64), exon_counts)

    owner = per_exon([i for i, _ in indexed])
    base = per_exon([CONTIG_CODES[one.contig] << 32 for _, one in indexed])
    plus = per_exon([one.strand for _, one in indexed]) == 1
    low = per_exon([one.coding[0] if one.coding else -1 for _, one in indexed])
    high = per_exon([one.coding[1] if one.coding else -1 for _, one in indexed])
    followed = np.flatnonzero(owner[:-1] == owner[1:])
    introns = (ends[followed], starts[followed + 1], plus[followed], base[followed], owner[followed])
    rows = [*_exon_parts(starts, ends, plus, low, high, base, owner), *_intron_parts(*introns)]
    rows += _transcript_parts(indexed)
    kept = [_Parts(*(column[part.end > part.start] for column in part)) for part in rows]
    return _Parts(*(np.concatenate(column) for column in zip(*kept, strict=True)))


def _part(start: Ints, end: Ints, term: str | Ints, base: Ints, owner: Ints) -> _Parts:
    rank = np.full(len(start), SEVERITY[term], dtype=np.int64) if isinstance(term, str) else term
    return _Parts(np.maximum(start, 0) + base, end + base, rank, owner)


def _either(condition: npt.NDArray[np.bool_], when: str, otherwise: str) -> Ints:
    return np.where(condition, SEVERITY[when], SEVERITY[otherwise]).astype(np.int64)


def _exon_parts(
    start: Ints, end: Ints, plus: npt.NDArray[np.bool_], low: Ints, high: Ints, base: Ints, owner: Ints
) -> list[_Parts]:
    codes = low >= 0
    none = np.zeros_like(start)
    left = _either(plus, "5_prime_UTR_variant", "3_prime_UTR_variant")
    right = _either(plus, "3_prime_UTR_variant", "5_prime_UTR_variant")
    return [
        _part(start, np.where(codes, none, end), "non_coding_transcript_exon_variant", base, owner),
        _part(start, np.where(codes, np.minimum(end, low), none), left, base, owner),
        _part(np.maximum(start, high), np.where(codes, end, none), right, base, owner),
        _part(
            np.maximum(start, low),
            np.where(codes, np.minimum(end, high), none),
            "coding_sequence_variant",
            base,
            owner,
        ),
    ]


def _intron_parts(
    left: Ints, right: Ints, plus: npt.NDArray[np.bool_], base: Ints, owner: Ints
) -> list[_Parts]:
    region = "splice_region_variant"
    fifth = np.where(plus, left + 4, right - 5)
    fifth_end = np.where(right - left > 9, fifth + 1, fifth)
    donor_left = _either(plus, "splice_donor_variant", "splice_acceptor_variant")
    donor_right = _either(plus, "splice_acceptor_variant", "splice_donor_variant")
    return [
        _part(left + 2, right - 2, "intron_variant", base, owner),
        _part(left - 3, left, region, base, owner),
        _part(right, right + 3, region, base, owner),
        _part(left + 2, np.minimum(left + 8, right - 2), region, base, owner),
        _part(np.maximum(right - 8, left + 2), right - 2, region, base, owner),
        _part(fifth, fifth_end, "splice_donor_5th_base_variant", base, owner),
        _part(left, left + 2, donor_left, base, owner),
        _part(right - 2, right, donor_right, base, owner),
    ]


def _transcript_parts(indexed: list[tuple[int, Transcript]]) -> list[_Parts]:
    """Flanks of nuclear transcripts and all start codons."""
    flanks, codons = [], []
    for index, one in indexed:
        base = CONTIG_CODES[one.contig] << 32
        if one.contig != "MT":
            terms = ("upstream_gene_variant", "downstream_gene_variant")[:: one.strand]
            flanks.append(
                (base + max(one.start - GENE_FLANK, 0), base + one.start, SEVERITY[terms[0]], index)
            )
            flanks.append((base + one.end, base + one.end + GENE_FLANK, SEVERITY[terms[1]], index))
        if one.coding_offsets is not None:
            bases = (one.genomic_base(one.coding_offsets[0] + step) for step in range(3))
            codons += [(base + at, base + at + 1, SEVERITY["start_lost"], index) for at in bases]
    table = np.array([*flanks, *codons], dtype=np.int64).reshape(-1, 4)
    return [_Parts(table[:, 0], table[:, 1], table[:, 2], table[:, 3])]
