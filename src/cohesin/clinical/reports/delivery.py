"""What the laboratory is told of clinical reports: who ordered a kit gets the report on its genome."""

from __future__ import annotations

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cohesin.clinical.reports.entity import Report
from cohesin.kernel.storage import StoredObject
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.kits.service import find_by_barcode
from cohesin.lab.registrations.service import find_registration
from cohesin.lab.reports import service as lab_reports
from cohesin.lab.reports.schemas import DeliveredFile, LabReport, NewReport

_KINDS: Final = "https://cohesin.invalid/test-types/"


async def tell_report_opened(uow: UnitOfWork, report: Report, external_id: str | None) -> LabReport | None:
    """Promise the report to the customer whose kit has the patient's external id as its barcode; once a report.

    Answers None where there is no such kit, or nobody is known to hold it.
    """
    if external_id is None:
        return None
    promised = await lab_reports.find_by_clinical_report(uow, report.id)
    if promised is not None:
        return promised
    kit = await find_by_barcode(uow, external_id)
    registration = None if kit is None else await find_registration(uow, kit.id)
    if kit is None or registration is None:
        return None
    new = NewReport(
        customer_id=registration.customer_id,
        report_type_id=_type_id(report),
        report_type=report.panel_name or report.test_type,
        partner_id=kit.partner_id,
        kit_id=kit.id,
        clinical_report_id=report.id,
        location_id=kit.location_id,
    )
    return await lab_reports.open_report(uow, new)


async def tell_report_final(
    uow: UnitOfWork, report: Report, external_id: str | None, pdf: StoredObject
) -> None:
    """Deliver the final PDF to whom the report was promised."""
    promised = await tell_report_opened(uow, report, external_id)
    if promised is None:
        return
    file = DeliveredFile(object_key=pdf.key, size_bytes=pdf.size, file_name=f"report_{report.number}.pdf")
    await lab_reports.deliver_file(uow, promised.id, file)


def _type_id(report: Report) -> UUID:
    """The panel, else the assay, else a fixed id of the kind of test."""
    return report.panel_id or report.assay_type_id or uuid5(NAMESPACE_URL, _KINDS + report.test_type)
