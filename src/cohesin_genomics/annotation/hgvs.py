"""HGVS names of changes: `c.`/`n.` on transcripts, `g.` on chromosomes, `m.` on the mitochondrial genome.

Rules: https://hgvs-nomenclature.org (substitution, deletion, duplication, insertion, inversion, delins; 3'
rule). With a reference sequence the change is moved to its 3'-most place and a duplication is told from an
insertion. Without one it is named where the file puts it, and an inserted copy of its neighbour is called an
insertion.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cohesin_genomics.annotation.change import Change, shifted
from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.knowledge.reference import Reference, reverse_complement
from cohesin_genomics.model import Assembly

# Versions of NC_000001 … NC_000024 (X = 23, Y = 24), of GRCh37.p13 and GRCh38.p14 (NCBI assembly reports).
_VERSIONS: Final[dict[Assembly, tuple[int, ...]]] = {
    Assembly.GRCH37: (10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9),
    Assembly.GRCH38: (
        11,
        12,
        12,
        12,
        10,
        12,
        14,
        11,
        12,
        11,
        10,
        12,
        11,
        9,
        10,
        10,
        11,
        10,
        10,
        11,
        9,
        11,
        11,
        10,
    ),
}
_SPELLED: Final = re.compile(r"(del|dup)[ACGTN]+")
_CONTIGS: Final = (*(str(number) for number in range(1, 23)), "X", "Y")
_ACCESSIONS: Final[dict[Assembly, dict[str, str]]] = {
    assembly: {
        contig: f"NC_{number:06d}.{version}"
        for number, (contig, version) in enumerate(zip(_CONTIGS, versions, strict=True), start=1)
    }
    | {"MT": "NC_012920.1"}
    for assembly, versions in _VERSIONS.items()
}


def chromosome_accession(assembly: Assembly, contig: str) -> str | None:
    """The RefSeq accession of a chromosome; None for other contigs."""
    return _ACCESSIONS[assembly].get(contig)


def hgvs_genomic(assembly: Assembly, change: Change, reference: Reference | None = None) -> str | None:
    """`NC_000001.11:g.…`, or `NC_012920.1:m.…`; None for a contig without a RefSeq accession."""
    accession = chromosome_accession(assembly, change.contig)
    if accession is None:
        return None
    kind = "m" if change.contig == "MT" else "g"
    return f"{accession}:{kind}.{_described(change, 1, str, reference)}"


def hgvs_coding(transcript: Transcript, change: Change, reference: Reference | None = None) -> str | None:
    """The `c.` name (`n.` for a non-coding transcript) without accession; None where an end lies outside.

    On the mitochondrial genome the `m.` name is given, as `c.` names are not used there.
    """
    if transcript.contig == "MT":
        return hgvs_mitochondrial(change, reference)

    def name(position: int) -> str | None:
        coding = transcript.coding_position(position)
        return None if coding is None else str(coding)

    described = _described(change, transcript.strand, name, reference)
    if described is None:
        return None
    return f"{'n' if transcript.coding is None else 'c'}.{described}"


def hgvs_mitochondrial(change: Change, reference: Reference | None = None) -> str:
    """The `m.` name without accession."""
    return f"m.{_described(change, 1, str, reference)}"


def without_deleted_bases(name: str) -> str:
    """A name in HGVS's present form, which does not spell lost or doubled bases (`c.5delT` → `c.5del`)."""
    return _SPELLED.sub(r"\1", name)


def _described(
    change: Change, strand: int, name: Callable[[int], str | None], reference: Reference | None
) -> str | None:
    if reference is not None:
        change = shifted(change, reference, strand)
    ref, alt = change.ref, change.alt
    if strand == -1:
        ref, alt = reverse_complement(ref), reverse_complement(alt)
    if change.is_insertion:
        return _described_insertion(change, strand, alt, name, reference)
    place = _interval(change.start, change.end, strand, name)
    if place is None:
        return None
    if len(ref) == len(alt) == 1:
        return f"{place}{ref}>{alt}"
    if not alt:
        return f"{place}del"
    if len(ref) == len(alt) and alt == reverse_complement(ref):
        return f"{place}inv"
    return f"{place}delins{alt}"


def _described_insertion(
    change: Change, strand: int, alt: str, name: Callable[[int], str | None], reference: Reference | None
) -> str | None:
    if reference is not None:
        at, size = change.start, len(change.alt)
        # The copy that an insertion doubles lies before it, seen along the strand.
        first, after = (at - size, at) if strand == 1 else (at, at + size)
        if first >= 0 and reference.fetch(change.contig, first, after) == change.alt:
            place = _interval(first, after, strand, name)
            return None if place is None else f"{place}dup"
    place = _interval(change.start - 1, change.start + 1, strand, name)
    return None if place is None else f"{place}ins{alt}"


def _interval(start: int, end: int, strand: int, name: Callable[[int], str | None]) -> str | None:
    """`76` or `76_78`, in the direction of the strand, of a 0-based half-open interval."""
    first, last = name(start + 1), name(end)
    if first is None or last is None:
        return None
    if end - start == 1:
        return first
    return f"{first}_{last}" if strand == 1 else f"{last}_{first}"
