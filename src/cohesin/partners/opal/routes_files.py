"""Projects, genomes, panels, assay types, condition genes and jobs."""

from __future__ import annotations

from cohesin.clinical.assay_types import service as assay_types
from cohesin.clinical.conditions import service as conditions
from cohesin.clinical.genomes import service as genomes
from cohesin.clinical.genomes.entity import Genome as GenomeFact
from cohesin.clinical.genomes.entity import GenomeEdit, UploadFacts
from cohesin.clinical.jobs import service as jobs
from cohesin.clinical.panels import service as panels
from cohesin.clinical.panels.entity import Panel as PanelFact
from cohesin.clinical.panels.entity import PanelTexts
from cohesin.clinical.projects import service as projects
from cohesin.clinical.projects.entity import Project as ProjectFact
from cohesin.kernel.errors import Fault, InvalidInputError, RuleRefusedError
from cohesin.kernel.http.call import Call
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.partners.opal import schemas_files as wire
from cohesin.partners.opal.keys import get_key
from cohesin.partners.opal.mapping import genome_answer
from cohesin.partners.opal.numbers import user_numbers, workspace_number
from cohesin.partners.opal.scalars import external_id_of, size_in_words
from cohesin.partners.opal.surface import READ, WRITE, OpalFace, opal


def _project(fact: ProjectFact) -> wire.Project:
    return wire.Project(
        id=fact.number, project_name=fact.name, description=fact.description, share_role=fact.share_role
    )


@opal.get("/projects", permission=READ)
async def list_projects(uow: UnitOfWork) -> wire.ProjectList:
    """List projects."""
    found = [_project(fact) for fact in await projects.list_projects(uow)]
    return wire.ProjectList(found, len(found))


@opal.post("/projects", permission=WRITE)
async def create_project(uow: UnitOfWork, body: wire.ProjectCreate) -> wire.Project:
    """Create a project.

    From a form or from JSON.
    """
    if not body.project_name.strip():
        raise RuleRefusedError(faults=[Fault("project_name", "may not be blank")])
    return _project(await projects.create_project(uow, body.project_name, body.description, body.share_role))


async def _genomes(uow: UnitOfWork, found: list[GenomeFact], face: OpalFace) -> wire.GenomeList:
    users = await user_numbers(uow, (fact.created_by for fact in found))
    return wire.GenomeList([genome_answer(fact, users, face) for fact in found], len(found))


async def _genome(uow: UnitOfWork, fact: GenomeFact, face: OpalFace) -> wire.Genome:
    return genome_answer(fact, await user_numbers(uow, [fact.created_by]), face)


@opal.get("/projects/{project_id}/genomes", permission=READ)
async def list_project_genomes(uow: UnitOfWork, project_id: int, face: OpalFace) -> wire.GenomeList:
    """List a project's genomes."""
    project = await projects.access_project(uow, project_id)
    return await _genomes(uow, await genomes.list_genomes(uow, project), face)


@opal.put("/projects/{project_id}/genomes", permission=WRITE, request_media="*/*")
async def upload_genome(
    call: Call, units: Units, store: ObjectStore, face: OpalFace, project_id: int, query: wire.UploadQuery
) -> wire.GenomeUploaded:
    """Upload a genome.

    The body is the file; annotation follows, and reports that wait for the genome then start by themselves.
    """
    if not query.genome_label.strip():
        raise InvalidInputError([Fault("genome_label", "may not be blank", "query")])
    async with units.open(call.caller, call.origin) as uow:
        project = await projects.access_project(uow, project_id)
        key = await get_key(uow, call.caller.id)
    facts = UploadFacts(
        label=query.genome_label,
        sex=query.genome_sex,
        assembly="GRCh37",
        external_id=external_id_of(query.external_id),
        file_format=query.format,
        checksum=query.checksum,
        bam_file=query.bam_file or None,
        notify_email=key["email"],
    )
    fact = await genomes.upload_genome(
        units, store, call.caller, call.origin, project, facts, call.chunks(), face.max_upload_bytes
    )
    return wire.GenomeUploaded(
        genome_id=fact.number,
        genome_label=fact.label,
        external_id=fact.external_id,
        size=size_in_words(fact.size),
    )


