"""The task that makes an ordered report: the panel's markers in the person's data, as a PDF."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.caller import Caller, system_caller
from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.ids import new_id
from cohesin.kernel.late import LateFunction
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.tasks import Retry, TaskContext, task
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.customers.service import get_customer
from cohesin.lab.events import lock_lab
from cohesin.lab.panels.schemas import LabPanel
from cohesin.lab.panels.service import get_panel
from cohesin.lab.rendering.content import PanelReport
from cohesin.lab.reports import queries
from cohesin.lab.reports.rules import Standing, find_obstacle
from cohesin.lab.reports.schemas import DeliveredFile, LabReport
from cohesin.lab.reports.service import deliver_file
from cohesin_genomics.markers import MARKER_SOURCE, MarkerCall

RETRY: Final = Retry(attempts=6, wait=timedelta(seconds=5))
render_panel_report: Final[LateFunction[bytes]] = LateFunction(
    "cohesin.lab.rendering.pdf", "render_panel_report"
)
read_markers: Final[LateFunction[tuple[list[MarkerCall], str]]] = LateFunction(
    "cohesin.lab.reports.genome_markers", "read_markers"
)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report is made from, read in one transaction."""

    report: LabReport
    panel: LabPanel
    customer_name: str
    reference_id: str | None
    date_of_birth: str | None
    genome_key: str | None
    sealed_result: bytes | None


def result_context(report_id: UUID) -> SealContext:
    """Where a result computed from sent genotypes is sealed until its report is made."""
    return SealContext("lab.reports", "sealed_result", str(report_id))


def seal_result(sealer: Sealer, report_id: UUID, calls: list[MarkerCall]) -> bytes:
    """A computed result as it waits for consent."""
    return sealer.seal(msgspec.json.encode(calls), result_context(report_id))


@task(name="lab.make_report", retry=RETRY, lock="lab-report:{report_id}")
async def make_report(context: TaskContext, *, tenant_id: str, report_id: str) -> None:
    """Make a report's file and deliver it, unless it is delivered already or something stands in the way again."""
    services = context.services
    units, store, sealer = services.units, services.get(ObjectStore), services.get(Sealer)
    caller = system_caller(UUID(tenant_id))
    material = await _gather(units, caller, UUID(report_id))
    if material is None:
        return
    calls, assembly = await _call_markers(material, store, sealer)
    content = _content(material, calls, assembly, units.clock.now().date().isoformat())
    pdf = await asyncio.to_thread(render_panel_report, content)
    stored = await store.put_bytes(f"lab/reports/{report_id}/{new_id()}.pdf", pdf)
    async with units.open(caller) as uow:
        await lock_lab(uow)
        kept = await _find_material(uow, UUID(report_id)) is not None
        if kept:
            name = f"{material.panel.sku}-{material.report.number}.pdf"
            file = DeliveredFile(object_key=stored.key, size_bytes=stored.size, file_name=name)
            await deliver_file(uow, UUID(report_id), file)
    if not kept:
        await store.delete(stored.key)


async def _gather(units: Units, caller: Caller, report_id: UUID) -> Material | None:
    async with units.open(caller) as uow:
        return await _find_material(uow, report_id)


async def _find_material(uow: UnitOfWork, report_id: UUID) -> Material | None:
    """The material of a report that may be made now, else None."""
    report = await queries.find_report(uow.conn, uow.tenant_id, report_id)
    if report is None or report.status != "pending" or report.panel_id is None:
        return None
    customer = await get_customer(uow, report.customer_id)
    kit = await queries.find_kit_with_data(uow.conn, uow.tenant_id, report.customer_id)
    standing = Standing(
        consent_given=customer.consent_date is not None,
        own_data=report.own_data,
        kit_has_data=kit is not None,
        kit_verified=kit is not None and kit["verified"],
    )
    if find_obstacle(standing) is not None:
        return None
    return Material(
        report=report,
        panel=await get_panel(uow, report.panel_id),
        customer_name=customer.full_name,
        reference_id=customer.reference_id,
        date_of_birth=None if customer.date_of_birth is None else customer.date_of_birth.isoformat(),
        genome_key=None if report.own_data else kit["genome_key"],
        sealed_result=await queries.find_sealed_result(uow.conn, uow.tenant_id, report_id),
    )


async def _call_markers(
    material: Material, store: ObjectStore, sealer: Sealer
) -> tuple[list[MarkerCall], str | None]:
    """The calls at the panel's markers, and the assembly of the genome they were read in."""
    if material.genome_key is None:
        assert material.sealed_result is not None
        opened = sealer.open(material.sealed_result, result_context(material.report.id))
        return msgspec.json.decode(opened, type=list[MarkerCall]), None
    async with store.local_path(material.genome_key) as path:
        return await asyncio.to_thread(read_markers, path, material.panel.snps)


def _content(material: Material, calls: list[MarkerCall], assembly: str | None, made_on: str) -> PanelReport:
    source: dict[str, Any] = (
        {"source": "genotypes sent with the order", "assembly": None}
        if assembly is None
        else {"source": f"kit {material.report.kit_barcode}", "assembly": assembly}
    )
    return PanelReport(
        number=material.report.number,
        panel_name=material.panel.name,
        panel_sku=material.panel.sku,
        panel_description=material.panel.description,
        customer_name=material.customer_name,
        reference_id=material.reference_id,
        date_of_birth=material.date_of_birth,
        made_on=made_on,
        marker_source=MARKER_SOURCE,
        calls=calls,
        **source,
    )
