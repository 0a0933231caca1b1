"""What the demo laboratory holds. Every person is invented; the genomes are public samples (see their NOTICE)."""

from __future__ import annotations

from datetime import date
from typing import Any, Final, Literal

import msgspec

TENANT_NAME: Final = "Cohesin Demo Laboratory"
TENANT_DOMAIN: Final = "demo.cohesin.example"
OWNER_EMAIL: Final = "owner@demo.cohesin.example"
OWNER_NAME: Final = "Dr. Alex Winter"
SPACE_NAME: Final = "Riverside Clinic"
PARTNER_NAME: Final = "Meadow Wellness"
TOOLBOX_USERNAME: Final = "meadow-wellness"
CONNECT_ACCOUNT: Final = "Harbour Health Records"
KIT_SKU: Final = "PT-Kit-1"
PROJECT_NAME: Final = "Demo genomes"
ASSAY_NAME: Final = "Exome, hybrid capture"
QC_FIELDS: Final = ["Mean target coverage", "Target bases at 20x (%)", "Contamination (%)"]

EXOME_FILE: Final = "NA12878_exome_GRCh37.vcf.gz"
TRIO_FILE: Final = "trio_NA12882_scout_GRCh37.vcf.gz"
#: Sample of the trio's file: who it is in the family (NA12882, NA12878, NA12877 of CEPH pedigree 1463).
TRIO: Final = {"proband": "ADM1059A2", "mother": "ADM1059A3", "father": "ADM1059A1"}
SEXES: Final = {"proband": "male", "mother": "female", "father": "male"}

ADDRESS: Final = {
    "line_1": "12 Sample Street",
    "city": "Springfield",
    "state": "MA",
    "postal_code": "01103",
    "country": "US",
}
PHONE: Final = "+1 413 555 0142"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """An invented customer with one kit; `steps` are what the laboratory did with it, `skus` what was ordered."""

    key: str
    facts: dict[str, Any]
    barcode: str
    steps: tuple[str, ...] = ()
    verified: bool = True
    shipped: bool = True
    skus: tuple[str, ...] = ()
    genetic_data: dict[str, str] | None = None


def _facts(first: str, last: str, born: date, sex: str, **more: Any) -> dict[str, Any]:
    facts = {"first_name": first, "last_name": last, "date_of_birth": born, "sex": sex, **more}
    return {"reference_id": f"MW-{last.upper()}", "consent_date": date(2026, 1, 12), **facts}


PEOPLE: Final = (
    Person(
        key="exome",
        facts=_facts("Nora", "Lindgren", date(1988, 4, 17), "female", caffeine_consumption=True),
        barcode="DEMO-KIT-0001",
        steps=("receive", "start"),
        skus=("methylation-1", "caffeine-1"),
    ),
    Person(
        key="child",
        facts=_facts("Milo", "Okafor", date(2021, 9, 3), "male"),
        barcode="DEMO-KIT-0002",
        steps=("receive",),
    ),
    Person(
        key="sent_data",
        facts=_facts("Iris", "Castellano", date(1979, 11, 30), "female", diet=["vegetarian"]),
        barcode="DEMO-KIT-0003",
        verified=False,
        skus=("methylation-1",),
        genetic_data={"rs1801133": "AG", "rs1801131": "TT", "rs4680": "AG"},
    ),
    Person(
        key="waiting",
        facts=_facts("Jonas", "Petrov", date(1994, 2, 8), "male"),
        barcode="DEMO-KIT-0004",
        steps=("receive", "start"),
        skus=("wellness-bundle-1",),
    ),
    Person(
        key="without_consent",
        facts=_facts("Leila", "Haddad", date(1966, 6, 21), "female", consent_date=None),
        barcode="DEMO-KIT-0005",
        steps=("receive", "fail"),
        skus=("fitness-1",),
    ),
    Person(
        key="lost",
        facts=_facts("Tomas", "Brandt", date(1983, 12, 1), "male"),
        barcode="DEMO-KIT-0006",
        steps=("lose",),
    ),
    Person(
        key="new_kit",
        facts=_facts("Ada", "Moreau", date(2000, 5, 5), "female"),
        barcode="DEMO-KIT-0007",
        shipped=False,
        verified=False,
    ),
)
REASONS: Final = {"fail": "too little DNA", "lose": "the parcel did not arrive"}

