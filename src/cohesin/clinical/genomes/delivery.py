"""What the laboratory is told of genomes and reports. The one place where the two rooms meet."""

from __future__ import annotations

from uuid import UUID

from cohesin.clinical.genomes.entity import Genome
from cohesin.kernel.events import Event
from cohesin.kernel.uow import UnitOfWork


async def tell_laboratory(uow: UnitOfWork, genome: Genome) -> None:
    """A genome's data are ready: an event whose `externalId` may be a kit's barcode."""
    data = {"number": genome.number, "externalId": genome.external_id, "variantsKey": genome.variants_key}
    await uow.record(Event(type="genome.annotated", entity_id=genome.id, data=data))


async def tell_report_opened(uow: UnitOfWork, report_id: UUID, external_id: str | None) -> None:
    """A clinical report was launched on a genome whose external id may be a kit's barcode."""
    data = {"externalId": external_id}
    await uow.record(Event(type="clinical_report.opened", entity_id=report_id, data=data))


async def tell_report_final(uow: UnitOfWork, report_id: UUID, external_id: str | None, pdf_key: str, sha256: str) -> None:
    """A clinical report is final; its file lies in the object store."""
    data = {"externalId": external_id, "pdfKey": pdf_key, "sha256": sha256}
    await uow.record(Event(type="clinical_report.finalised", entity_id=report_id, data=data))
