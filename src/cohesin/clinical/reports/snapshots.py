"""From a report's rows to the frozen facts that its documents are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from cohesin.clinical.panels.entity import Panel
from cohesin.clinical.rendering.snapshot import (
    AffectedStatus,
    Approval,
    Classification,
    ClinVarAssertion,
    Criterion,
    CriterionState,
    Fact,
    FamilyMember,
    Finding,
    Frequency,
    Laboratory,
    OntologyTerm,
    ReportSnapshot,
    ReportStatus,
    Section,
    TestDescription,
)
from cohesin.clinical.reports.entity import ReportDetail, ReportVariant
from cohesin_genomics.model import Assembly, DataRelease, Sex, Zygosity

TITLES: Final = {
    "panel": "Gene panel report",
    "panel_trio": "Gene panel trio report",
    "somatic_panel": "Somatic gene panel report",
    "exome": "Exome report",
}
SECTIONS: Final = {"PRIMARY_FINDING": Section.PRIMARY, "SECONDARY_FINDING": Section.SECONDARY}
_SEXES: Final = {"m": Sex.MALE, "f": Sex.FEMALE}
_AFFECTED: Final = {
    True: AffectedStatus.AFFECTED,
    False: AffectedStatus.UNAFFECTED,
    None: AffectedStatus.UNKNOWN,
}
METHOD: Final = (
    "Variants were read from the file that the laboratory supplied and brought to their shortest form. Consequences were "
    "derived from the gene models named below, and ClinVar and population frequencies were looked up by exact allele. "
    "Each candidate was tested for every mode of inheritance against the members analysed, ranked by effect, "
    "frequency, ClinVar, inheritance, call quality and, where terms were given, phenotype, and judged by the ACMG/AMP "
    "criteria; a person reviewed and classified what is reported."
)
NOT_ASSESSED: Final = (
    "Regions without calls in the supplied file; the file does not tell reference from uncovered.",
    "Copy-number changes, repeat expansions, uniparental disomy and mosaicism, unless the file itself names them.",
    "Functional studies, segregation beyond the members analysed, and in-silico predictors.",
    "Alleles that the named releases do not hold: they are not assessed, which does not mean benign or rare.",
)
REFERENCES: Final = (
    "Richards S et al. Genet Med 2015;17:405-424.",
    "Tavtigian SV et al. Hum Mutat 2020;41:1734-1737.",
)


class SnapshotParts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a snapshot is made of."""

    detail: ReportDetail
    variants: list[ReportVariant]
    quality: list[tuple[str, Any]]
    panel: Panel | None
    laboratory: str


def build_snapshot(
    parts: SnapshotParts,
    *,
    status: ReportStatus,
    version: int,
    approval: Approval | None,
    created_at: datetime,
) -> ReportSnapshot:
    """The report as it stands: findings are the variants that a person chose to report."""
    report = parts.detail.report
    facts = report.run_facts
    methodology = parts.panel.methodology if parts.panel else None
    limitations = parts.panel.limitations if parts.panel else None
    return ReportSnapshot(
        report_id=str(report.number),
        version=version,
        title=TITLES.get(report.test_type, f"{report.test_type} report"),
        report_type=report.test_type,
        status=status,
        accession_number=report.accession_id or "",
        laboratory=Laboratory(parts.laboratory),
        created_at=created_at,
        patient=tuple(Fact(name, value) for name, value in parts.detail.patient_fields),
        test=_test(parts),
        assembly=Assembly(facts.get("assembly", Assembly.GRCH37)),
        library_version=facts.get("library_version", ""),
        approval=approval,
        phenotypes=tuple(OntologyTerm(term["id"], term["label"]) for term in facts.get("phenotypes", ())),
        findings=tuple(finding_of(one, Assembly(facts["assembly"])) for one in _reported(parts.variants)),
        comment=report.comment,
        quality=tuple(Fact(name, str(value)) for name, value in parts.quality),
        releases=msgspec.convert(facts.get("releases", []), tuple[DataRelease, ...]),
        method="\n".join(filter(None, (methodology, METHOD))),
        not_assessed=(*((limitations,) if limitations else ()), *NOT_ASSESSED, *_left_out(facts)),
        genes_not_covered=tuple(facts.get("genes_not_covered", ())),
        references=REFERENCES,
        parameters=tuple(Fact(name, value) for name, value in facts.get("parameters", {}).items()),
    )


