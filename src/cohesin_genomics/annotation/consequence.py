"""The effect of a change on one transcript, in Sequence Ontology terms.

Splice terms, frameshifts, in-frame changes, UTRs and introns follow from coordinates alone. A coding
substitution needs the codon: with a reference it is translated; without one it stays
`coding_sequence_variant`, but for the start codon (any substitution loses it) and those of the stop codon
that cannot be mistaken. Terms are given where the file places the change, as Ensembl VEP does by default;
they are not moved by the 3' rule.

Definitions: http://www.sequenceontology.org and the Ensembl table cited in `terms`. Intervals are 0-based,
half-open.
"""

from __future__ import annotations

from typing import Final

from cohesin_genomics.annotation.change import Change
from cohesin_genomics.annotation.hgvs import hgvs_coding
from cohesin_genomics.annotation.protein import CodingSequence, coding_sequence, protein_effect
from cohesin_genomics.knowledge.gene_model import GENE_FLANK, Transcript
from cohesin_genomics.knowledge.reference import Reference, reverse_complement
from cohesin_genomics.knowledge.terms import impact, worst_first
from cohesin_genomics.model import TranscriptConsequence

CODING: Final = "coding_sequence_variant"


def predict(
    transcript: Transcript, change: Change, reference: Reference | None = None, *, named: bool = True
) -> TranscriptConsequence | None:
    """The consequence of a change for a transcript; None when it lies further than 5 kb from it.

    `source` is `fasta` when codons were translated, else `coordinates`. `named=False` leaves out HGVS names.
    """
    beside = _beside(transcript, change)
    if beside == "":
        return None
    if beside is not None:
        return _consequence(transcript, (beside,), "coordinates")
    if change.is_deletion and change.start <= transcript.start and change.end >= transcript.end:
        return _consequence(transcript, ("transcript_ablation",), "coordinates")
    terms = [*_splice_terms(transcript, change), *_exon_terms(transcript, change)]
    hgvs_p, source = None, "coordinates"
    interval = coding_interval(transcript, change)
    if interval is not None:
        alt = change.alt if transcript.strand == 1 else reverse_complement(change.alt)
        sequence = coding_sequence(transcript, reference) if reference is not None else None
        if sequence is not None and _agrees(sequence, transcript, change, interval):
            effect = protein_effect(sequence, *interval, alt)
            terms += effect.terms
            hgvs_p, source = effect.hgvs_p, "fasta"
        else:
            terms += _coding_terms(transcript, change, interval, alt)
    elif _touches_coding(transcript, change):
        terms += _cut_coding_terms(transcript, change)
    return _consequence(
        transcript,
        worst_first(terms),
        source,
        hgvs_c=hgvs_coding(transcript, change, reference) if named else None,
        hgvs_p=hgvs_p,
        place=_place(transcript, change),
    )


def _consequence(
    transcript: Transcript,
    terms: tuple[str, ...],
    source: str,
    *,
    hgvs_c: str | None = None,
    hgvs_p: str | None = None,
    place: tuple[str | None, str | None] = (None, None),
) -> TranscriptConsequence:
    return TranscriptConsequence(
        gene=transcript.gene,
        transcript=transcript.accession,
        terms=terms,
        impact=impact(terms[0]),
        source=source,
        hgvs_c=hgvs_c,
        hgvs_p=hgvs_p,
        exon=place[0],
        intron=place[1],
        protein=transcript.protein or None,
        mane_select=transcript.mane_select,
    )


def _beside(transcript: Transcript, change: Change) -> str | None:
    """`upstream…`/`downstream_gene_variant` beside a transcript, "" far from it, None when it is touched."""
    if change.end <= transcript.start:
        distance, left = transcript.start - change.end, True
    elif change.start >= transcript.end:
        distance, left = change.start - transcript.end, False
    else:
        return None
    if distance >= GENE_FLANK:
        return ""
    return "upstream_gene_variant" if left == (transcript.strand == 1) else "downstream_gene_variant"


