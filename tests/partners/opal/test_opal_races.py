"""What happens at once: changes during an approval, a genome deleted under a launch, two launches, attaching to a run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from cohesin.clinical.reports import approval
from tests.labs import Partner
from tests.partners.opal.laboratory import Laboratory, open_laboratory
from tests.served import World


async def ready(lab: Laboratory, path: Path) -> tuple[int, int]:
    """A panel report that waits for approval, and its only variant."""
    genome = await lab.genome(await lab.project(), path)
    body = {"report_type": "panel", "panel_id": await lab.panel("PER3"), "genome_id": genome}
    report = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    await lab.work()
    (variant,) = (await lab.ok("GET", f"/reports/{report}/variants"))["objects"]
    assert (await lab.status(report, "WAITING FOR APPROVAL")).status_code == 200
    return report, variant["id"]


async def test_a_change_while_documents_are_made_is_in_the_approved_report(
    lab: Laboratory, trio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    report, variant = await ready(lab, trio["proband"])
    freeze, rounds = approval._freeze, []

    async def change_meanwhile(*args: Any) -> Any:
        frozen = await freeze(*args)
        if not rounds:
            patch = [{"op": "replace", "path": "/to_report", "value": "PRIMARY_FINDING"}]
            await lab.ok("PATCH", f"/reports/{report}/variants/{variant}", body=patch)
            await lab.ok("POST", f"/reports/{report}/patient_fields", body={"Last Name": "Late"})
        rounds.append(1)
        return frozen

    monkeypatch.setattr(approval, "_freeze", change_meanwhile)
    assert (await lab.status(report, "APPROVED")).status_code == 200
    assert len(rounds) == 2
    async with lab.world.services.units.open() as uow:
        await uow.enter_tenant(lab.tenant_id)
        snapshot = await uow.conn.fetchval("SELECT snapshot::text FROM clinical.frozen_documents")
    assert "PER3" in snapshot
    assert "Late" in snapshot
    patch = [{"op": "replace", "path": "/status", "value": "CONFIRMED"}]
    late = await lab.request("PATCH", f"/reports/{report}/variants/{variant}", body=patch)
    assert late.status_code == 422


async def test_a_report_that_keeps_changing_is_not_approved_over_the_changes(
    lab: Laboratory, trio: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    report, _ = await ready(lab, trio["proband"])
    freeze = approval._freeze

    async def change_always(*args: Any) -> Any:
        frozen = await freeze(*args)
        await lab.ok("POST", f"/reports/{report}/patient_fields", body={"Last Name": "Late"})
        return frozen

    monkeypatch.setattr(approval, "_freeze", change_always)
    assert (await lab.status(report, "APPROVED")).status_code == 422
    assert (await lab.ok("GET", f"/reports/{report}"))["status"] == "WAITING FOR APPROVAL"


async def test_variants_changed_and_approved_at_once_agree(lab: Laboratory, trio: dict[str, Path]) -> None:
    report, variant = await ready(lab, trio["proband"])
    patch = [{"op": "replace", "path": "/to_report", "value": "PRIMARY_FINDING"}]
    path = f"/reports/{report}/variants/{variant}"
    approved, changed = await asyncio.gather(
        lab.status(report, "APPROVED"), lab.request("PATCH", path, body=patch)
    )
    assert approved.status_code == 200
    assert changed.status_code in (200, 422)
    async with lab.world.services.units.open() as uow:
        await uow.enter_tenant(lab.tenant_id)
        snapshot = await uow.conn.fetchval("SELECT snapshot -> 'findings' FROM clinical.frozen_documents")
    assert bool(snapshot) == (changed.status_code == 200)


async def test_a_genome_deleted_while_reports_are_launched(lab: Laboratory, trio: dict[str, Path]) -> None:
    genome = await lab.genome(await lab.project(), trio["proband"])
    body = {"report_type": "Solo", "genome_id": genome}
    deleted, *launched = await asyncio.gather(
        lab.request("DELETE", f"/genomes/{genome}"),
        *(lab.request("POST", "/reports", body=body) for _ in range(3)),
    )
    kept = [one for one in launched if one.status_code == 200]
    assert {one.status_code for one in launched} <= {200, 422}
    assert deleted.status_code == (422 if kept else 200)
    total = (await lab.ok("GET", "/reports"))["total"]
    assert total == len(kept)


async def test_attaching_to_a_report_that_is_processed_is_422(lab: Laboratory, trio: dict[str, Path]) -> None:
    project = await lab.project()
    genome, other = [await lab.genome(project, trio[role]) for role in ("proband", "father")]
    report = (await lab.ok("POST", "/reports", body={"report_type": "Solo", "genome_id": genome}))[
        "clinical_report"
    ]["id"]
    async with lab.world.services.units.open() as uow:
        await uow.enter_tenant(lab.tenant_id)
        await uow.conn.execute("UPDATE clinical.reports SET status = 'PROCESSING' WHERE number = $1", report)
    refused = await lab.request("PUT", f"/reports/{report}", body={"genome_id": other})
    assert refused.status_code == 422
    shown = await lab.ok("GET", f"/reports/{report}")
    assert (shown["genome_id"], shown["version"]) == (genome, 1)


async def test_a_kit_whose_genome_is_deleted_waits_for_other_data(
    world: World, partner: Partner, trio: dict[str, Path]
) -> None:
    lab = await open_laboratory(world, owner=partner.staff)
    customer = (await partner.customer(consent_date="2026-01-01"))["id"]
    barcode = await partner.ship(customer)
    (registration,) = await partner.get("customer-kit-registrations/", customer=customer)
    project = await lab.project()
    genome = await lab.genome(project, trio["proband"], external_id=barcode)
    await lab.work()
    await lab.ok("DELETE", f"/genomes/{genome}")
    await partner.order(customer)
    path = f"customer-kit-registrations/{registration['id']}/"
    await partner.patch(path, {"verification_date": "2026-02-09"})
    assert "lab.make_report" not in await partner.run_jobs()  # there is nothing to make it of
    again = await lab.genome(project, trio["proband"], external_id=barcode)
    assert again > genome
    await lab.work()
    assert "lab.make_report" in await partner.run_jobs()
    (report,) = await partner.get("reports/")
    assert report["status"] == "report-ready"