LIMITATIONS: Final = (
    "The file supplied lists variant sites only: a gene without a finding may have been read or not. Large deletions "
    "and duplications, repeat expansions and deep intronic variants are outside this test."
)


class GeneList(msgspec.Struct, frozen=True, kw_only=True):
    """A gene panel."""

    key: str
    name: str
    description: str
    code: str
    genes: tuple[str, ...]


PANELS: Final = (
    GeneList(
        key="carrier",
        name="Carrier screening",
        description="Recessive conditions for which a carrier's family may be offered testing",
        code="DEMO-CARRIER",
        genes=("HEXA", "PAH", "TPP1", "CFTR", "SMN1", "HBB", "GJB2", "ACADM", "GALT", "ASPA", "BLM", "FANCC"),
    ),
    GeneList(
        key="immune",
        name="Immune deficiency",
        description="Inborn errors of immunity with recurrent infections",
        code="DEMO-IMMUNE",
        genes=("UNC93B1", "LYST", "C7", "TLR3", "TICAM1", "TRAF3", "TBK1", "IRF3", "STAT1", "RAG1", "RAG2", "BTK", "AP3B1"),
    ),
    GeneList(
        key="heart",
        name="Inherited arrhythmia",
        description="Genes of long QT, Brugada and catecholaminergic arrhythmia",
        code="DEMO-RHYTHM",
        genes=("KCNQ1", "KCNH2", "SCN5A", "KCNE1", "KCNE2", "CALM1", "RYR2", "CASQ2", "TRDN"),
    ),
)  # fmt: skip


class CaseReport(msgspec.Struct, frozen=True, kw_only=True):
    """A clinical report: who it is of, what it looks for, and how far the demo takes it."""

    key: str
    person: str
    test_type: str
    panel: str
    indication: str
    terms: tuple[str, ...] = ()
    approved: bool = False
    downloaded: bool = False


REPORTS: Final = (
    CaseReport(
        key="trio",
        person="child",
        test_type="panel_trio",
        panel="immune",
        indication="Recurrent bacterial infections since infancy",
        terms=("HP:0002718", "HP:0002721"),
    ),
    CaseReport(
        key="panel",
        person="exome",
        test_type="panel",
        panel="heart",
        indication="Fainting on exertion; a brother has long QT syndrome",
    ),
    CaseReport(
        key="approved",
        person="exome",
        test_type="panel",
        panel="carrier",
        indication="Carrier screening before pregnancy",
        approved=True,
    ),
    CaseReport(
        key="downloaded",
        person="exome",
        test_type="panel",
        panel="immune",
        indication="Frequent infections in the family",
        approved=True,
        downloaded=True,
    ),
)


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo's clinician made of a variant, found by gene and GRCh37 position."""

    gene: str
    position: int
    classification: Literal["P", "LP", "VUS", "LB", "B"]
    to_report: Literal["PRIMARY_FINDING", "SECONDARY_FINDING", "DO_NOT_REPORT"]
    interpretation: str


JUDGEMENTS: Final = (
    Judgement(
        gene="HEXA",
        position=72647903,
        classification="P",
        to_report="PRIMARY_FINDING",
        interpretation="One copy of HEXA carries a stop codon that ClinVar reports as pathogenic for Tay-Sachs disease. "
        "Carriers are healthy; testing of the partner is recommended before pregnancy.",
    ),
    Judgement(
        gene="PAH",
        position=103234252,
        classification="P",
        to_report="PRIMARY_FINDING",
        interpretation="One copy of PAH carries a missense change that ClinVar reports as pathogenic for phenylketonuria. "
        "Carriers are healthy; testing of the partner is recommended before pregnancy.",
    ),
    Judgement(
        gene="TPP1",
        position=6638385,
        classification="LP",
        to_report="SECONDARY_FINDING",
        interpretation="One copy of TPP1 carries a change of the invariant acceptor site. "
        "Two such copies cause neuronal ceroid lipofuscinosis 2; a carrier is not expected to be ill.",
    ),
)
QUALITY: Final = {"Mean target coverage": 87, "Target bases at 20x (%)": 96.4, "Contamination (%)": 0.3}
