"""The demo's genomes, gene panels and clinical reports."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from cohesin.app.demo import content
from cohesin.app.demo.content import CaseReport
from cohesin.app.demo.stage import Ids, Stage
from cohesin.clinical.assay_types.service import create_assay_type
from cohesin.clinical.genomes.entity import Genome, UploadFacts
from cohesin.clinical.genomes.service import list_genomes, upload_genome
from cohesin.clinical.panels import service as panels
from cohesin.clinical.panels.entity import PanelTexts
from cohesin.clinical.projects.entity import Project
from cohesin.clinical.projects.service import access_project, create_project
from cohesin.clinical.reports import approval, review
from cohesin.clinical.reports import service as reports
from cohesin.clinical.reports.entity import LaunchRequest, MemberInput, Slot, VariantFilters
from cohesin.clinical.reports.review import VariantChange
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import NO_ORIGIN, UnitOfWork
from cohesin.lab.reports import service as lab_reports
from cohesin_genomics.knowledge.store import DATA
from cohesin_genomics.vcf.split import split_samples

VCF: Final = DATA / "vcf"
_CHUNK: Final = 1 << 16


async def make_clinic(stage: Stage) -> Ids:
    """Project, assay type and gene panels."""
    resolved = {one.key: await panels.resolve_symbols(list(one.genes)) for one in content.PANELS}

    async def make(uow: UnitOfWork) -> Ids:
        project = await create_project(uow, content.PROJECT_NAME, "Public sample genomes", "NONE")
        assay = await create_assay_type(uow, content.ASSAY_NAME, content.QC_FIELDS)
        numbers = {}
        for one in content.PANELS:
            texts = PanelTexts(
                name=one.name,
                description=one.description,
                limitations=content.LIMITATIONS,
                test_code=one.code,
            )
            panel = await panels.create_panel(uow, texts)
            await panels.add_genes(uow, panel.number, resolved[one.key])
            numbers[one.key] = panel.number
        return {"project": project.number, "assay_type": assay.number, "panels": numbers}

    return await stage.part("clinic", make)


async def make_genomes(stage: Stage, settings: Settings, clinic: Ids, people: dict[str, Ids]) -> Ids:
    """Upload what is not there yet, each under its kit's barcode; answers the genomes' numbers."""
    async with stage.services.units.open(stage.owner) as uow:
        project = await access_project(uow, clinic["project"])
        there = {genome.label: genome for genome in await list_genomes(uow, project)}
    wanted = {
        "NA12878 exome": ("female", people["exome"]["barcode"]),
        **{
            f"{content.TRIO[role]} {role}": (
                content.SEXES[role],
                people["child"]["barcode"] if role == "proband" else f"DEMO-TRIO-{role.upper()}",
            )
            for role in content.TRIO
        },
    }
    missing = {label: facts for label, facts in wanted.items() if label not in there}
    if missing:
        async with _files() as files:
            for label, (sex, external_id) in missing.items():
                facts = UploadFacts(label=label, sex=sex, assembly="GRCh37", external_id=external_id)  # type: ignore[arg-type]
                stage.say(f"Demo: uploading genome {label}")
                there[label] = await _upload(stage, settings, project, facts, files[label.partition(" ")[0]])
    keys = {"NA12878 exome": "exome", **{f"{content.TRIO[role]} {role}": role for role in content.TRIO}}
    return {key: there[label].number for label, key in keys.items()}


@asynccontextmanager
async def _files() -> AsyncIterator[dict[str, Path]]:
    """The packaged VCF of each sample; the trio's is split for each member."""
    with tempfile.TemporaryDirectory(prefix="cohesin-demo-") as folder:
        split = await asyncio.to_thread(split_samples, VCF / content.TRIO_FILE, Path(folder))
        yield {"NA12878": VCF / content.EXOME_FILE, **split}


async def _upload(
    stage: Stage, settings: Settings, project: Project, facts: UploadFacts, file: Path
) -> Genome:
    store, units = stage.services.get(ObjectStore), stage.services.units
    content_of = _chunks(file)
    return await upload_genome(
        units, store, stage.owner, NO_ORIGIN, project, facts, content_of, settings.max_upload_bytes
    )


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    data = await asyncio.to_thread(file.read_bytes)
    for start in range(0, len(data), _CHUNK):
        yield data[start : start + _CHUNK]


