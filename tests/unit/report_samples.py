"""Realistic report snapshots: a trio with cystic fibrosis, an empty one, a long one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import msgspec

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
from cohesin_genomics.model import Assembly, DataRelease, Sex, Zygosity

MET, NOT_MET, SKIPPED = CriterionState.MET, CriterionState.NOT_MET, CriterionState.NOT_EVALUATED

F508DEL = Finding(
    section=Section.PRIMARY,
    gene="CFTR",
    assembly=Assembly.GRCH38,
    contig="7",
    position=117559590,
    ref="ATCT",
    alt="A",
    zygosity=Zygosity.HOMOZYGOUS,
    consequence="inframe_deletion",
    classification=Classification.PATHOGENIC,
    transcript="NM_000492.4",
    hgvs_c="c.1521_1523del",
    hgvs_p="p.(Phe508del)",
    hgvs_g="NC_000007.14:g.117559592_117559594del",
    depth=46,
    alt_depth=46,
    inheritance="Autosomal recessive",
    conditions=("Cystic fibrosis",),
    clinvar=ClinVarAssertion("7105", "Pathogenic", 4),
    frequency=Frequency("gnomAD v4.1", 0.00684),
    interpretation=(
        "This in-frame deletion removes phenylalanine 508 of the first nucleotide-binding domain of CFTR, which "
        "impairs folding and trafficking of the protein. Each parent carries one copy.\n"
        "Together with the raised sweat chloride this is consistent with cystic fibrosis. Confirmation by an "
        "independent method and genetic counselling are recommended."
    ),
    criteria=(
        Criterion(
            "PS3", "strong", MET, "Functional studies show reduced chloride transport of the mutant protein."
        ),
        Criterion(
            "PM3", "very_strong", MET, "Seen in trans with other pathogenic variants in many affected people."
        ),
        Criterion(
            "PM4", "moderate", MET, "In-frame deletion outside a repeat changes the length of the protein."
        ),
        Criterion(
            "PP4",
            "supporting",
            MET,
            "Phenotype (bronchiectasis, raised sweat chloride) is specific to the gene.",
        ),
        Criterion("PM2", "supporting", NOT_MET, "Allele frequency 0.00684 is above the threshold of 0.0001."),
        Criterion("BA1", "stand_alone", NOT_MET, "Allele frequency 0.00684 is below the threshold of 0.05."),
        Criterion("PP3", "supporting", SKIPPED, "no in-silico scores loaded"),
        Criterion("BP4", "supporting", SKIPPED, "no in-silico scores loaded"),
        Criterion("PS4", "strong", SKIPPED, "no case-control data"),
        Criterion("PP1", "strong", SKIPPED, "segregation beyond the trio not known"),
    ),
)

VUS = Finding(
    section=Section.PRIMARY,
    gene="DNAH5",
    assembly=Assembly.GRCH38,
    contig="5",
    position=13753402,
    ref="C",
    alt="T",
    zygosity=Zygosity.HETEROZYGOUS,
    consequence="missense_variant",
    classification=Classification.UNCERTAIN,
    transcript="NM_001369.3",
    hgvs_c="c.10615G>A",
    hgvs_p="p.(Val3539Met)",
    hgvs_g="NC_000005.10:g.13753402C>T",
    depth=38,
    alt_depth=17,
    inheritance="Autosomal recessive",
    conditions=("Primary ciliary dyskinesia 3",),
    frequency=Frequency("gnomAD v4.1", None),
    interpretation="A single missense change in a gene with recessive inheritance; no second variant was found.",
    criteria=(
        Criterion("PM2", "supporting", MET, "Not found in gnomAD v4.1."),
        Criterion("PM1", "moderate", NOT_MET, "Not in a described hot spot or functional domain."),
        Criterion("PP3", "supporting", SKIPPED, "no in-silico scores loaded"),
    ),
)

BENIGN = Finding(
    section=Section.INCIDENTAL,
    gene="SCNN1B",
    assembly=Assembly.GRCH38,
    contig="16",
    position=23380509,
    ref="G",
    alt="A",
    zygosity=Zygosity.HETEROZYGOUS,
    consequence="missense_variant",
    classification=Classification.BENIGN,
    transcript="NM_000336.3",
    hgvs_c="c.1688G>A",
    hgvs_p="p.(Arg563Gln)",
    depth=52,
    alt_depth=25,
    inheritance="Autosomal dominant",
    conditions=("Liddle syndrome 1",),
    clinvar=ClinVarAssertion("8836", "Benign", 2),
    frequency=Frequency("gnomAD v4.1", 0.0712),
    interpretation="Common in the population; listed at the request of the ordering physician.",
    criteria=(
        Criterion("BA1", "stand_alone", MET, "Allele frequency 0.0712 is above the threshold of 0.05."),
    ),
)

PANEL = re.findall(
    r"\S+",
    "CFTR SCNN1A SCNN1B SCNN1G DNAH5 DNAH11 DNAI1 DNAI2 CCDC39 CCDC40 RSPH1 RSPH4A RSPH9 LRRC6 ZMYND10 HYDIN "
    "SERPINA1 SFTPB SFTPC ABCA3 NKX2-1 FOXF1 TERT TERC RTEL1 PARN ELN COPA TSC1 TSC2 FLCN BMPR2",
)

TRIO = ReportSnapshot(
    report_id="CR-2026-000417",
    version=1,
    title="Respiratory Disorders Panel",
    report_type="Clinical report of a trio exome with a gene panel",
    status=ReportStatus.FINAL,
    accession_number="ACC-2026-11-0093",
    laboratory=Laboratory(
        name="Northfield Genomics Laboratory",
        address_lines=("14 Harbour Street", "Northfield NF2 8QT"),
        phone="+44 20 7946 0018",
        licence="ISO 15189 accredited, no. 0001",
    ),
    created_at=datetime(2026, 11, 20, 9, 12, tzinfo=UTC),
    approval=Approval(
        "Dr Amara Okafor", "Consultant Clinical Geneticist", datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
    ),
    patient=(
        Fact("First Name", "Łucja"),
        Fact("Last Name", "Nowak-García"),
        Fact("Patient DOB", "2021-03-14"),
        Fact("Patient Sex", "Female"),
        Fact("Specimen Type", "Whole blood (EDTA)"),
        Fact("Date Specimen Collected", "2026-11-02"),
        Fact("Date Specimen Received", "2026-11-04"),
        Fact("Ordering Physician", "Dr Ingrid Sørensen"),
        Fact("Indication for Testing", "Recurrent chest infections, raised sweat chloride"),
    ),
    phenotypes=(
        OntologyTerm("HP:0002110", "Bronchiectasis"),
        OntologyTerm("HP:0012236", "Elevated sweat chloride"),
        OntologyTerm("HP:0001508", "Failure to thrive"),
    ),
    test=TestDescription(
        panel_name="Respiratory Disorders Panel v2.1",
        genes=tuple(PANEL),
        family=(
            FamilyMember("Proband", Sex.FEMALE, AffectedStatus.AFFECTED, "NF-26-0093-A"),
            FamilyMember("Mother", Sex.FEMALE, AffectedStatus.UNAFFECTED, "NF-26-0093-B"),
            FamilyMember("Father", Sex.MALE, AffectedStatus.UNAFFECTED, "NF-26-0093-C"),
        ),
        description="Exome sequencing of the proband and both parents, analysed for the genes below.",
    ),
    findings=(F508DEL, VUS, BENIGN),
    quality=(
        Fact("Mean coverage", "112×"),
        Fact("Bases at 20× or more", "98.4%"),
        Fact("Ti/Tv ratio", "2.98"),
        Fact("Sex check", "Concordant"),
        Fact("Relatedness", "Parents confirmed"),
        Fact("Contamination", "0.2%"),
    ),
    releases=(
        DataRelease(
            "ClinVar", "2024-12-15", "Pathogenic and likely pathogenic, two stars and more", "Public domain"
        ),
        DataRelease("gnomAD", "v4.1", "Exomes, coding regions", "CC0"),
        DataRelease("HPO", "2026-10-09", "Whole ontology and gene links", "HPO licence"),
        DataRelease("Gene models", "MANE v1.4 / RefSeq", "Genes with a known disease", "Public domain"),
    ),
    method=(
        "DNA was captured with an exome kit and sequenced on a short-read platform. Variants were aligned to the "
        "reference, called, normalised and annotated, then filtered by panel, inheritance and frequency. "
        "Classification follows Richards et al. (2015)."
    ),
    not_assessed=(
        "Structural variants, copy-number variants and repeat expansions.",
        "Deep intronic and regulatory regions.",
        "In-silico scores: no source was loaded.",
        "Mosaicism below 20% of reads.",
    ),
    genes_not_covered=("HYDIN", "TERC"),
    references=(
        "Richards S, et al. Standards and guidelines for the interpretation of sequence variants. Genet Med. 2015;17:405–424. doi:10.1038/gim.2015.30",
        "Landrum MJ, et al. ClinVar: improvements to accessing data. Nucleic Acids Res. 2020;48:D835–D844.",
    ),
    assembly=Assembly.GRCH38,
    library_version="0.1.0",
    parameters=(
        Fact("maximum allele frequency", "0.01"),
        Fact("minimum depth", "10"),
        Fact("PM2 threshold", "0.0001"),
    ),
)

EMPTY = msgspec.structs.replace(
    TRIO,
    findings=(),
    status=ReportStatus.DRAFT,
    approval=None,
    phenotypes=(),
    quality=(),
    references=(),
    genes_not_covered=(),
    parameters=(),
    not_assessed=(),
    test=TestDescription(panel_name="Exome"),
)


def long_report(count: int = 40) -> ReportSnapshot:
    """A report of `count` findings in three genes and every section."""
    sections = list(Section)
    findings = tuple(
        msgspec.structs.replace(
            (F508DEL, VUS, BENIGN)[index % 3],
            position=1_000_000 + index,
            hgvs_c=f"c.{1000 + index}A>G",
            section=sections[index % len(sections)],
        )
        for index in range(count)
    )
    return msgspec.structs.replace(TRIO, findings=findings)
