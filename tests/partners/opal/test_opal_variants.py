"""Report variants, notes, scoring, structural variants and documents: P102 to P121."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cohesin.clinical.reports import approval, review, service
from cohesin.kernel.caller import system_caller
from cohesin_genomics.vcf.split import split_samples
from tests.partners.opal.laboratory import VCF, Laboratory, open_laboratory
from tests.served import World


@dataclass
class Case:
    """A report that is ready to review."""

    lab: Laboratory
    number: int
    variants: list[dict[str, Any]]

    @property
    def path(self) -> str:
        return f"/reports/{self.number}/variants"

    async def listed(self, **params: Any) -> list[int]:
        return [one["id"] for one in (await self.lab.ok("GET", self.path, params=params))["objects"]]

    async def patch(self, variant: int, *steps: tuple[str, str]) -> Any:
        body = [{"op": "replace", "path": path, "value": value} for path, value in steps]
        return await self.lab.request("PATCH", f"{self.path}/{variant}", body=body)


async def open_case(lab: Laboratory, vcf: Path, **body: Any) -> Case:
    genome = await lab.genome(await lab.project(), vcf)
    report = (await lab.ok("POST", "/reports", body={"genome_id": genome, **body}))["clinical_report"]
    await lab.work()
    found = await lab.ok("GET", f"/reports/{report['id']}/variants", params={"extended": "true"})
    assert found["total"] > 3, "the case needs some variants"
    return Case(lab, report["id"], found["objects"])


@pytest.fixture
async def case(lab: Laboratory, trio: dict[str, Path]) -> Case:
    return await open_case(lab, trio["proband"], report_type="Solo")


async def test_filters(case: Case) -> None:
    everything = await case.listed()
    assert everything == sorted(everything) == [one["id"] for one in case.variants]
    assert len(everything) <= 1000
    first = case.variants[0]
    place = {
        "chrom": first["chromosome"],
        "start_on_chrom": first["start_on_chrom"],
        "end_on_chrom": first["end_on_chrom"],
    }
    assert first["id"] in await case.listed(**place)
    assert first["id"] in await case.listed(**{**place, "chrom": first["chromosome"].removeprefix("chr")})
    assert first["id"] not in await case.listed(
        **{**place, "start_on_chrom": first["end_on_chrom"] + 1, "end_on_chrom": 2**31 - 1}
    )
    bases = await case.listed(alt="A")
    assert bases == [one["id"] for one in case.variants if one["alt"] == "A"]
    assert await case.listed(limit=2, offset=1) == everything[1:3]
    await case.patch(everything[0], ("/status", "CONFIRMED"))
    await case.patch(everything[1], ("/status", "REVIEWED"), ("/to_report", "SECONDARY_FINDING"))
    assert await case.listed(status=["CONFIRMED", "REVIEWED"]) == everything[:2]
    assert await case.listed(status=["CONFIRMED", "REVIEWED"], to_report="SECONDARY_FINDING") == [
        everything[1]
    ]
    report = await case.lab.ok("GET", f"/reports/{case.number}")
    assert (report["variant_count"], report["reviewed_variant_count"]) == (len(everything), 2)
    for bad in (
        {"status": "LOST"},
        {"to_report": "x"},
        {"chrom": "23"},
        {"alt": "AC"},
        {"format": "xml"},
        {"limit": 0},
        {"start_on_chrom": "x"},
    ):
        assert (await case.lab.get(case.path, **bad)).status_code == 400, bad


async def test_a_vcf_goes_out_and_back(case: Case) -> None:
    lab, (first, second, third, *_) = case.lab, [one["id"] for one in case.variants]
    await case.patch(first, ("/status", "CONFIRMED"))
    await case.patch(second, ("/status", "FAILED_CONFIRMATION"))
    out = await lab.get(case.path, format="vcf")
    assert out.headers["content-type"].startswith("text/x-vcf")
    lines = [line.split("\t") for line in out.text.splitlines() if not line.startswith("#")]
    assert len(lines) == len(case.variants)
    assert sorted({line[6] for line in lines}) == ["CONFIRMED", "FAIL", "PASS"]
    places = [
        ("XYM".find(line[0][3:]) + 23 if line[0][3:] in "XYM" else int(line[0][3:]), int(line[1]))
        for line in lines
    ]
    assert places == sorted(places)
    back = await lab.ok("PUT", f"{case.path}?format=vcf", content=out.content)
    assert (back["updated"], back["not_found"]) == (0, [])
    one = case.variants[2]
    record = f"{one['chromosome'][3:]}\t{one['start_on_chrom']}\t.\t{one['ref']}\t{one['alt']}\t.\tFAIL\t.\n"
    header = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    content = gzip.compress(
        f"{header}{record}1\t5\t.\tA\tC\t.\tCONFIRMED\t.\n1\t6\t.\tA\tC\t.\tPASS\t.\n".encode()
    )
    done = await lab.ok("PUT", f"{case.path}?format=VCF.gz", content=content)
    assert (done["updated"], done["unchanged"], done["not_found"]) == (1, 0, ["1:5:A:C"])
    assert [(found["id"], found["status"]) for found in done["objects"]] == [(third, "FAILED_CONFIRMATION")]
    again = await lab.ok("PUT", case.path, content=content)
    assert (again["updated"], again["unchanged"]) == (0, 1)
    broken = f"{header}{record.replace('FAIL', 'CONFIRMED')}nonsense\n".encode()
    for wrong in (broken, b"", b"no VCF", content[:-12]):
        assert (await lab.request("PUT", case.path, content=wrong)).status_code == 422
    assert (await lab.request("PUT", f"{case.path}?format=vcf", content=content)).status_code == 422
    assert third in await case.listed(status="FAILED_CONFIRMATION")


async def test_csv_begins_with_the_same_columns(case: Case) -> None:
    out = await case.lab.get(case.path, format="CSV", extended="true")
    rows = list(csv.DictReader(io.StringIO(out.text)))
    assert list(rows[0])[:7] == ["chrom", "start_on_chrom", "end_on_chrom", "ref", "alt", "gene", "zygosity"]
    assert "consequence" in rows[0]
    assert [int(row["id"]) for row in rows] == [one["id"] for one in case.variants]
    plain = await case.lab.get(case.path, format="csv", alt="A")
    assert len(plain.text.splitlines()) == 1 + sum(one["alt"] == "A" for one in case.variants)
    assert "consequence" not in plain.text.splitlines()[0]


async def test_patches_are_all_or_nothing(case: Case) -> None:
    variant = case.variants[0]["id"]
    assert (await case.patch(variant)).json()["status"] == "UNREVIEWED"
    assert (await case.patch(variant, ("/status", "CONFIRMED"), ("/to_report", "MAYBE"))).status_code == 422
    assert (await case.patch(variant, ("/status", "CONFIRMED"), ("/gene", "x"))).status_code == 400
    assert (await case.patch(variant)).json()["status"] == "UNREVIEWED"
    done = (
        await case.patch(
            variant, ("/status", "PENDING"), ("/status", "CONFIRMED"), ("/to_report", "PRIMARY_FINDING")
        )
    ).json()
    assert (done["status"], done["to_report"]) == ("CONFIRMED", "PRIMARY_FINDING")
    assert (await case.patch(999999999, ("/status", "CONFIRMED"))).status_code == 404
    assert (
        await case.lab.request("PATCH", f"{case.path}/{variant}", body={"status": "CONFIRMED"})
    ).status_code == 400


async def test_notes_history_and_scoring(case: Case) -> None:
    lab, (first, second, third, *rest) = case.lab, [one["id"] for one in case.variants]
    notes = f"{case.path}/{first}/internal_notes"
    one = await lab.ok("POST", notes, body={"note": "Check coverage"})
    two = await lab.ok("POST", notes, body={"note": "Fine"})
    assert (one["report_variant_id"], one["created_by"]) == (first, lab.key.user_number)
    listed = (await lab.ok("GET", case.path, params={"limit": 1}))["objects"][0]
    assert [note["note"] for note in listed["internal_notes"]] == ["Check coverage", "Fine"]
    assert listed["internal_notes"] == [one, two]
    for blank in ("", "  "):
        assert (await lab.request("POST", notes, body={"note": blank})).status_code == 422
    assert (
        await lab.request("POST", f"{case.path}/999999999/internal_notes", body={"note": "x"})
    ).status_code == 404
    await case.patch(second, ("/status", "REVIEWED"))
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        await review.classify_variant(uow, case.number, third, "LP", "Likely the cause.")
    scored = await lab.ok("GET", f"{case.path}/scored")
    states = {one["id"]: one["scoring_status"] for one in scored["objects"]}
    assert (states[first], states[second], states[third]) == ("scored", "scoring", "classified")
    assert "audit_log" not in scored["objects"][0]
    (found,) = (
        await lab.ok(
            "GET", f"{case.path}/scored", params={"scoring_status": "classified", "audit_log": "true"}
        )
    )["objects"]
    assert (found["id"], found["classification"]) == (third, "LIKELY_PATHOGENIC")
    assert {entry["field"] for entry in found["audit_log"]} == {"classification", "interpretation"}
    history = (
        await lab.ok("GET", f"{case.path}/scored", params={"scoring_status": "scoring", "audit_log": "True"})
    )["objects"][0]["audit_log"]
    assert (history[0]["old"], history[0]["new"], history[0]["changed_by"]) == (
        "UNREVIEWED",
        "REVIEWED",
        lab.key.user_number,
    )
    assert (await lab.get(f"{case.path}/scored", scoring_status="done")).status_code == 400
    assert rest


async def test_selectable_variants(case: Case, lab: Laboratory) -> None:
    path = f"/reports/{case.number}/selectable_variants"
    listed = await lab.ok("GET", path, params={"limit": 2})
    assert (len(listed["objects"]), listed["total"]) == (2, len(case.variants))
    file = await lab.get(path, format="vcf", limit=10000)
    assert file.headers["content-disposition"] == f"attachment; filename=report_{case.number}_variants.vcf"
    one = case.variants[0]
    target = {"chromosome": one["chromosome"], "start_on_chrom": one["start_on_chrom"]}
    hits = (await lab.ok("POST", path, body=[target, target, {"chromosome": "1", "start_on_chrom": 5}]))[
        "objects"
    ]
    assert one["id"] in [hit["id"] for hit in hits]
    assert len({hit["id"] for hit in hits}) == len(hits)
    assert (await lab.ok("POST", path, body=[{**target, "gene_symbol": "NOTAGENE"}]))["objects"] == []
    assert (await lab.request("POST", path, body=[{"chromosome": "1"}])).status_code == 422
    body = {"report_type": "panel", "panel_id": await lab.panel("CFTR")}
    panel = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    assert (await lab.get(f"/reports/{panel}/selectable_variants")).status_code == 422


async def test_structural_variants(lab: Laboratory, tmp_path: Path) -> None:
    files = split_samples(VCF / "trio_SV_scout_GRCh37.vcf.gz", tmp_path)
    genome = await lab.genome(await lab.project(), files["ADM1059A3"])
    report = (await lab.ok("POST", "/reports", body={"report_type": "Solo", "genome_id": genome}))[
        "clinical_report"
    ]
    path = f"/reports/{report['id']}/structural_variants"
    assert await lab.ok("GET", path) == {"objects": [], "total": 0}
    await lab.work()
    found = (await lab.ok("GET", path))["objects"]
    assert found
    assert {one["sv_type"] for one in found} <= {"DEL", "DUP", "INV", "INS", "BND", "CNV"}
    chrom = found[0]["chromosome"]
    filtered = (await lab.ok("GET", path, params={"chrom": chrom, "status": "UNREVIEWED"}))["objects"]
    assert filtered == [one for one in found if one["chromosome"] == chrom]
    assert (await lab.ok("GET", path, params={"status": "REVIEWED"}))["total"] == 0
    vcf = await lab.get(path, format="VCF")
    assert len([line for line in vcf.text.splitlines() if not line.startswith("#")]) == len(found)
    assert len((await lab.get(path, format="csv")).text.splitlines()) == len(found) + 1
    assert (await lab.get(path, status="x")).status_code == 400


async def test_the_final_pdf_holds_what_was_reported(case: Case, world: World) -> None:
    lab, variant = case.lab, case.variants[0]["id"]
    await case.patch(variant, ("/to_report", "PRIMARY_FINDING"))
    await lab.ok("POST", f"{case.path}/{variant}/internal_notes", body={"note": "for us only"})
    async with world.services.units.open(system_caller(lab.tenant_id)) as uow:
        await review.classify_variant(uow, case.number, variant, "VUS", "Seen once.")
        report = await service.access_report(uow, case.number)
        one = await review.get_variant(uow, report, variant)
        parts = await approval.preview_parts(uow, case.number)
    assert {item["code"] for item in one.evidence["criteria"]} >= {"PVS1", "BA1", "PM2"}
    assert one.evidence["members"]["proband"]["state"] == "called"
    assert [found.number for found in parts.variants] == [variant]
    await lab.status(case.number, "WAITING FOR APPROVAL")
    await lab.status(case.number, "APPROVED")
    async with world.services.units.open(system_caller(lab.tenant_id)) as uow:
        document = await approval.get_final_document(uow, case.number)
    (finding,) = document.snapshot["findings"]
    assert (finding["classification"], finding["interpretation"]) == ("VUS", "Seen once.")
    assert "for us only" not in str(document.snapshot)
    assert document.snapshot["releases"]
    assert "@example.org" in document.snapshot["approval"]["name"]
    assert lab.key.login in document.snapshot["approval"]["role"]
    for method, path, body in (("PATCH", f"{case.path}/{variant}", [{"op": "replace", "path": "/status", "value": "REVIEWED"}]),
                               ("POST", f"{case.path}/{variant}/internal_notes", {"note": "late"})):  # fmt: skip
        assert (await lab.request(method, path, body=body)).status_code == 422
    out = await lab.get(case.path, format="vcf")
    assert (await lab.request("PUT", case.path, content=out.content)).status_code == 422


async def test_variants_before_review_are_an_empty_list_and_there_is_no_pdf(lab: Laboratory) -> None:
    report = (await lab.ok("POST", "/reports", body={"report_type": "Solo"}))["clinical_report"]["id"]
    assert await lab.ok("GET", f"/reports/{report}/variants") == {"objects": [], "total": 0}
    assert await lab.ok("GET", f"/reports/{report}/variants/scored") == {"objects": [], "total": 0}
    for name in ("pdf_report", "pdf_preview"):
        refused = await lab.get(f"/reports/{report}/{name}")
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/json"
        assert (await lab.get(f"/reports/999999999/{name}")).status_code == 404


async def test_another_tenant_sees_none_of_it(case: Case, world: World) -> None:
    other = await open_laboratory(world)
    variant = case.variants[0]["id"]
    own = (await other.ok("POST", "/reports", body={"report_type": "Solo"}))["clinical_report"]["id"]
    for path in (case.path, f"{case.path}/scored", f"/reports/{case.number}/pdf_preview"):
        assert (await other.get(path)).status_code == 404
    assert (await other.request("PATCH", f"/reports/{own}/variants/{variant}", body=[])).status_code == 404
