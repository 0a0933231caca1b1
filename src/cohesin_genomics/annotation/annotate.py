"""Annotating variants one by one, exactly: consequences on every transcript, names, ClinVar and frequency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import msgspec

from cohesin_genomics.annotation.change import Change, change_of
from cohesin_genomics.annotation.consequence import CODING, predict
from cohesin_genomics.annotation.hgvs import hgvs_genomic, hgvs_mitochondrial, without_deleted_bases
from cohesin_genomics.annotation.transcript_fields import parse_transcripts
from cohesin_genomics.knowledge.gene_model import GENE_FLANK, Transcript, unversioned
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.knowledge.terms import impact, severity, worst_first
from cohesin_genomics.model import Annotation, ClinVarRecord, TranscriptConsequence, Variant

# Terms that say what a coding change does to the protein: what coordinates alone leave open.
_PROTEIN_TERMS: Final = frozenset(
    {
        "missense_variant", "stop_gained", "synonymous_variant", "stop_lost", "start_lost",
        "stop_retained_variant",
        "start_retained_variant", "inframe_insertion", "inframe_deletion", "protein_altering_variant",
    }
)  # fmt: skip


class TranscriptField(msgspec.Struct, frozen=True):
    """A record's own CSQ or ANN value.

    `format` is `ANN`, or `CSQ:` and its columns; `alt` is as the record has it.
    """

    format: str
    value: str
    alt: str


def annotate(
    variants: Iterable[Variant],
    knowledge: Knowledge,
    transcript_fields: Mapping[Variant, TranscriptField] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Annotation]:
    """Annotate variants, in the order given.

    `progress` is told the number done after each. Symbolic alleles, breakends and `*` get no consequence:
    they are not assessed here.

    Raises:
        ValueError: A variant is of another assembly than the knowledge.
    """
    fields = transcript_fields or {}
    done = []
    for count, variant in enumerate(variants, start=1):
        done.append(annotate_variant(variant, knowledge, fields.get(variant)))
        if progress is not None:
            progress(count)
    return done


def annotate_variant(
    variant: Variant, knowledge: Knowledge, field: TranscriptField | None = None, *, named: bool = True
) -> Annotation:
    """Annotate one variant. `named=False` leaves out HGVS names.

    Outside the models there is no consequence, as it was not assessed; where the models are a whole gene
    set, it is `intergenic_variant`. When the reference is known at the site and the file's REF is not it, the
    file is of another build or broken: then ClinVar and frequency are not looked up.
    """
    change = change_of(variant)
    agrees = reference_agrees(variant, knowledge)
    clinvar = knowledge.find_clinvar(variant) if agrees else None
    frequency = knowledge.find_frequency(variant) if agrees else None
    file_says = parse_transcripts(field.format, field.value, field.alt) if field is not None else ()
    predicted = () if change is None else predict_all(change, knowledge, named=named)
    file_says = tuple(_in_present_form(one, change) for one in file_says)
    nowhere = change is not None and not predicted and not file_says
    if nowhere and knowledge.covers_genes_of(variant.contig):
        predicted = (intergenic(),)
    return Annotation(
        variant=variant,
        consequences=combined(predicted, file_says, clinvar, knowledge),
        clinvar=clinvar,
        frequency=frequency,
        rsid=clinvar.rsid if clinvar else None,
    )


def _in_present_form(one: TranscriptConsequence, change: Change | None) -> TranscriptConsequence:
    """A file's `c.` name as HGVS now writes it: lost bases are not spelled, and mitochondrial genes have `m.` names."""
    if one.hgvs_c is None:
        return one
    if change is not None and change.contig == "MT":
        return msgspec.structs.replace(one, hgvs_c=hgvs_mitochondrial(change))
    return msgspec.structs.replace(one, hgvs_c=without_deleted_bases(one.hgvs_c))


def genomic_name(variant: Variant, knowledge: Knowledge) -> str | None:
    """The HGVS `g.` (or `m.`) name; None for alleles without sequence and contigs without an accession."""
    change = change_of(variant)
    return None if change is None else hgvs_genomic(variant.assembly, change, knowledge.reference)


def reference_agrees(variant: Variant, knowledge: Knowledge) -> bool:
    """False only when the reference covers the site and differs from the file's REF."""
    start = variant.position - 1
    bases = knowledge.reference.fetch(variant.contig, start, start + len(variant.ref))
    return bases is None or bases == variant.ref.upper()


