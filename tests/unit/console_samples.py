"""One family's report as the console shows it; the variants are public ones, the family is nobody."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cohesin.console.pages import Shell
from cohesin.console.views import (
    Badge,
    Cell,
    Choice,
    ClinVarView,
    CriterionView,
    Filters,
    FrequencyView,
    ListPage,
    Member,
    MemberCall,
    NoteView,
    Paging,
    PatientField,
    ReportHead,
    ReviewPage,
    ScorePart,
    Step,
    TextFilter,
    VariantDetail,
    VariantRow,
    VerdictView,
)

AT = datetime(2026, 3, 4, 9, 5, tzinfo=UTC)
SHELL = Shell(
    user_name="Ada Okafor", tenant_name="Example Genetics Laboratory", csrf="token", active="reports"
)
CHILD = Member("NA12882", "Proband", "male", affected=True)
MOTHER = Member("NA12878", "Mother", "female", affected=False)
FATHER = Member("NA12877", "Father", "male", affected=False)

HEAD = ReportHead(
    id="17",
    title="Report 17",
    status=Badge("Ready to review", "wait"),
    test_type="Trio",
    accession="ACC-2026-0117",
    kit_barcode="KIT-00042",
    panel="Cystic fibrosis and related",
    assembly="GRCh37",
    revision=4,
    version=1,
    created_at=AT,
    members=(CHILD, MOTHER, FATHER),
    steps=(
        Step("READY FOR INTERPRETATION", "Ready for interpretation"),
        Step("WAITING FOR APPROVAL", "Waiting for approval"),
    ),
    can_approve=False,
    has_preview=True,
)


def row(number: int, gene: str | None, name: str, **more: object) -> VariantRow:
    facts: dict[str, object] = {
        "id": str(number),
        "rank": number,
        "gene": gene,
        "name": name,
        "location": f"7:{117_100_000 + number * 7919}",
        "contig_order": 7,
        "position": 117_100_000 + number * 7919,
        "consequence": "Missense variant",
        "impact": "MODERATE",
        "zygosity": "heterozygous",
        "frequency": None,
        "clinvar": None,
        "inheritance": (),
        "proposed": "VUS",
        "classification": None,
        "status": "UNREVIEWED",
        "to_report": "DO_NOT_REPORT",
        "score": max(0.05, 0.86 - number * 0.06),
    }
    return VariantRow(**(facts | more))  # type: ignore[arg-type]


DELTA_F508 = row(
    1, "CFTR", "p.Phe508del", location="7:117199644", position=117_199_644, consequence="Inframe deletion", zygosity="homozygous",
    frequency=0.0068, clinvar="Pathogenic", inheritance=("Autosomal recessive",), proposed="P", to_report="PRIMARY_FINDING",
    status="REVIEWED", classification="P", score=0.91,
)  # fmt: skip
ROWS = (
    DELTA_F508,
    row(
        2,
        "CFTR",
        "c.1210-34TG[11]T[5]",
        consequence="Intron variant",
        impact="MODIFIER",
        frequency=0.0412,
        clinvar="Conflicting",
    ),
    row(
        3,
        "PRSS1",
        "p.Asn29Ile",
        clinvar="Pathogenic",
        frequency=0.00001,
        proposed="LP",
        inheritance=("Autosomal dominant", "De novo"),
    ),
    row(4, "SPINK1", "p.Asn34Ser", frequency=0.0094, clinvar="Uncertain"),
    row(5, "CTRC", "p.Arg254Trp", consequence="Stop gained", impact="HIGH"),
    row(
        6,
        "<b>GENE&",
        "c.1A>\"G'",
        frequency=0.12,
        proposed="B",
        consequence="Synonymous variant",
        impact="LOW",
    ),
    *(
        row(number, "CASR", f"p.Gly{number}Ser", frequency=number / 5000, proposed="LB")
        for number in range(7, 19)
    ),
)
DETAIL = VariantDetail(
    row=DELTA_F508,
    locus="7:117199585-117199703",
    hgvs_c="NM_000492.4:c.1521_1523del",
    hgvs_p="NP_000483.3:p.Phe508del",
    hgvs_g="NC_000007.13:g.117199646_117199648del",
    transcript="NM_000492.4 (MANE Select)",
    rsid="rs113993960",
    alleles="ATCT>A",
    calls=(
        MemberCall(member=CHILD, zygosity="Homozygous", genotype="1/1", depth=42, alt_depth=41, quality=99),
        MemberCall(
            member=MOTHER, zygosity="Heterozygous", genotype="0/1", depth=38, alt_depth=19, quality=99
        ),
        MemberCall(
            member=FATHER, zygosity="Heterozygous", genotype="0/1", depth=35, alt_depth=16, quality=99
        ),
    ),
    frequencies=(FrequencyView("1000 Genomes phase 3", 0.0068, "highest in EUR"),),
    clinvar=ClinVarView(
        "Pathogenic", 4, "7105", ("Cystic fibrosis", "Congenital bilateral aplasia of vas deferens")
    ),
    verdicts=(
        VerdictView(
            "Autosomal recessive", "pass", "The affected child is homozygous, both parents carry one copy."
        ),
        VerdictView("Autosomal dominant", "fail", "Unaffected parents carry the variant."),
        VerdictView("De novo", "fail", "The parents carry the variant."),
        VerdictView("Mitochondrial", "not_evaluated", "The variant is not in the mitochondrial genome."),
    ),
    parts=(
        ScorePart("effect", 0.7, 0.20, "Inframe deletion (MODERATE)", assessed=True),
        ScorePart("frequency", 0.4, 0.12, "0.0068 in 1000 Genomes", assessed=True),
        ScorePart("clinvar", 1.0, 0.20, "Pathogenic, 4 stars", assessed=True),
        ScorePart("inheritance", 1.0, 0.15, "Fits autosomal recessive", assessed=True),
        ScorePart("quality", 1.0, 0.05, "Well covered", assessed=True),
        ScorePart("phenotype", 0.3, 0.28, "No phenotype terms given", assessed=False),
    ),
    criteria=(
        CriterionView(
            "PM4", "Moderate", "met", "An in-frame deletion changes the protein's length outside a repeat."
        ),
        CriterionView("PP5", "Supporting", "met", "ClinVar: pathogenic, reviewed by a practice guideline."),
        CriterionView("BA1", "Stand-alone", "not_met", "The highest population frequency is below 5 %."),
        CriterionView("PS3", "Strong", "not_evaluated", "No functional studies are looked up."),
        CriterionView("PM3", "Moderate", "not_evaluated", "Phase with a second variant is not known."),
    ),
    interpretation="The most common cause of cystic fibrosis.",
    notes=(NoteView("Ada Okafor", "Sanger confirmation asked for.", AT),),
    conditions=("Cystic fibrosis (AR)", "Hereditary pancreatitis (AD)"),
)
REVIEW = ReviewPage(
    head=HEAD,
    rows=ROWS,
    patient=(
        PatientField("First Name", "Test"),
        PatientField("Last Name", "Person"),
        PatientField("Patient DOB", "2019-02-03"),
    ),
    releases=("ClinVar 2024-12-15", "1000 Genomes phase 3", "HPO 2025-01-16"),
)
APPROVED = ReviewPage(
    head=msgspec.structs.replace(
        HEAD, status=Badge("Approved", "good"), is_open=False, is_approved=True, steps=(),
        approval="Approved by Ada Okafor on 4 March 2026, 09:05 UTC",
    ),
    rows=ROWS,
    patient=REVIEW.patient,
)  # fmt: skip


def list_page(rows: int, *, filtered: bool = False) -> ListPage:
    cells = tuple(
        (
            Cell(text=f"Report {number}", link=f"/reports/{number}"),
            Cell(
                badge=(
                    Badge("Approved", "good"),
                    Badge("Ready to review", "wait"),
                    Badge("Processing", "work"),
                    Badge("Failed", "bad"),
                )[number % 4]
            ),
            Cell(text="Trio"),
            Cell(text=f"ACC-2026-{number:04}", mono=True),
            Cell(text=f"KIT-{number:05}", mono=True) if number % 3 else Cell(),
            Cell(moment=AT),
        )
        for number in range(1, rows + 1)
    )
    return ListPage(
        title="Reports",
        lead="Clinical reports, newest first.",
        columns=("Report", "State", "Test", "Accession", "Kit", "Created"),
        rows=cells,
        filters=Filters(
            "/reports",
            (TextFilter("accession", "Accession number", ""),),
            "",
            (Choice("APPROVED", "Approved"),),
        ),
        paging=Paging(1, rows, rows),
        empty="There is no report yet. One begins when a genome is uploaded and a report is launched.",
        filtered=filtered,
    )
