"""A report's variants, from the evidence that its run kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from cohesin.clinical.reports.entity import Change, Note, ReportVariant
from cohesin.console.presenting.words import words
from cohesin.console.views import (
    ChangeView,
    ClinVarView,
    CriterionView,
    FrequencyView,
    Member,
    MemberCall,
    NoteView,
    ScorePart,
    VariantDetail,
    VariantRow,
    VerdictView,
)

CONTIGS: Final = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")
#: Bases shown on either side of a variant: enough for an exon and its neighbours.
SURROUNDINGS: Final = 1000
LONGEST_ALLELE: Final = 24
_ABSENT: Final = {"no_record": "No call here", "not_sequenced": "Not sequenced"}
_SIGNIFICANCES: Final = (
    ("Likely_pathogenic", "LP"),
    ("Pathogenic", "P"),
    ("Uncertain_significance", "VUS"),
    ("Likely_benign", "LB"),
    ("Benign", "B"),
)
_FIELDS: Final = {
    "status": "Review",
    "to_report": "On the report",
    "classification": "Classification",
    "interpretation": "Interpretation",
}


def short_name(one: ReportVariant) -> str:
    """The protein change, else the coding change, else the alleles."""
    for name in (one.hgvs_p, one.hgvs_c):
        if name:
            return name.rpartition(":")[2]
    return alleles_of(one)


def alleles_of(one: ReportVariant) -> str:
    """`ATCT>A`; long alleles are cut and their length is told."""
    return f"{_allele(one.ref)}>{_allele(one.alt)}"


def _allele(bases: str) -> str:
    return bases if len(bases) <= LONGEST_ALLELE else f"{bases[:LONGEST_ALLELE]}… ({len(bases)} bases)"


def row_of(one: ReportVariant) -> VariantRow:
    """One line of the table; `evidence` has to hold at least `clinvar`."""
    clinvar = one.evidence.get("clinvar")
    return VariantRow(
        id=str(one.number),
        rank=one.rank,
        gene=one.gene,
        name=short_name(one),
        location=f"{one.contig}:{one.position}",
        contig_order=CONTIGS.index(one.contig) if one.contig in CONTIGS else len(CONTIGS),
        position=one.position,
        consequence=words(one.consequence).removesuffix(" variant") if one.consequence else "Not assessed",
        impact=one.impact or "MODIFIER",
        zygosity=one.zygosity,
        frequency=one.frequency,
        clinvar=_short_significance(clinvar["significance"]) if clinvar else None,
        inheritance=(words(one.inheritance),) if one.inheritance else (),
        proposed=one.proposed_class,
        classification=one.classification,
        status=one.status,
        to_report=one.to_report,
        score=one.score,
    )


def _short_significance(text: str) -> str:
    """ClinVar's words with the five classes as their letters: `Pathogenic/Likely_pathogenic` is `P/LP`."""
    for phrase, letters in _SIGNIFICANCES:
        text = text.replace(phrase, letters)
    return text.replace("_", " ")


def detail_of(
    one: ReportVariant,
    people: Mapping[str, Member],
    notes: Iterable[Note],
    changes: Iterable[Change],
    names: Mapping[UUID, str],
) -> VariantDetail:
    """Everything about one variant, in the order in which a reviewer asks."""
    evidence = one.evidence
    start = max(1, one.position - SURROUNDINGS)
    phenotype = evidence["phenotype"]
    return VariantDetail(
        row=row_of(one),
        locus=f"{one.contig}:{start}-{one.end_position + SURROUNDINGS}",
        hgvs_c=one.hgvs_c,
        hgvs_p=one.hgvs_p,
        hgvs_g=one.hgvs_g,
        transcript=_transcript(one),
        rsid=one.rsid,
        alleles=alleles_of(one),
        calls=tuple(_call(person, evidence["members"].get(slot)) for slot, person in people.items()),
        frequencies=_frequencies(evidence["population"]),
        clinvar=_clinvar(evidence["clinvar"]),
        verdicts=tuple(_verdict(item) for item in evidence["modes"]) + _quality_verdicts(evidence),
        parts=tuple(_part(item) for item in evidence["components"]),
        criteria=tuple(_criterion(item) for item in evidence["criteria"]),
        interpretation=one.interpretation,
        notes=tuple(NoteView(_name(note.created_by, names), note.note, note.created_at) for note in notes),
        changes=tuple(_change(item, names) for item in changes),
        conditions=(phenotype["disease_name"],) if phenotype else (),
    )


