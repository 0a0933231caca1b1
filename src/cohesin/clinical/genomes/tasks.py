"""Background work on genomes. Each step may be run again: what it writes has final names and guarded states."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from cohesin.clinical.genomes import queries
from cohesin.clinical.genomes.delivery import hold_laboratory, tell_laboratory
from cohesin.clinical.genomes.entity import AnnotatedFiles, Genome
from cohesin.clinical.reference.manifest import FOLDER
from cohesin.kernel.caller import system_caller
from cohesin.kernel.events import Event
from cohesin.kernel.late import LateFunction
from cohesin.kernel.mail import Mail, MailTransport
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectNotFoundError, ObjectStore, StorageError
from cohesin.kernel.tasks import HEAVY_QUEUE, Retry, TaskContext, enqueue, task
from cohesin.kernel.uow import Units
from cohesin_genomics.vcf.errors import VcfError

ANNOTATION_ATTEMPTS: Final = 3
annotate_file: Final[LateFunction[AnnotatedFiles]] = LateFunction(
    "cohesin.clinical.genomes.annotation", "annotate_file"
)
_AGAIN: Final = Retry(attempts=ANNOTATION_ATTEMPTS, wait=timedelta(seconds=5))


def files_of(genome: Genome, tenant_id: UUID) -> tuple[str, str]:
    """The final keys of a genome's variants and annotation."""
    folder = f"genomes/{tenant_id}/{genome.id}"
    return f"{folder}/variants.parquet", f"{folder}/annotation.parquet"


@task(name="clinical.annotate_genome", queue=HEAVY_QUEUE, retry=_AGAIN, lock="genome:{genome_id}")
async def annotate_genome(context: TaskContext, *, tenant_id: str, genome_id: str) -> None:
    """Make a genome's Parquet files. Reports that wait for it hear of the event and start in the same transaction."""
    units: Units = context.services.units
    caller = system_caller(UUID(tenant_id))
    async with units.open(caller) as uow:
        if not await queries.claim_genome(uow.conn, uow.tenant_id, UUID(genome_id)):
            return
        genome = await queries.find_genome_by_id(uow.conn, uow.tenant_id, UUID(genome_id))
        assert genome is not None
    try:
        files = await _make_files(context, genome, UUID(tenant_id))
    except VcfError as error:
        await _fail(units, UUID(tenant_id), genome, str(error))
        return
    except ObjectNotFoundError:
        await _fail(units, UUID(tenant_id), genome, "the uploaded file is gone")
        return
    except Exception:
        if context.attempt >= ANNOTATION_ATTEMPTS:
            await _fail(units, UUID(tenant_id), genome, "the server could not annotate the file")
        raise
    variants_key, annotation_key = files_of(genome, UUID(tenant_id))
    async with units.open(caller) as uow:
        await hold_laboratory(uow)
        finished = await queries.finish_genome(
            uow.conn, uow.tenant_id, genome.id, variants_key=variants_key,
            annotation_key=annotation_key if files.annotation else None, record_count=files.record_count,
            variant_count=files.variant_count, now=uow.clock.now(),
        )  # fmt: skip
        if finished:
            annotated = await queries.find_genome_by_id(uow.conn, uow.tenant_id, genome.id)
            assert annotated is not None
            await tell_laboratory(uow, annotated)
        elif await queries.find_genome_by_id(uow.conn, uow.tenant_id, genome.id) is None:
            # Deleted meanwhile: what was just written has to go too.
            await enqueue(uow.conn, delete_objects, {"prefix": f"genomes/{tenant_id}/{genome.id}"})


async def _make_files(context: TaskContext, genome: Genome, tenant_id: UUID) -> AnnotatedFiles:
    """Annotate in a process of its own and store what it made; a part that was stored before is written again."""
    store: ObjectStore = context.services.get(ObjectStore)
    reference = str(context.services.get(Settings).data_dir / FOLDER)
    progress: set[asyncio.Task[None]] = set()

    def report(fraction: float, stage: str) -> None:
        # Kept until done: the loop holds tasks weakly.
        running = asyncio.ensure_future(context.report_progress(fraction, stage))
        progress.add(running)
        running.add_done_callback(progress.discard)

    with tempfile.TemporaryDirectory(prefix="cohesin-genome-") as folder:
        async with store.local_path(genome.original_key) as source:
            files = await context.processes.run_reporting(
                annotate_file, report, str(source), f"{folder}/out", genome.assembly, reference
            )
        await asyncio.gather(*progress)
        variants_key, annotation_key = files_of(genome, tenant_id)
        await store.put_file(variants_key, Path(files.variants))
        if files.annotation is not None:
            await store.put_file(annotation_key, Path(files.annotation))
    return files


async def _fail(units: Units, tenant_id: UUID, genome: Genome, reason: str) -> None:
    """The genome stays, FAILED; whoever sent it is told by mail; reports that wait for it hear of the event."""
    async with units.open(system_caller(tenant_id)) as uow:
        if not await queries.fail_genome(uow.conn, tenant_id, genome.id, reason):
            return
        if genome.notify_email:
            arguments = {"tenant_id": str(tenant_id), "genome_id": str(genome.id)}
            await enqueue(uow.conn, mail_failure, arguments)
        await uow.record(Event(type="genome.failed", entity_id=genome.id, data={"number": genome.number}))


@task(name="clinical.mail_genome_failure", retry=Retry(attempts=8, wait=timedelta(seconds=30)))
async def mail_failure(context: TaskContext, *, tenant_id: str, genome_id: str) -> None:
    """Tell the sender of a file that it could not be annotated, and why. The label is not named: it may be a person's."""
    async with context.services.units.open(system_caller(UUID(tenant_id))) as uow:
        genome = await queries.find_genome_by_id(uow.conn, uow.tenant_id, UUID(genome_id))
    if genome is None or genome.notify_email is None or genome.status != "FAILED":
        return
    text = f"Genome {genome.number} could not be annotated.\n\nReason: {genome.failure_reason}.\n\n"
    text += "The file is kept. Upload a corrected file as a new genome.\n"
    mail = Mail(
        to=(genome.notify_email,),
        subject=f"Annotation of genome {genome.number} failed",
        text=text,
        message_id=f"<genome-failed-{genome.id}@cohesin.invalid>",
    )
    await context.services.get(MailTransport).send(mail)


@task(
    name="clinical.delete_objects", retry=Retry(attempts=10, wait=timedelta(seconds=10), on=(StorageError,))
)
async def delete_objects(context: TaskContext, *, prefix: str) -> None:
    """Remove every object under a prefix."""
    store: ObjectStore = context.services.get(ObjectStore)
    keys = [key async for key in store.list_keys(prefix)]
    for key in keys:
        await store.delete(key)
