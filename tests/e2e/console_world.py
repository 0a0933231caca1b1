"""A served installation with one family's report, for a browser: the family is nobody, the alleles are ClinVar's."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from cohesin.app.asgi import create_app
from cohesin.clinical.genomes.entity import UploadFacts
from cohesin.clinical.genomes.service import list_genomes, upload_genome
from cohesin.clinical.panels import service as panels
from cohesin.clinical.panels.entity import PanelTexts
from cohesin.clinical.projects.service import create_project
from cohesin.clinical.reports.entity import LaunchRequest, MemberInput
from cohesin.clinical.reports.service import get_report, launch_report
from cohesin.kernel.caller import Caller, system_caller
from cohesin.kernel.http.edge import Services
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import NO_ORIGIN
from cohesin.kernel.worker import run_worker
from cohesin_genomics.knowledge.store import DATA

GENES = ("CFTR", "PRSS1", "SPINK1", "CTRC", "CASR", "SCNN1A", "SCNN1B", "DNAH5", "DNAI1", "SFTPC")
DELTA_F508 = ("7", 117199644, "ATCT", "A")
HEADER = """##fileformat=VCFv4.2
##reference=GRCh37
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads of each allele">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Reads">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Genotype quality">
"""
#: Genotypes of proband, mother and father, one after the other over the alleles.
PATTERNS = (("0/1", "0/1", "0/0"), ("0/1", "0/0", "0/1"), ("0/1", "0/0", "0/0"), ("0/1", "0/1", "0/1"))
READS = {"0/0": "41,0:41:99", "0/1": "20,19:39:99", "1/1": "1,43:44:99"}


def alleles() -> list[tuple[str, int, str, str]]:
    """A few ClinVar alleles of each gene, by place, on GRCh37."""
    found: dict[str, list[tuple[str, int, str, str]]] = {gene: [] for gene in GENES}
    with gzip.open(DATA / "clinvar_20241215_PLP_2star.tsv.gz", "rt") as rows:
        next(rows)
        for row in rows:
            contig, _, position, ref, alt, _, _, gene, *_ = row.split("\t")
            if gene in found and position and len(ref) + len(alt) < 12:
                found[gene].append((contig, int(position), ref, alt))
    chosen = {
        one
        for several in found.values()
        for one in several[len(several) // 3 :: max(1, len(several) // 2)][:3]
    }
    return sorted(chosen | {DELTA_F508})


def family_files() -> dict[str, bytes]:
    """A VCF for the child and each parent."""
    files = {}
    for place, person in enumerate(("proband", "mother", "father")):
        lines = [HEADER + f"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{person}"]
        for number, one in enumerate(alleles()):
            genotype = PATTERNS[number % len(PATTERNS)][place]
            if one == DELTA_F508:
                genotype = ("1/1", "0/1", "0/1")[place]
            contig, position, ref, alt = one
            call = f"{genotype}:{READS[genotype]}"
            lines.append(f"{contig}\t{position}\t.\t{ref}\t{alt}\t812\tPASS\t.\tGT:AD:DP:GQ\t{call}")
        files[person] = ("\n".join(lines) + "\n").encode()
    return files


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def make_report(services: Services, tenant_id: Any, *, accession: str, kit: str) -> int:
    """Upload the family and launch a trio with a panel; answers the report's number."""
    caller: Caller = system_caller(tenant_id)
    units, store = services.units, services.get(ObjectStore)
    resolved = await panels.resolve_symbols(list(GENES))
    async with units.open(caller) as uow:
        project = await create_project(uow, "Respiratory", "", "NONE")
        texts = PanelTexts(
            name="Cystic fibrosis and pancreatitis", description="Ten genes of lung and pancreas"
        )
        panel = await panels.create_panel(uow, texts)
        await panels.add_genes(uow, panel.number, resolved)
    sexes = {"proband": "male", "mother": "female", "father": "male"}
    for person, content in family_files().items():
        facts = UploadFacts(
            label=f"{person} of {accession}", sex=sexes[person], assembly="GRCh37",
            external_id=kit if person == "proband" else None,
        )  # fmt: skip
        await upload_genome(units, store, caller, NO_ORIGIN, project, facts, _chunks(content), 10_000_000)
    async with units.open(caller) as uow:
        genomes = {one.label.partition(" ")[0]: one.number for one in await list_genomes(uow, project)}
        members = {
            "proband": MemberInput(genome_number=genomes["proband"], sex="m"),
            "mother": MemberInput(genome_number=genomes["mother"], sex="f", affected=False),
            "father": MemberInput(genome_number=genomes["father"], sex="m", affected=False),
        }
        request = LaunchRequest(
            test_type="panel_trio", members=members, panel_number=panel.number, accession_id=accession
        )
        return (await launch_report(uow, request)).report.number


async def work_until_ready(services: Services, settings: Settings, tenant_id: Any, number: int) -> None:
    """Run the worker until the report can be reviewed."""
    shutdown = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(
            dsn=settings.app_database_url,
            pool=services.units.pool,
            services=services,
            shutdown=shutdown,
            concurrency=2,
            processes=ProcessRunner(),
            poll_seconds=0.05,
        )  # fmt: skip
    )
    try:
        async with asyncio.timeout(120):
            status = ""
            while status != "READY TO REVIEW":
                await asyncio.sleep(0.1)  # no signal comes from the worker's own connection
                async with services.units.open(system_caller(tenant_id)) as uow:
                    report = (await get_report(uow, number)).report
                status = report.status
                assert status != "FAILED", report.failure_reason
    finally:
        shutdown.set()
        await worker


@dataclass
class Address:
    url: str


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[Address]:
    """The application on a port of the loopback, in a thread with a loop of its own."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_level="warning", lifespan="on", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Address(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(20)
