"""What the laboratory is told of genomes."""

from __future__ import annotations

from cohesin.clinical.genomes.entity import Genome
from cohesin.kernel.events import Event
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.events import lock_lab
from cohesin.lab.kits.service import data_arrived


async def hold_laboratory(uow: UnitOfWork) -> None:
    """Take the laboratory's lock first of all locks, so that what is told to it later cannot wait in a ring."""
    await lock_lab(uow)


async def tell_laboratory(uow: UnitOfWork, genome: Genome) -> None:
    """A genome's data are ready. Its external id may be a kit's barcode: then the kit's data are available.

    Reports that wait for the genome hear of the event, in the same transaction.
    """
    if genome.external_id is not None and genome.variants_key is not None and not genome.is_multi_sample:
        await data_arrived(uow, genome.external_id, genome.variants_key, genome_id=genome.id)
    data = {"number": genome.number, "status": genome.status}
    await uow.record(Event(type="genome.annotated", entity_id=genome.id, data=data))
