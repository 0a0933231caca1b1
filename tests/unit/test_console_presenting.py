"""From services' answers to view models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cohesin.clinical.reports.entity import Change, Member, Note, Report, ReportDetail, ReportVariant
from cohesin.console.presenting.lists import PAGE_SIZE, kits_page, paging_of, reports_page
from cohesin.console.presenting.reports import head_of, people_of, progress_of, review_of
from cohesin.console.presenting.variants import detail_of, family_vcf, row_of, short_name
from cohesin.kernel.caller import Caller, CallerKind, system_caller
from cohesin.kernel.http.answers import page_of
from cohesin.lab.kits.schemas import LabKit

AT = datetime(2026, 3, 4, 9, 5, tzinfo=UTC)
SOMEONE = UUID(int=7)
CALLED = {
    "state": "called",
    "genotype": "0/1",
    "zygosity": "heterozygous",
    "depth": 40,
    "alt_depth": 10,
    "genotype_quality": 99.0,
}
EVIDENCE: dict[str, Any] = {
    "members": {"proband": CALLED, "mother": {"state": "no_record"}},
    "transcripts": [{"transcript": "NM_1.2", "mane_select": True}],
    "clinvar": {
        "significance": "Pathogenic/Likely_pathogenic",
        "stars": 2,
        "variation_id": "12",
        "conditions": ["A disease"],
    },
    "population": None,
    "modes": [{"mode": "autosomal_dominant", "verdict": {"state": "pass", "reason": "fits"}, "support": 2}],
    "mendelian_inconsistencies": ["the father lacks it"],
    "phenotype": None,
    "components": [{"name": "clinvar", "value": 0.9, "weight": 0.2, "explanation": "P/LP", "assessed": True}],
    "criteria": [{"code": "PVS1", "strength": "very_strong", "state": "met", "evidence": "loss of function"}],
}
VARIANT = ReportVariant(
    id=UUID(int=1), number=31, report_id=UUID(int=2), contig="7", position=500, end_position=503, ref="ATCT", alt="A", gene="CFTR",
    rsid=None, zygosity="heterozygous", quality=None, filter="PASS", consequence="missense_variant", impact="MODERATE",
    transcript="NM_1.2", hgvs_c="NM_1.2:c.5A>G", hgvs_p=None, hgvs_g=None, frequency=None, inheritance="autosomal_dominant", rank=1,
    score=0.7, proposed_class="LP", evidence=EVIDENCE, status="UNREVIEWED", to_report="DO_NOT_REPORT", classification=None,
    interpretation="",
)  # fmt: skip
REPORT = Report(
    id=UUID(int=2), number=17, test_type="Trio", status="READY TO REVIEW", failure_reason=None, version=1, revision=3,
    accession_id="ACC", project_number=None, panel_id=None, panel_number=None, panel_name=None, assay_type_id=None,
    assay_type_number=None, disease_id=None, filter_id=None, include_cosmic=False, score_indels=False, background=None,
    duo_relation=None, hpo_terms=None, comment="", run_facts={"assembly": "GRCh38"}, created_by=None, created_at=AT, submitted_at=AT,
    processed_at=AT, sent_for_approval_by=None, sent_for_approval_at=None, approved_by=None, approved_at=None, variant_count=4,
    reviewed_variant_count=1,
)  # fmt: skip


def member(slot: Any, status: str = "ANNOTATED", **more: Any) -> Member:
    facts = {
        "report_id": REPORT.id, "slot": slot, "genome_id": UUID(int=9), "genome_number": 9, "genome_label": slot,
        "genome_status": status, "external_id": "KIT-1", "sex": None, "affected": None, "relationship": None, "label": None,
    }  # fmt: skip
    return Member(**(facts | more))


DETAIL = ReportDetail(
    report=REPORT,
    members=[member("proband", sex="f", relationship="self"), member("mother", relationship="mother")],
    patient_fields=[("Last Name", "Person"), ("Own Field", "x")],
)
OWNER = system_caller(UUID(int=3))
READER = Caller(
    kind=CallerKind.USER, id=SOMEONE, tenant_id=UUID(int=3), permissions=frozenset({"clinical:read"})
)


def with_status(status: Any, **more: Any) -> ReportDetail:
    return msgspec.structs.replace(DETAIL, report=msgspec.structs.replace(REPORT, status=status, **more))


def test_a_row_names_the_change_shortly_and_keeps_unknown_unknown() -> None:
    row = row_of(VARIANT)
    assert (row.name, row.consequence, row.clinvar, row.frequency) == ("c.5A>G", "Missense", "P/LP", None)
    assert row.inheritance == ("Autosomal dominant",)
    assert row.shown_class == "LP"
    assert short_name(msgspec.structs.replace(VARIANT, hgvs_c=None)) == "ATCT>A"


def test_a_panel_tells_who_carries_it_and_who_did_what() -> None:
    note = Note(number=1, variant_id=VARIANT.id, note="look", created_by=SOMEONE, created_at=AT)
    change = Change(
        variant_id=VARIANT.id,
        field="classification",
        old_value=None,
        new_value="LP",
        changed_by=UUID(int=8),
        changed_at=AT,
    )
    detail = detail_of(VARIANT, people_of(DETAIL), [note], [change], {SOMEONE: "Ada"})
    proband, mother = detail.calls
    assert (proband.zygosity, proband.share) == ("Heterozygous", 0.25)
    assert (mother.zygosity, mother.share) == ("No call here", None)
    assert detail.transcript == "NM_1.2 (MANE Select)"
    assert detail.frequencies == ()
    assert [(one.name, one.state) for one in detail.verdicts] == [
        ("Autosomal dominant", "pass"),
        ("Not Mendelian", "fail"),
    ]
    assert (detail.notes[0].author, detail.changes[0].author) == ("Ada", "Someone else")
    assert detail.changes[0].text == "Classification: none → LP"
    assert detail.locus == "7:1-1503"


def test_people_are_drawn_by_sex_and_state() -> None:
    people = people_of(DETAIL)
    assert (people["proband"].sex, people["proband"].affected) == ("female", True)
    assert (people["mother"].sex, people["mother"].affected) == ("female", False)
    assert people_of(msgspec.structs.replace(DETAIL, members=[member("proband", genome_id=None)])) == {}


@pytest.mark.parametrize(
    ("status", "caller", "is_open", "can_approve"),
    [
        ("READY TO REVIEW", OWNER, True, False),
        ("WAITING FOR APPROVAL", OWNER, True, True),
        ("WAITING FOR APPROVAL", READER, False, False),
    ],
)
def test_a_head_offers_what_its_reader_may_do(
    status: str, caller: Caller, is_open: bool, can_approve: bool
) -> None:
    head = head_of(with_status(status), caller, {})
    assert (head.is_open, head.can_approve, bool(head.steps)) == (is_open, can_approve, is_open)
    assert status not in {step.value for step in head.steps}
    assert head.assembly == "GRCh38"


def test_an_approved_report_says_by_whom() -> None:
    head = head_of(with_status("APPROVED", approved_at=AT, approved_by=SOMEONE), OWNER, {SOMEONE: "Ada"})
    assert head.approval == "Approved by Ada on 4 March 2026, 09:05 UTC"
    assert (head.is_open, head.has_preview) == (False, False)


def test_usual_patient_fields_can_be_filled_and_others_stay() -> None:
    fields = {field.name: field.value for field in review_of(DETAIL, [VARIANT], OWNER, {}).patient}
    assert fields["Last Name"] == "Person"
    assert fields["First Name"] == ""
    assert fields["Own Field"] == "x"


@pytest.mark.parametrize(
    ("status", "genomes", "percent"),
    [
        ("WAITING", ("QUEUED", "QUEUED"), 0),
        ("WAITING", ("ANNOTATED", "ANNOTATING"), 50),
        ("PROCESSING", ("ANNOTATED", "ANNOTATED"), 83),
    ],
)
def test_progress_counts_genomes_and_the_run(status: str, genomes: tuple[str, str], percent: int) -> None:
    members = [member("proband", genomes[0]), member("mother", genomes[1])]
    found = progress_of(msgspec.structs.replace(with_status(status), members=members))
    assert found is not None
    assert found.percent == percent


def test_a_failure_is_told_and_a_report_to_review_is_not_in_work() -> None:
    failed = progress_of(with_status("FAILED", failure_reason="genome 9 could not be annotated"))
    assert failed is not None
    assert (failed.running, failed.failure) == (False, "Genome 9 could not be annotated.")
    assert progress_of(DETAIL) is None


def test_the_family_track_has_a_column_for_each_person() -> None:
    lines = family_vcf([VARIANT], people_of(DETAIL)).splitlines()
    assert lines[2].split("\t")[9:] == ["Proband", "Mother"]
    assert lines[3].split("\t") == ["7", "500", ".", "ATCT", "A", ".", ".", ".", "GT", "0/1", "./."]


def test_pages_keep_their_filters() -> None:
    paging = paging_of("/kits", {"state": "lost", "barcode": ""}, PAGE_SIZE, PAGE_SIZE, 3 * PAGE_SIZE)
    assert (paging.first, paging.last) == (PAGE_SIZE + 1, 2 * PAGE_SIZE)
    assert paging.previous == "/kits?state=lost"
    assert paging.next == f"/kits?state=lost&offset={2 * PAGE_SIZE}"


def test_lists_show_states_in_words_and_nothing_of_the_patient() -> None:
    kit = LabKit(
        id=UUID(int=1), number=1, partner_id=None, barcode="KIT-1", sku=None, shipment_id=None, shipment_number=None, status=None,
        reason=None, location_id=None, genome_id=None, created_at=AT, updated_at=AT,
    )  # fmt: skip
    assert kits_page(page_of([kit], 1, PAGE_SIZE, 0), "", "").rows[0][1].badge.label == "New"  # type: ignore[union-attr]
    listed = reports_page([DETAIL], 1, {"accession": "", "kit": "", "state": ""}, 0)
    texts = {cell.text for cell in listed.rows[0]}
    assert {"Report 17", "Trio", "ACC", "KIT-1", "1 of 4"} <= texts
    assert not texts & {"Person", "x"}
