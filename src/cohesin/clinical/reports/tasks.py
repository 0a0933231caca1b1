"""A report's run in the background."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.clinical.panels import service as panels
from cohesin.clinical.reports import queries, run_queries
from cohesin.clinical.reports.case import (
    CaseAnswer,
    CasePanel,
    CaseRefusedError,
    CaseRequest,
    PersonFile,
    interpret_case,
)
from cohesin.clinical.reports.entity import Report
from cohesin.kernel.caller import system_caller
from cohesin.kernel.events import Event
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.tasks import Retry, TaskContext, task
from cohesin.kernel.uow import UnitOfWork, Units

ATTEMPTS: Final = 3
_SEXES: Final = {"m": "male", "f": "female", "u": "unknown", "unspecified": "unknown"}
_ROLES: Final = {"proband": "proband", "mother": "mother", "father": "father", "sibling": "sibling"}


@task(
    name="clinical.process_report",
    retry=Retry(attempts=ATTEMPTS, wait=timedelta(seconds=5)),
    lock="report:{report_id}",
)
async def process_report(context: TaskContext, *, tenant_id: str, report_id: str) -> None:
    """Find, interpret and rank a report's candidate variants. A run that was cut off is made again from the start."""
    units: Units = context.services.units
    caller = system_caller(UUID(tenant_id))
    async with units.open(caller) as uow:
        if not await run_queries.claim_report(uow.conn, uow.tenant_id, UUID(report_id)):
            return
        report = await queries.find_report_by_id(uow.conn, uow.tenant_id, UUID(report_id))
        assert report is not None
        files = await run_queries.genome_files(uow.conn, uow.tenant_id, report.id)
        panel = await _panel(uow, report)
    try:
        answer = await _interpret(context, report, files, panel)
    except CaseRefusedError as error:
        await _fail(units, UUID(tenant_id), report.id, str(error))
        return
    except Exception:
        if context.attempt >= ATTEMPTS:
            await _fail(units, UUID(tenant_id), report.id, "the server could not process it")
        raise
    async with units.open(caller) as uow:
        if await queries.lock_report(uow.conn, uow.tenant_id, report.id) != "PROCESSING":
            return
        await _keep(uow, report, answer)


async def _fail(units: Units, tenant_id: UUID, report_id: UUID, reason: str) -> None:
    async with units.open(system_caller(tenant_id)) as uow:
        if await run_queries.fail_report(uow.conn, tenant_id, report_id, reason):
            await uow.record(
                Event(type="clinical_report.failed", entity_id=report_id, data={"reason": reason})
            )


async def _panel(uow: UnitOfWork, report: Report) -> CasePanel | None:
    if report.panel_id is None:
        return None
    panel = await panels.find_panel_by_id(uow, report.panel_id)
    assert panel is not None
    genes = await panels.list_genes(uow, panel)
    return CasePanel(id=str(panel.id), name=panel.name, version=str(panel.version), genes=tuple(genes))


async def _interpret(
    context: TaskContext, report: Report, files: list[dict[str, Any]], panel: CasePanel | None
) -> CaseAnswer:
    store: ObjectStore = context.services.get(ObjectStore)
    people: list[PersonFile] = []
    async with AsyncExitStack() as stack:
        for file in files:
            variants = await stack.enter_async_context(store.local_path(file["variants_key"]))
            annotation = await stack.enter_async_context(store.local_path(file["annotation_key"]))
            people.append(person_of(file, str(variants), str(annotation), report.duo_relation))
        request = CaseRequest(
            assembly=files[0]["assembly"],
            people=tuple(single_parents(people)),
            panel=panel,
            phenotype_terms=tuple(report.hpo_terms or ()),
        )
        return await context.processes.run(interpret_case, request)


def person_of(file: dict[str, Any], variants: str, annotation: str, duo_relation: str | None) -> PersonFile:
    """A report's person for the interpretation.

    The role comes from the slot or the stated tie, the sex from the report or, where it says none, from the genome. A
    patient is affected; parents are not unless it is said.
    """
    slot = file["slot"]
    role = _ROLES.get(slot)
    if role is None:
        tie = file["relationship"] or (duo_relation or "").strip().lower()
        role = _ROLES.get(tie, "relative") if tie != "proband" else "relative"
    affected = file["affected"]
    if slot == "proband":
        affected = True
    elif affected is None and role in ("mother", "father"):
        affected = False
    status = "unknown" if affected is None else "affected" if affected else "unaffected"
    sex = file["sex"] if file["sex"] in ("m", "f") else file["genome_sex"]
    return PersonFile(
        id=slot,
        role=role,
        sex=_SEXES.get(sex, sex),
        affected=status,
        variants=variants,
        annotation=annotation,
    )


def single_parents(people: list[PersonFile]) -> list[PersonFile]:
    """A family has one mother and one father: of two who are called so, the second counts as a relative."""
    taken: set[str] = set()
    found = []
    for person in people:
        repeated = person.role in ("mother", "father") and person.role in taken
        found.append(msgspec.structs.replace(person, role="relative") if repeated else person)
        taken.add(person.role)
    return found


async def _keep(uow: UnitOfWork, report: Report, answer: CaseAnswer) -> None:
    await run_queries.replace_variants(
        uow.conn, uow.tenant_id, report.id, "report_variants", run_queries.VARIANT_FIELDS, answer.variants
    )
    await run_queries.replace_variants(
        uow.conn,
        uow.tenant_id,
        report.id,
        "structural_variants",
        run_queries.STRUCTURAL_FIELDS,
        answer.structural,
    )
    if await run_queries.finish_report(uow.conn, uow.tenant_id, report.id, answer.facts, uow.clock.now()):
        data = {"number": report.number, "status": "READY TO REVIEW", "variantCount": len(answer.variants)}
        await uow.record(Event(type="clinical_report.ready", entity_id=report.id, data=data))
