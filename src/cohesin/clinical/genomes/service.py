"""The front door of genomes: upload, list, edit, delete."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from cohesin.clinical.genomes import queries
from cohesin.clinical.genomes.delivery import hold_laboratory
from cohesin.clinical.genomes.entity import Genome, GenomeEdit, UploadFacts
from cohesin.clinical.genomes.errors import GenomeInUseError
from cohesin.clinical.genomes.tasks import annotate_genome, delete_objects
from cohesin.clinical.genomes.upload import take_file
from cohesin.clinical.projects.entity import Project
from cohesin.clinical.projects.service import find_project
from cohesin.kernel.caller import Caller
from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.tasks import enqueue
from cohesin.kernel.uow import Origin, UnitOfWork, Units
from cohesin.lab.kits.service import data_removed


async def list_genomes(uow: UnitOfWork, project: Project | None = None) -> list[Genome]:
    """Genomes of the tenant, or of one project, by number."""
    return await queries.list_genomes(uow.conn, uow.tenant_id, project.id if project else None)


async def access_genome(uow: UnitOfWork, number: int, project: Project | None = None) -> Genome:
    """The genome of that number, in that project where one is named.

    Raises:
        NotFoundError: there is none.
    """
    genome = await queries.find_genome(uow.conn, uow.tenant_id, number)
    if genome is None or (project is not None and genome.project_id != project.id):
        raise NotFoundError("There is no such genome.")
    return genome


async def lock_genomes(uow: UnitOfWork, numbers: list[int]) -> list[Genome]:
    """Genomes of the tenant by number, held as they are until the transaction ends."""
    return await queries.lock_genomes(uow.conn, uow.tenant_id, numbers) if numbers else []


async def upload_genome(
    units: Units,
    store: ObjectStore,
    caller: Caller,
    origin: Origin,
    project: Project,
    facts: UploadFacts,
    chunks: AsyncIterator[bytes],
    max_bytes: int,
) -> Genome:
    """Store a file and queue its annotation. No transaction is open while bytes arrive.

    Raises:
        UnusableGenomeFileError, FormatMismatchError, ChecksumMismatchError, NoRoomError: nothing is kept then.
    """
    genome_id = new_id()
    assert caller.tenant_id is not None
    key = f"genomes/{caller.tenant_id}/{genome_id}/original"
    checked = await take_file(store, key, chunks, facts, max_bytes)
    try:
        async with units.open(caller, origin) as uow:
            await queries.insert_genome(
                uow.conn, uow.tenant_id, genome_id, project.id, facts, checked.stored, checked.sample_count,
                caller.id, uow.clock.now(),
            )  # fmt: skip
            genome = await queries.find_genome_by_id(uow.conn, uow.tenant_id, genome_id)
            assert genome is not None
            arguments = {"tenant_id": str(uow.tenant_id), "genome_id": str(genome_id)}
            await enqueue(uow.conn, annotate_genome, arguments)
            data = {"number": genome.number, "projectNumber": genome.project_number}
            await uow.record(Event(type="genome.uploaded", entity_id=genome_id, data=data))
    except BaseException:
        await store.delete(key)
        raise
    return genome


async def edit_genome(uow: UnitOfWork, number: int, edit: GenomeEdit) -> Genome:
    """A genome renamed, moved, or given another external id; None leaves a value alone.

    Raises:
        NotFoundError: there is no such genome.
        RuleRefusedError: a blank label or an unknown project.
    """
    before = await access_genome(uow, number)
    label = before.label if edit.label is None else edit.label.strip()
    if not 1 <= len(label) <= 100:
        raise RuleRefusedError(faults=[Fault("name", "is 1 to 100 characters")])
    external_id = before.external_id if edit.external_id is None else (edit.external_id.strip() or None)
    project_id = before.project_id
    if edit.project_number is not None:
        project = await find_project(uow, edit.project_number)
        if project is None:
            raise RuleRefusedError(
                "There is no such project.", faults=[Fault("project_id", "is not a project")]
            )
        project_id = project.id
    await queries.update_genome(uow.conn, uow.tenant_id, before.id, label, external_id, project_id)
    after = await access_genome(uow, number)
    changed = [
        name
        for name in ("label", "external_id", "project_id")
        if getattr(before, name) != getattr(after, name)
    ]
    await uow.record(
        Event(type="genome.updated", entity_id=after.id, data={"number": number, "changed": changed})
    )
    return after


async def delete_genome(uow: UnitOfWork, number: int) -> None:
    """Remove a genome and, once that is committed, its files. A kit whose data it was waits for others.

    Raises:
        NotFoundError: there is no such genome (any more).
        GenomeInUseError: a report uses it.
    """
    await hold_laboratory(uow)
    genome = await access_genome(uow, number)
    try:
        async with uow.savepoint():
            if not await queries.delete_genome(uow.conn, uow.tenant_id, genome.id):
                raise NotFoundError("There is no such genome.")
    except asyncpg.ForeignKeyViolationError:
        raise GenomeInUseError from None
    await data_removed(uow, genome.id)
    await enqueue(uow.conn, delete_objects, {"prefix": f"genomes/{uow.tenant_id}/{genome.id}"})
    await uow.record(Event(type="genome.deleted", entity_id=genome.id, data={"number": number}))