def _splice_terms(transcript: Transcript, change: Change) -> set[str]:
    terms: set[str] = set()
    exons = transcript.exons
    for index in _introns_near(transcript, change):
        left, right = exons[index][1], exons[index + 1][0]
        plus = transcript.strand == 1
        if change.overlaps(left, left + 2):
            terms.add("splice_donor_variant" if plus else "splice_acceptor_variant")
        if change.overlaps(right - 2, right):
            terms.add("splice_acceptor_variant" if plus else "splice_donor_variant")
        fifth = left + 4 if plus else right - 5
        if change.ref and change.overlaps(fifth, fifth + 1) and right - left > 9:
            terms.add("splice_donor_5th_base_variant")
        if _in_splice_region(change, left, right):
            terms.add("splice_region_variant")
        inner = (
            left + 2 <= change.start <= right - 2
            if change.is_insertion
            else change.overlaps(left + 2, right - 2)
        )
        if inner:
            terms.add("intron_variant")
    return terms


def _introns_near(transcript: Transcript, change: Change) -> range:
    """Introns (index of the exon before, genomic order) that a change lies in or within 8 bases of."""
    exons = transcript.exons
    first = last = None
    lo, hi = 0, len(exons) - 1
    while lo < hi:
        middle = (lo + hi) // 2
        if exons[middle + 1][0] + 3 < change.start:
            lo = middle + 1
        else:
            hi = middle
    first = last = lo
    while last < len(exons) - 1 and exons[last][1] - 3 <= change.end:
        last += 1
    return range(first, last)


def _in_splice_region(change: Change, left: int, right: int) -> bool:
    """1-3 bases into the exon or 3-8 into the intron [left, right), at either end of it."""
    if change.is_insertion and change.start in {left, right, left + 2, right - 2}:
        return True
    intronic = ((left + 2, min(left + 8, right - 2)), (max(right - 8, left + 2), right - 2))
    exonic = ((left - 3, left), (right, right + 3))
    return any(change.overlaps(start, end) for start, end in (*intronic, *exonic))


def _exon_terms(transcript: Transcript, change: Change) -> set[str]:
    """UTR terms, or the non-coding exon's."""
    terms: set[str] = set()
    coding = transcript.coding
    for start, end in transcript.exons:
        if start > change.end or end < change.start:
            continue
        if coding is None:
            if _meets(change, start, end):
                terms.add("non_coding_transcript_exon_variant")
            continue
        five = transcript.strand == 1
        if _meets(change, start, min(end, coding[0])):
            terms.add("5_prime_UTR_variant" if five else "3_prime_UTR_variant")
        if _meets(change, max(start, coding[1]), end):
            terms.add("3_prime_UTR_variant" if five else "5_prime_UTR_variant")
    return terms


def _meets(change: Change, start: int, end: int) -> bool:
    """Whether a change lies in an exon part; an insertion at its very edge counts."""
    if start >= end:
        return False
    return start <= change.start <= end if change.is_insertion else change.overlaps(start, end)


def coding_interval(transcript: Transcript, change: Change) -> tuple[int, int] | None:
    """Offsets [start, end) in the coding sequence of a change that lies wholly within one coding exon."""
    if transcript.coding is None or transcript.coding_offsets is None:
        return None
    if change.is_insertion:
        return _insertion_offset(transcript, change.start)
    index = transcript.exon_index(change.start)
    if index is None or change.end > transcript.exons[index][1]:
        return None
    if change.start < transcript.coding[0] or change.end > transcript.coding[1]:
        return None
    ends = [transcript.transcript_offset(base) for base in (change.start, change.end - 1)]
    first, last = sorted(offset for offset in ends if offset is not None)
    start = transcript.coding_offsets[0]
    return first - start, last - start + 1