@opal.get("/projects/{project_id}/genomes/{genome_id}", permission=READ)
async def get_project_genome(uow: UnitOfWork, project_id: int, genome_id: int, face: OpalFace) -> wire.Genome:
    """Get a genome of a project."""
    project = await projects.access_project(uow, project_id)
    return await _genome(uow, await genomes.access_genome(uow, genome_id, project), face)


@opal.get("/genomes", permission=READ)
async def list_genomes(uow: UnitOfWork, face: OpalFace) -> wire.GenomeList:
    """List genomes."""
    return await _genomes(uow, await genomes.list_genomes(uow), face)


@opal.get("/genomes/{genome_id}", permission=READ)
async def get_genome(uow: UnitOfWork, genome_id: int, face: OpalFace) -> wire.Genome:
    """Get a genome."""
    return await _genome(uow, await genomes.access_genome(uow, genome_id), face)


@opal.put("/genomes/{genome_id}", permission=WRITE)
async def edit_genome(uow: UnitOfWork, genome_id: int, body: wire.GenomeEdit, face: OpalFace) -> wire.Genome:
    """Rename or move a genome.

    Null or absent keeps a value.
    """
    external_id = None if body.external_id is None else external_id_of(body.external_id) or ""
    edit = GenomeEdit(label=body.name, external_id=external_id, project_number=body.project_id)
    return await _genome(uow, await genomes.edit_genome(uow, genome_id, edit), face)


@opal.delete("/genomes/{genome_id}", permission=WRITE)
async def delete_genome(uow: UnitOfWork, genome_id: int) -> wire.Deleted:
    """Delete a genome that no report uses."""
    await genomes.delete_genome(uow, genome_id)
    return wire.Deleted(genome_id, deleted=True)


def _panel(fact: PanelFact) -> wire.Panel:
    return wire.Panel(
        id=fact.number,
        name=fact.name,
        description=fact.description,
        methodology=fact.methodology,
        limitations=fact.limitations,
        fda_disclosure=fact.fda_disclosure,
        test_code=fact.test_code,
    )


def _panel_texts(body: wire.PanelWrite) -> PanelTexts:
    return PanelTexts(**body.model_dump())


@opal.get("/panels", permission=READ)
async def list_panels(uow: UnitOfWork, query: wire.PanelQuery) -> wire.PanelList:
    """Find panels by parts of name and description and by test code."""
    found = [
        _panel(fact)
        for fact in await panels.list_panels(
            uow, query.name or None, query.description or None, query.test_code or None
        )
    ]
    return wire.PanelList(found, len(found))


@opal.post("/panels", permission=WRITE)
async def create_panel(uow: UnitOfWork, body: wire.PanelWrite) -> wire.Panel:
    """Create a panel."""
    return _panel(await panels.create_panel(uow, _panel_texts(body)))


@opal.put("/panels/{panel_id}", permission=WRITE)
async def edit_panel(uow: UnitOfWork, panel_id: int, body: wire.PanelWrite) -> wire.Panel:
    """Edit a panel's texts.

    Null or absent keeps a text.
    """
    return _panel(await panels.edit_panel(uow, panel_id, _panel_texts(body)))


@opal.get("/panels/{panel_id}/regions", permission=READ)
async def list_panel_regions(uow: UnitOfWork, panel_id: int) -> list[wire.Region]:
    """List a panel's genes."""
    panel = await panels.access_panel(uow, panel_id)
    return [wire.Region(symbol) for symbol in await panels.list_genes(uow, panel)]