def _left_out(facts: dict[str, Any]) -> list[str]:
    unused = facts.get("phenotypes_not_used", [])
    left = [f"{count} variants {why}." for why, count in facts.get("left_out", {}).items() if count]
    return left + [f"Phenotype term not used: {term}." for term in unused]


def _test(parts: SnapshotParts) -> TestDescription:
    report, facts = parts.detail.report, parts.detail.report.run_facts
    family = tuple(
        FamilyMember(
            relation="proband" if member.slot == "proband" else member.relationship or "relative",
            sex=_SEXES.get(member.sex or "", Sex.UNKNOWN),
            affected=AffectedStatus.AFFECTED if member.slot == "proband" else _AFFECTED[member.affected],
            genome_label=member.label or member.genome_label or "",
        )
        for member in parts.detail.members
        if member.genome_id is not None
    )
    name = report.panel_name or f"{report.test_type} analysis, all genes of the gene models"
    description = parts.panel.description if parts.panel else ""
    return TestDescription(
        panel_name=name, genes=tuple(facts.get("panel_genes", ())), family=family, description=description
    )


def _reported(variants: list[ReportVariant]) -> list[ReportVariant]:
    order = {"PRIMARY_FINDING": 0, "SECONDARY_FINDING": 1}
    chosen = [one for one in variants if one.to_report in order]
    return sorted(chosen, key=lambda one: (order[one.to_report], one.rank))


# The modes of a gene whose single heterozygous copy is a carrier's, in words.
_RECESSIVE: Final = {"AR": "autosomal recessive", "XLR": "X-linked recessive"}


def inheritance_words(stated: str | None, zygosity: str, gene_modes: list[str]) -> str | None:
    """The mode that fits the family, or what the gene's conditions need where one copy is a carrier's; else None."""
    if stated:
        return stated.replace("_", " ").capitalize()
    if zygosity != Zygosity.HETEROZYGOUS or not gene_modes or not set(gene_modes) <= _RECESSIVE.keys():
        return None
    words = " or ".join(_RECESSIVE[mode] for mode in sorted(gene_modes))
    return f"{words[0].upper()}{words[1:]}, one copy found"


def finding_of(one: ReportVariant, assembly: Assembly) -> Finding:
    """A reported variant as the clinician left it; the proposal of the criteria is never shown as a class."""
    evidence = one.evidence
    call = evidence["members"].get("proband", {})
    clinvar, population, phenotype = evidence["clinvar"], evidence["population"], evidence["phenotype"]
    conditions = (
        tuple(clinvar["conditions"]) if clinvar else (phenotype["disease_name"],) if phenotype else ()
    )
    return Finding(
        section=SECTIONS[one.to_report],
        gene=one.gene or "",
        assembly=assembly,
        contig=one.contig,
        position=one.position,
        ref=one.ref,
        alt=one.alt,
        zygosity=Zygosity(one.zygosity),
        consequence=one.consequence or "",
        classification=Classification(one.classification) if one.classification else None,
        transcript=one.transcript,
        hgvs_c=one.hgvs_c,
        hgvs_p=one.hgvs_p,
        hgvs_g=one.hgvs_g,
        depth=call.get("depth"),
        alt_depth=call.get("alt_depth"),
        inheritance=inheritance_words(one.inheritance, one.zygosity, evidence.get("gene_modes", [])),
        conditions=conditions,
        clinvar=ClinVarAssertion(clinvar["variation_id"], clinvar["significance"], clinvar["stars"])
        if clinvar
        else None,
        frequency=Frequency(population["source"], population["allele_frequency"]) if population else None,
        interpretation=one.interpretation,
        criteria=tuple(
            Criterion(item["code"], item["strength"], CriterionState(item["state"]), item["evidence"])
            for item in evidence["criteria"]
        ),
    )