def _insertion_offset(transcript: Transcript, point: int) -> tuple[int, int] | None:
    """Where an insertion before base `point` falls in the coding sequence; exon edges belong to the exon."""
    if transcript.coding is None or transcript.coding_offsets is None:
        return None
    if not transcript.coding[0] < point < transcript.coding[1]:
        return None
    for base, after in ((point - 1, 1), (point, 0)):
        offset = transcript.transcript_offset(base)
        if offset is not None:
            at = offset - transcript.coding_offsets[0] + (after if transcript.strand == 1 else 1 - after)
            return at, at
    return None


def _agrees(
    sequence: CodingSequence, transcript: Transcript, change: Change, interval: tuple[int, int]
) -> bool:
    """Whether the file's REF is the reference's: a disagreement means another build or a faulty file."""
    ref = change.ref if transcript.strand == 1 else reverse_complement(change.ref)
    return sequence.coding[interval[0] : interval[1]] == ref


def _coding_terms(transcript: Transcript, change: Change, interval: tuple[int, int], alt: str) -> set[str]:
    start, end = interval
    length = (transcript.coding_offsets or (0, 0))[1] - (transcript.coding_offsets or (0, 0))[0]
    difference = len(alt) - (end - start)
    terms: set[str] = set()
    if start < 3 and _start_is_lost(start, end, alt):
        terms.add("start_lost")
    at_stop = end > length - 3 and end > start and transcript.contig != "MT"
    if difference == 0:
        if at_stop and not terms:
            ref = change.ref if transcript.strand == 1 else reverse_complement(change.ref)
            terms.add(_stop_substitution(start - (length - 3), ref, alt))
        return terms or {CODING}
    if at_stop:
        terms.add("stop_lost")
    if difference % 3:
        terms.add("frameshift_variant")
    elif not change.ref or not change.alt:
        terms.add("inframe_insertion" if difference > 0 else "inframe_deletion")
    else:
        terms.add("protein_altering_variant")
    return terms


def _start_is_lost(start: int, end: int, alt: str) -> bool:
    """Exact for ATG: an insertion within it keeps it only when it supplies the missing bases."""
    if end > start:
        return True
    return start > 0 and not (alt + "ATG"[start:]).startswith("ATG"[start:])


def _stop_substitution(codon_offset: int, ref: str, alt: str) -> str:
    """`stop_lost`, `stop_retained_variant`, or the open answer when TAA, TAG and TGA would differ."""
    if len(ref) != 1 or codon_offset < 0:
        return CODING
    stops = ("TAA", "TAG", "TGA")
    possible = {
        codon[:codon_offset] + alt + codon[codon_offset + 1 :] in stops
        for codon in stops
        if codon[codon_offset] == ref
    }
    if len(possible) != 1:
        return CODING
    return "stop_retained_variant" if possible.pop() else "stop_lost"


def _touches_coding(transcript: Transcript, change: Change) -> bool:
    if transcript.coding is None or change.is_insertion:
        return False
    low, high = transcript.coding
    return any(change.overlaps(max(start, low), min(end, high)) for start, end in transcript.exons)


def _cut_coding_terms(transcript: Transcript, change: Change) -> set[str]:
    """A change that runs over the edge of a coding exon: the start or stop codon it takes away, else open."""
    terms = {CODING}
    if transcript.coding_offsets is None:
        return terms
    first, after = transcript.coding_offsets
    bases = {
        "start_lost": [transcript.genomic_base(first + step) for step in range(3)],
        "stop_lost": [transcript.genomic_base(after - step) for step in range(1, 4)],
    }
    for term, codon in bases.items():
        if any(change.start <= base < change.end for base in codon):
            terms.add(term)
    return terms


def _place(transcript: Transcript, change: Change) -> tuple[str | None, str | None]:
    """`3/12` for the exon or the intron that holds the first changed base along the genome."""
    base = min(max(change.start, transcript.start), transcript.end - 1)
    count = len(transcript.exons)
    index = transcript.exon_index(base)
    if index is None and change.is_insertion:
        index = transcript.exon_index(base - 1)
    if index is not None:
        return f"{transcript.exon_number(index)}/{count}", None
    intron = transcript.intron_index(base)
    return None, None if intron is None else f"{transcript.intron_number(intron)}/{count - 1}"