@opal.post("/panels/{panel_id}/regions", permission=WRITE)
async def add_panel_genes(
    call: Call, units: Units, panel_id: int, body: wire.RegionsAdd
) -> wire.RegionsAdded:
    """Add genes to a panel.

    Every symbol comes back as added, already there, unknown, or ambiguous with what it may stand for.
    """
    resolved = await panels.resolve_symbols(body.symbols())
    async with units.open(call.caller, call.origin) as uow:
        done = await panels.add_genes(uow, panel_id, resolved)
    return wire.RegionsAdded(
        added=done.added, already_added=done.already_added, not_found=done.not_found, ambiguous=done.ambiguous
    )


async def _assay_types(uow: UnitOfWork, found: list[assay_types.AssayType]) -> list[wire.AssayType]:
    workspace = await workspace_number(uow)
    return [
        wire.AssayType(
            wso_id=fact.number,
            workspace_id=workspace,
            description=fact.description,
            quality_control_fields=fact.quality_control_fields,
        )
        for fact in found
    ]


@opal.get("/assay_types", permission=READ)
async def list_assay_types(uow: UnitOfWork) -> wire.AssayTypeList:
    """List the workspace's assay types."""
    found = await _assay_types(uow, await assay_types.list_assay_types(uow))
    return wire.AssayTypeList(found, len(found))


@opal.get("/assay_types/{assay_type_id}", permission=READ)
async def get_assay_type(uow: UnitOfWork, assay_type_id: int) -> wire.AssayType:
    """Get an assay type."""
    return (await _assay_types(uow, [await assay_types.access_assay_type(uow, assay_type_id)]))[0]


def _condition(fact: conditions.ConditionGene) -> wire.ConditionGene:
    return wire.ConditionGene(
        id=fact.number,
        CUI=fact.cui,
        gene_symbol=fact.gene_symbol,
        condition=fact.condition,
        inheritance=fact.inheritance,
        prevalence=fact.prevalence,
        penetrance=fact.penetrance,
        notes=fact.notes,
        age_of_onset=fact.age_of_onset,
        pmids=fact.pmids,
    )


@opal.get("/condition_genes", permission=READ)
async def list_condition_genes(uow: UnitOfWork, query: wire.ConditionGeneQuery) -> wire.ConditionGeneList:
    """Find condition genes."""
    found = await conditions.list_condition_genes(uow, query.cui or None, query.gene_symbol or None)
    return wire.ConditionGeneList([_condition(fact) for fact in found], len(found))


@opal.post("/condition_genes", permission=WRITE)
async def create_condition_gene(uow: UnitOfWork, body: wire.ConditionGeneWrite) -> wire.ConditionGene:
    """Add a condition gene.

    A pair of concept and gene that is known is answered as it is stored.
    """
    for name in ("gene_symbol", "condition"):
        if not getattr(body, name).strip():
            raise RuleRefusedError(faults=[Fault(name, "may not be blank")])
    values = body.model_dump()
    texts = conditions.ConditionTexts(cui=values.pop("CUI"), **values)
    return _condition(await conditions.create_condition_gene(uow, texts))


async def _jobs(uow: UnitOfWork, found: list[jobs.Job], face: OpalFace) -> list[wire.Job]:
    users = await user_numbers(uow, (fact.created_by for fact in found))
    return [
        wire.Job(
            id=fact.number,
            uuid=fact.id,
            accession_id=fact.accession_id,
            created_on=face.time(fact.created_at),
            created_by=users[fact.created_by],
        )
        for fact in found
    ]


@opal.get("/jobs", permission=READ)
async def list_jobs(uow: UnitOfWork, query: wire.JobQuery, face: OpalFace) -> wire.JobList | wire.Job:
    """List jobs, or find one by its uuid."""
    found = await _jobs(uow, await jobs.list_jobs(uow, query.uuid), face)
    return found[0] if query.uuid is not None else wire.JobList(found, len(found))


@opal.post("/jobs", permission=WRITE)
async def create_job(uow: UnitOfWork, body: wire.JobCreate, face: OpalFace) -> wire.Job:
    """Announce a secondary-analysis job."""
    if not body.accession_id.strip():
        raise RuleRefusedError(faults=[Fault("accession_id", "may not be blank")])
    return (await _jobs(uow, [await jobs.create_job(uow, body.accession_id)], face))[0]
