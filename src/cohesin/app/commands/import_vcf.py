"""``cohesin import-vcf``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import get_args

import click

from cohesin.app.commands.options import data_dir_option, file_progress, json_option
from cohesin.app.commands.running import caller_of, run_with_services
from cohesin.clinical.genomes.entity import Genome, GenomeSex, UploadFacts
from cohesin.clinical.genomes.service import upload_genome
from cohesin.clinical.projects.service import access_project
from cohesin.kernel.http.edge import Services
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import NO_ORIGIN
from cohesin_genomics.model import Assembly

_BLOCK = 1 << 20


@click.command("import-vcf")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", metavar="DOMAIN", required=True, help="Domain of the organisation.")
@click.option("--project", type=click.IntRange(1), required=True, help="Number of the project.")
@click.option("--label", required=True, help="Name of the genome, 1 to 100 characters.")
@click.option(
    "--sex", type=click.Choice(get_args(GenomeSex)), default="unspecified", help="Sex of the person."
)
@click.option("--external-id", help="The kit's barcode, or another name that partners know it by.")
@click.option(
    "--assembly",
    type=click.Choice([str(one) for one in Assembly]),
    default=str(Assembly.GRCH37),
    help="Of the file; GRCh37 where not named.",
)
@data_dir_option
@json_option
def import_vcf(
    file: Path,
    tenant: str,
    project: int,
    label: str,
    sex: GenomeSex,
    external_id: str | None,
    assembly: str,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Upload FILE as a genome of a project and queue its annotation, as the interpretation interface does.

    The task worker annotates it: start `cohesin serve` or `cohesin worker` where none runs.
    """
    if not 1 <= len(label.strip()) <= 100:
        raise click.BadParameter("is 1 to 100 characters", param_hint="--label")
    size = file.stat().st_size
    facts = UploadFacts(
        label=label.strip(), sex=sex, assembly=assembly, external_id=(external_id or "").strip() or None
    )

    async def work(services: Services) -> Genome:
        caller = await caller_of(services, tenant)
        units, limit = services.units, services.get(Settings).max_upload_bytes
        async with units.open(caller) as uow:
            target = await access_project(uow, project)
        with file_progress(size, shown=not as_json) as report:
            chunks = _chunks(file, report)
            store = services.get(ObjectStore)
            return await upload_genome(units, store, caller, NO_ORIGIN, target, facts, chunks, limit)

    genome = run_with_services(data_dir, work)
    if as_json:
        click.echo(json.dumps({"id": str(genome.id), "number": genome.number, "status": genome.status}))
    else:
        click.echo(f"Genome {genome.number} of project {project} waits for its annotation.")


async def _chunks(path: Path, report: Callable[[int], None]) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while block := await asyncio.to_thread(file.read, _BLOCK):
            yield block
            report(len(block))