async def launch_reports(stage: Stage, clinic: Ids, genomes: Ids) -> dict[str, int]:
    """Launch every report; they start by themselves when their genomes are annotated."""
    numbers = {}
    for case in content.REPORTS:

        async def make(uow: UnitOfWork, case: CaseReport = case) -> Ids:
            request = LaunchRequest(
                test_type=case.test_type,  # type: ignore[arg-type]
                members=_members(case, genomes),
                panel_number=clinic["panels"][case.panel],
                accession_id=f"DEMO-{case.key.upper()}",
                assay_type_number=clinic["assay_type"],
                project_number=clinic["project"],
                hpo_terms=list(case.terms) or None,
            )
            detail = await reports.launch_report(uow, request)
            number = detail.report.number
            await reports.set_patient_fields(uow, number, _patient(case))
            await reports.add_qc_values(uow, number, dict(content.QUALITY))
            return {"report": number}

        numbers[case.key] = (await stage.part(f"report.{case.key}", make))["report"]
    return numbers


def _members(case: CaseReport, genomes: Ids) -> dict[Slot, MemberInput]:
    if case.person == "exome":
        return {"proband": MemberInput(genome_number=genomes["exome"], sex="f")}
    return {
        "proband": MemberInput(genome_number=genomes["proband"], sex="m"),
        "mother": MemberInput(genome_number=genomes["mother"], sex="f", affected=False),
        "father": MemberInput(genome_number=genomes["father"], sex="m", affected=False),
    }


def _patient(case: CaseReport) -> dict[str, str | None]:
    facts = next(person.facts for person in content.PEOPLE if person.key == case.person)
    return {
        "First Name": facts["first_name"],
        "Last Name": facts["last_name"],
        "Patient DOB": facts["date_of_birth"].strftime("%m/%d/%Y"),
        "Patient Sex": facts["sex"].capitalize(),
        "Indication for Testing": case.indication,
        "Specimen Type": "Saliva",
        "Ordering Physician": "Dr. Robin Hale",
    }


async def finish_reports(stage: Stage, numbers: dict[str, int]) -> dict[str, str]:
    """Review, approve and hand out what is to be; answers the Connect ids of the reports."""
    connect: dict[str, str] = {}
    for case in content.REPORTS:
        number = numbers[case.key]
        if case.approved:
            await _approve(stage, number)
        async with stage.services.units.open(stage.owner) as uow:
            report = await reports.access_report(uow, number)
            promised = await lab_reports.find_by_clinical_report(uow, report.id)
            assert promised is not None
            if case.downloaded:
                await lab_reports.mark_downloaded(uow, promised.id)
            connect[case.key] = str(promised.id)
    return connect


async def _approve(stage: Stage, number: int) -> None:
    """Classify, place and approve. What was done before a cut is not done again."""
    async with stage.services.units.open(stage.owner) as uow:
        report = await reports.access_report(uow, number)
        if report.status == "APPROVED":
            return
        found, _ = await review.list_variants(uow, report, VariantFilters(sort="rank"))
        judged = {(one.gene, one.position): one for one in content.JUDGEMENTS}
        for variant in found:
            judgement = judged.get((variant.gene or "", variant.position))
            change = VariantChange(status="REVIEWED", to_report="DO_NOT_REPORT")
            if judgement is not None:
                change = VariantChange(
                    status="CONFIRMED",
                    to_report=judgement.to_report,
                    classification=judgement.classification,
                    interpretation=judgement.interpretation,
                )
            await review.change_variant(uow, number, variant.number, change)
        if report.status != "WAITING FOR APPROVAL":
            await reports.set_status(uow, number, "WAITING FOR APPROVAL")
    approver = approval.Approver(name=content.OWNER_NAME, role="Laboratory director")
    units, store = stage.services.units, stage.services.get(ObjectStore)
    await approval.approve(units, store, stage.owner, NO_ORIGIN, number, approver)