def predict_all(
    change: Change, knowledge: Knowledge, *, named: bool = True
) -> tuple[TranscriptConsequence, ...]:
    """The consequence on every transcript within 5 kb."""
    # Every base of the mitochondrial genome lies within 5 kb of many genes: there only overlap is told.
    flank = 0 if change.contig == "MT" else GENE_FLANK
    near = knowledge.models.overlapping(change.contig, change.start, change.end, flank)
    found = (predict(transcript, change, knowledge.reference, named=named) for transcript in near)
    return tuple(one for one in found if one is not None)


def combined(
    predicted: tuple[TranscriptConsequence, ...],
    file_says: tuple[TranscriptConsequence, ...],
    clinvar: ClinVarRecord | None,
    knowledge: Knowledge,
) -> tuple[TranscriptConsequence, ...]:
    """Predictions, completed by what the file and ClinVar say, the leading one first.

    Order: severity of the worst term, then MANE Select, then accession. A transcript of the file that is also
    predicted is merged into the prediction; others stand for themselves.
    """
    by_accession = {unversioned(one.transcript): one for one in file_says}
    result, used = [], set()
    for one in predicted:
        twin = _twin(one, by_accession, knowledge)
        if twin is not None:
            used.add(twin.transcript)
            one = _completed(one, twin, shifted=knowledge.has_genome_reference)  # noqa: PLW2901 - the completed prediction takes the place of the bare one
        result.append(_with_clinvar(one, clinvar))
    result += [one for one in file_says if one.transcript not in used]
    return tuple(sorted(result, key=_leading))


def _leading(one: TranscriptConsequence) -> tuple[int, bool, str]:
    return severity(one.terms[0]), not one.mane_select, one.transcript


def _twin(
    one: TranscriptConsequence, by_accession: dict[str, TranscriptConsequence], knowledge: Knowledge
) -> TranscriptConsequence | None:
    """What the file says of the same transcript, by its RefSeq or its Ensembl accession."""
    if not by_accession:
        return None
    transcript: Transcript | None = knowledge.models.find(one.transcript)
    names = (one.transcript, transcript.ensembl if transcript else "")
    return next(
        (by_accession[unversioned(name)] for name in names if unversioned(name) in by_accession), None
    )


def _completed(
    one: TranscriptConsequence, twin: TranscriptConsequence, *, shifted: bool
) -> TranscriptConsequence:
    """A prediction with the file's protein terms where codons were not read, and the file's `p.` name.

    Without a reference an indel takes the file's `c.` name too: its annotator could apply the 3' rule.
    """
    if one.source == "fasta":
        return one
    hgvs_c = one.hgvs_c
    if hgvs_c and twin.hgvs_c and not shifted and ">" not in hgvs_c:
        hgvs_c = twin.hgvs_c
    named = msgspec.structs.replace(one, hgvs_c=hgvs_c, hgvs_p=one.hgvs_p or twin.hgvs_p)
    told = [term for term in twin.terms if term in _PROTEIN_TERMS]
    if CODING not in one.terms or not told:
        return named
    return _retold(named, told, "vcf")


def _with_clinvar(one: TranscriptConsequence, clinvar: ClinVarRecord | None) -> TranscriptConsequence:
    """A MANE Select prediction with ClinVar's protein term, when ClinVar names exactly one for the gene."""
    if clinvar is None or CODING not in one.terms or not one.mane_select:
        return one
    told = [term for term in clinvar.consequences if term in _PROTEIN_TERMS]
    if len(told) != 1 or one.gene not in clinvar.gene.split(","):
        return one
    return _retold(one, told, "clinvar")


def _retold(one: TranscriptConsequence, told: list[str], source: str) -> TranscriptConsequence:
    terms = worst_first([*(term for term in one.terms if term != CODING), *told])
    return msgspec.structs.replace(one, terms=terms, impact=impact(terms[0]), source=source)


def intergenic() -> TranscriptConsequence:
    """The consequence of lying outside a whole set of genes."""
    return TranscriptConsequence(
        gene="", transcript="", terms=("intergenic_variant",), impact="MODIFIER", source="coordinates"
    )