def _name(user_id: UUID | None, names: Mapping[UUID, str]) -> str:
    return names.get(user_id, "Someone else") if user_id else "The server"


def _transcript(one: ReportVariant) -> str | None:
    if one.transcript is None:
        return None
    leading = next(
        (item for item in one.evidence["transcripts"] if item["transcript"] == one.transcript), None
    )
    return f"{one.transcript} (MANE Select)" if leading and leading["mane_select"] else one.transcript


def _call(person: Member, call: Mapping[str, Any] | None) -> MemberCall:
    if call is None or call["state"] != "called":
        state = "not_sequenced" if call is None else call["state"]
        return MemberCall(member=person, zygosity=_ABSENT.get(state, words(state)))
    return MemberCall(
        member=person,
        zygosity=words(call["zygosity"]),
        genotype=call["genotype"],
        depth=call["depth"],
        alt_depth=call["alt_depth"],
        quality=call["genotype_quality"],
    )


def _frequencies(population: Mapping[str, Any] | None) -> tuple[FrequencyView, ...]:
    if population is None:
        return ()
    detail = f"highest {population['popmax']:.2g} in {population['popmax_population']}"
    return (FrequencyView(population["source"], population["allele_frequency"], detail),)


def _clinvar(found: Mapping[str, Any] | None) -> ClinVarView | None:
    if found is None:
        return None
    return ClinVarView(
        words(found["significance"]), found["stars"], found["variation_id"], tuple(found["conditions"])
    )


def _verdict(item: Mapping[str, Any]) -> VerdictView:
    return VerdictView(words(item["mode"]), item["verdict"]["state"], item["verdict"]["reason"])


def _quality_verdicts(evidence: Mapping[str, Any]) -> tuple[VerdictView, ...]:
    return tuple(VerdictView("Not Mendelian", "fail", text) for text in evidence["mendelian_inconsistencies"])


def _part(item: Mapping[str, Any]) -> ScorePart:
    name = "ClinVar" if item["name"] == "clinvar" else words(item["name"])
    return ScorePart(name, item["value"], item["weight"], item["explanation"], assessed=item["assessed"])


def _criterion(item: Mapping[str, Any]) -> CriterionView:
    return CriterionView(item["code"], words(item["strength"]), item["state"], item["evidence"])


def _change(item: Change, names: Mapping[UUID, str]) -> ChangeView:
    label = _FIELDS.get(item.field, words(item.field))
    if item.field == "interpretation":
        text = f"{label} changed"
    elif item.field == "classification":
        text = f"{label}: {item.old_value or 'none'} → {item.new_value or 'none'}"
    else:
        text = f"{label}: {words(item.old_value or 'none')} → {words(item.new_value or 'none')}"
    return ChangeView(_name(item.changed_by, names), text, item.changed_at)


def family_vcf(variants: Iterable[ReportVariant], people: Mapping[str, Member]) -> str:
    """The report's variants as VCF 4.2 with a column for each person, for the genome browser's track.

    Genotypes are told relative to the one alternate allele; `./.` where a person has no call.
    """
    labels = [f"{person.relation}" for person in people.values()]
    lines = [
        "##fileformat=VCFv4.2",
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
        "\t".join(
            ("#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", *_distinct(labels))
        ),
    ]
    for one in sorted(variants, key=lambda item: (item.contig, item.position)):
        members = one.evidence["members"]
        genotypes = (_genotype(members.get(slot)) for slot in people)
        lines.append(
            "\t".join(
                (
                    one.contig,
                    str(one.position),
                    one.rsid or ".",
                    one.ref,
                    one.alt,
                    ".",
                    ".",
                    ".",
                    "GT",
                    *genotypes,
                )
            )
        )
    return "\n".join(lines) + "\n"


def _distinct(labels: list[str]) -> list[str]:
    return [
        label if labels.count(label) == 1 else f"{label} {place}"
        for place, label in enumerate(labels, start=1)
    ]


_GENOTYPES: Final = {
    "heterozygous": "0/1",
    "homozygous": "1/1",
    "hemizygous": "1",
    "reference": "0/0",
}


def _genotype(call: Mapping[str, Any] | None) -> str:
    if call is None or call["state"] != "called":
        return "./."
    return _GENOTYPES.get(call["zygosity"], "./.")
