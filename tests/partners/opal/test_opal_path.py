"""The main job, from an uploaded file to a final PDF."""

from __future__ import annotations

from pathlib import Path

from tests.partners.opal.laboratory import Laboratory


async def test_a_panel_report_from_upload_to_final_pdf(lab: Laboratory, trio: dict[str, Path]) -> None:
    project = await lab.project()
    genome = await lab.genome(project, trio["proband"], external_id=" KIT-1 ")
    panel = await lab.panel("PER3, POLR1A, NOTAGENE")
    launch = {"report_type": "panel", "genome_id": genome, "panel_id": str(panel), "accession_id": "ACC-1"}
    report = (await lab.ok("POST", "/reports/", body=launch))["clinical_report"]
    assert (report["status"], report["version"], report["variant_count"]) == ("WAITING", 1, 0)
    assert await lab.work() == ["clinical.annotate_genome", "clinical.process_report"]
    number = report["id"]
    report = await lab.ok("GET", f"/reports/{number}")
    assert report["status"] == "READY TO REVIEW"
    found = await lab.ok("GET", f"/reports/{number}/variants", params={"extended": "True"})
    assert found["total"] == report["variant_count"] > 0
    assert {one["gene_symbol"] for one in found["objects"]} <= {"PER3", "POLR1A"}
    variant = found["objects"][0]["id"]
    steps = [{"op": "replace", "path": "/to_report", "value": "PRIMARY_FINDING"}]
    patched = await lab.ok("PATCH", f"/reports/{number}/variants/{variant}", body=steps)
    assert patched["to_report"] == "PRIMARY_FINDING"
    preview = await lab.get(f"/reports/{number}/pdf_preview")
    assert preview.content.startswith(b"%PDF")
    assert preview.headers["content-disposition"] == f"attachment; filename=report_{number}.pdf"
    assert (await lab.get(f"/reports/{number}/pdf_report")).status_code == 422
    assert (await lab.status(number, "APPROVED")).status_code == 422
    assert (await lab.status(number, "waiting for approval")).status_code == 200
    approved = (await lab.status(number, "APPROVED")).json()["clinical_report"]
    assert approved["status"] == "APPROVED"
    assert approved["report_approved_date"] is not None
    first = await lab.get(f"/reports/{number}/pdf_report")
    assert first.status_code == 200
    assert first.content.startswith(b"%PDF")
    assert (await lab.get(f"/reports/{number}/pdf_report/")).content == first.content
    assert (await lab.get(f"/reports/{number}/pdf_preview")).status_code == 422
    refused = await lab.request("PATCH", f"/reports/{number}/variants/{variant}", body=steps)
    assert refused.status_code == 422
