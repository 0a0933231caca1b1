"""The front door of clinical reports: launch, attach, find, read, set the state.

Variants are in `review`, the final form in `approval`.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from cohesin.clinical.assay_types.service import find_assay_type
from cohesin.clinical.genomes.delivery import hold_laboratory
from cohesin.clinical.genomes.entity import Genome
from cohesin.clinical.genomes.service import lock_genomes
from cohesin.clinical.panels.service import find_panel
from cohesin.clinical.projects.service import find_project
from cohesin.clinical.reports import queries, waiting
from cohesin.clinical.reports.delivery import tell_report_opened
from cohesin.clinical.reports.entity import (
    AttachRequest,
    LaunchRequest,
    MemberInput,
    Report,
    ReportDetail,
    ReportFilters,
    Slot,
)
from cohesin.clinical.reports.errors import ReportApprovedError, ReportNotWaitingError, StatusRefusedError
from cohesin.clinical.reports.rules import (
    HPO_TERM,
    PANEL_TYPES,
    has_every_genome,
    may_set,
    slots_in_order,
)
from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

_TIES: Final = {"proband": "self", "mother": "mother", "father": "father", "sibling": "sibling"}
_KNOWN_TIES: Final = {
    "mother": "mother",
    "father": "father",
    "sibling": "sibling",
    "brother": "sibling",
    "sister": "sibling",
}


async def list_reports(uow: UnitOfWork, filters: ReportFilters) -> tuple[list[ReportDetail], int]:
    """A page of reports, newest first unless ordered otherwise, and how many match in all."""
    found, total = await queries.list_reports(uow.conn, uow.tenant_id, filters)
    return await _details(uow, found), total


async def _details(uow: UnitOfWork, found: list[Report]) -> list[ReportDetail]:
    ids = [report.id for report in found]
    members = await queries.members_of(uow.conn, uow.tenant_id, ids)
    fields = await queries.patient_fields_of(uow.conn, uow.tenant_id, ids)
    return [
        ReportDetail(report=one, members=members.get(one.id, []), patient_fields=fields.get(one.id, []))
        for one in found
    ]


async def access_report(uow: UnitOfWork, number: int) -> Report:
    """The report of that number.

    Raises:
        NotFoundError: there is none in this tenant.
    """
    report = await queries.find_report(uow.conn, uow.tenant_id, number)
    if report is None:
        raise NotFoundError("There is no such report.")
    return report


async def get_report(uow: UnitOfWork, number: int) -> ReportDetail:
    """The report with its people and patient fields; raises as `access_report`."""
    return (await _details(uow, [await access_report(uow, number)]))[0]


async def launch_report(uow: UnitOfWork, request: LaunchRequest) -> ReportDetail:
    """Make a report; it starts by itself when its genomes are there and annotated. Two equal calls make two.

    Raises:
        RuleRefusedError: an unknown panel, genome, project or assay type, a genome of several samples, family slots
            with a gap, a malformed term, or what the kind of report needs is missing.
    """
    await hold_laboratory(uow)
    faults = _launch_faults(request)
    links, more = await _links(uow, request)
    genomes = await _genomes(uow, request.members, faults := [*faults, *more])
    if faults:
        raise RuleRefusedError(faults=faults)
    filled = {slot: member for slot, member in request.members.items() if not member.is_empty}
    with_genome = {slot for slot, member in filled.items() if member.genome_number is not None}
    status, reason = _status_of(request.test_type, with_genome, list(genomes.values()))
    report_id = new_id()
    await queries.insert_report(
        uow.conn, uow.tenant_id, report_id, request, links, status, reason, uow.caller.id, uow.clock.now()
    )
    await _put_members(uow, report_id, filled, genomes, request.duo_relation)
    report = await queries.find_report_by_id(uow.conn, uow.tenant_id, report_id)
    assert report is not None
    data = {"number": report.number, "testType": report.test_type, "status": status}
    await uow.record(Event(type="clinical_report.created", entity_id=report_id, data=data))
    await _begin(uow, report, genomes.get("proband"))
    return (await _details(uow, [report]))[0]


async def attach_genomes(uow: UnitOfWork, number: int, request: AttachRequest) -> ReportDetail:
    """Give a waiting report its genomes and settings; what is absent stays.

    Raises:
        NotFoundError: there is no such report.
        ReportNotWaitingError: it is past waiting.
        RuleRefusedError: as for a launch; a sibling without sex or affected state.
    """
    await hold_laboratory(uow)
    report = await access_report(uow, number)
    status = await queries.lock_report(uow.conn, uow.tenant_id, report.id)
    if status not in ("WAITING FOR SAMPLE", "WAITING"):
        raise ReportNotWaitingError
    faults = _member_faults(request.members) + _hpo_faults(request.hpo_terms)
    before = (await queries.members_of(uow.conn, uow.tenant_id, [report.id])).get(report.id, [])
    filled: dict[Slot, MemberInput] = {slot: one for slot, one in request.members.items() if not one.is_empty}
    slots = {member.slot for member in before} | set(filled)
    if not slots_in_order(slots):
        faults.append(Fault("family", "slots are filled from family_1 on, without a gap"))
    faults += _sibling_faults(filled, next((one for one in before if one.slot == "sibling"), None))
    project_id = await _project_id(uow, request.project_number, faults)
    genomes = await _genomes(uow, filled, faults)
    if faults:
        raise RuleRefusedError(faults=faults)
    kept = {one.slot: one for one in before if one.genome_number is not None}
    present = await lock_genomes(
        uow, [one.genome_number for slot, one in kept.items() if slot not in genomes and one.genome_number]
    )
    after, reason = _status_of(report.test_type, set(kept) | set(genomes), [*genomes.values(), *present])
    await _put_members(uow, report.id, filled, genomes, request.duo_relation or report.duo_relation)
    await queries.update_report(
        uow.conn, uow.tenant_id, report.id, request, project_id, after, reason, uow.clock.now()
    )
    changed = await access_report(uow, number)
    await uow.record(
        Event(type="clinical_report.updated", entity_id=report.id, data={"number": number, "status": after})
    )
    await _begin(uow, changed, genomes.get("proband"))
    return (await _details(uow, [changed]))[0]


async def _begin(uow: UnitOfWork, report: Report, proband: Genome | None) -> None:
    """Start a report that waits for nothing; tell the laboratory of one whose patient's genome is now known."""
    if proband is not None:
        await tell_report_opened(uow, report, proband.external_id)
    await waiting.start_if_ready(uow, report.id)


def _launch_faults(request: LaunchRequest) -> list[Fault]:
    faults = _member_faults(request.members) + _hpo_faults(request.hpo_terms)
    if request.test_type in PANEL_TYPES and request.panel_number is None:
        faults.append(Fault("panel_id", "is needed for this kind of report"))
    if request.test_type == "somatic_panel" and not (request.disease_id or "").strip():
        faults.append(Fault("disease_id", "is needed for a somatic panel"))
    filled = {slot for slot, member in request.members.items() if not member.is_empty}
    if not slots_in_order(filled):
        faults.append(Fault("family", "slots are filled from family_1 on, without a gap"))
    return faults


def _member_faults(members: dict[Slot, MemberInput]) -> list[Fault]:
    seen: dict[int, str] = {}
    faults = []
    for slot, member in members.items():
        if member.genome_number is None:
            continue
        if member.genome_number in seen:
            faults.append(Fault(slot, "is the genome of another person of this report"))
        seen[member.genome_number] = slot
    return faults


def _hpo_faults(terms: list[str] | None) -> list[Fault]:
    wrong = [term for term in terms or () if not HPO_TERM.fullmatch(term)]
    return [Fault("hpo_terms", "each is HP: and seven digits")] if wrong else []


def _sibling_faults(members: dict[Slot, MemberInput], before: Any) -> list[Fault]:
    sibling = members.get("sibling")
    if sibling is None or sibling.genome_number is None:
        return []
    faults = []
    if sibling.sex is None and (before is None or before.sex is None):
        faults.append(Fault("sibling_sex", "is needed with a sibling"))
    if sibling.affected is None and (before is None or before.affected is None):
        faults.append(Fault("sibling_affected", "is needed with a sibling"))
    return faults


async def _links(uow: UnitOfWork, request: LaunchRequest) -> tuple[dict[str, UUID | None], list[Fault]]:
    """Ids of what a launch names by number, and what is not there."""
    links: dict[str, UUID | None] = {"panel": None, "assay_type": None}
    faults: list[Fault] = []
    if request.panel_number is not None:
        panel = await find_panel(uow, request.panel_number)
        links["panel"] = panel.id if panel else None
        if panel is None:
            faults.append(Fault("panel_id", "is not a panel"))
    if request.assay_type_number is not None:
        assay_type = await find_assay_type(uow, request.assay_type_number)
        links["assay_type"] = assay_type.id if assay_type else None
        if assay_type is None:
            faults.append(Fault("assay_type_id", "is not an assay type"))
    links["project"] = await _project_id(uow, request.project_number, faults)
    return links, faults


async def _project_id(uow: UnitOfWork, number: int | None, faults: list[Fault]) -> UUID | None:
    if number is None:
        return None
    project = await find_project(uow, number)
    if project is None:
        faults.append(Fault("project_id", "is not a project"))
        return None
    return project.id


async def _genomes(
    uow: UnitOfWork, members: dict[Slot, MemberInput], faults: list[Fault]
) -> dict[Slot, Genome]:
    """The genomes of a request, held as they are until the transaction ends; faults are added to the list."""
    numbers = [member.genome_number for member in members.values() if member.genome_number is not None]
    found = {genome.number: genome for genome in await lock_genomes(uow, numbers)}
    chosen: dict[Slot, Genome] = {}
    for slot, member in members.items():
        if member.genome_number is None:
            continue
        genome = found.get(member.genome_number)
        if genome is None:
            faults.append(Fault(slot, "is not a genome"))
        elif genome.is_multi_sample:
            faults.append(Fault(slot, "is a file of several samples, which starts no report"))
        else:
            chosen[slot] = genome
    if len({genome.assembly for genome in chosen.values()}) > 1:
        faults.append(Fault("genome_id", "genomes of one report are of one assembly"))
    return chosen


def _status_of(test_type: str, slots: set[Any], genomes: list[Genome]) -> tuple[str, str | None]:
    failed = next((genome for genome in genomes if genome.status == "FAILED"), None)
    if failed is not None:
        return "FAILED", f"genome {failed.number} could not be annotated"
    return ("WAITING" if has_every_genome(test_type, slots) else "WAITING FOR SAMPLE"), None


async def _put_members(
    uow: UnitOfWork,
    report_id: UUID,
    members: dict[Slot, MemberInput],
    genomes: dict[Slot, Genome],
    duo_relation: str | None,
) -> None:
    rows = []
    for slot, member in members.items():
        tie = member.relationship or _TIES.get(slot)
        if slot == "duo_relation" and tie is None:
            tie = _KNOWN_TIES.get((duo_relation or "").strip().lower(), "other")
        genome = genomes.get(slot)
        rows.append((slot, genome.id if genome else None, member.sex, member.affected, tie, member.label))
    await queries.put_members(uow.conn, uow.tenant_id, report_id, rows)


async def set_status(uow: UnitOfWork, number: int, wanted: str) -> Report:
    """Move a report to another state of review; the present one changes nothing. Approval is `approval.approve`.

    Raises:
        NotFoundError: there is no such report.
        StatusRefusedError: it may not be set now.
    """
    report = await access_report(uow, number)
    if not may_set(report.status, wanted) or (wanted == "APPROVED" and report.status != "APPROVED"):
        raise StatusRefusedError
    if wanted == report.status:
        return report
    if not await queries.set_status(
        uow.conn, uow.tenant_id, report.id, report.status, wanted, uow.caller.id, uow.clock.now()
    ):
        raise StatusRefusedError
    data = {"number": number, "from": report.status, "status": wanted}
    await uow.record(Event(type="clinical_report.status_changed", entity_id=report.id, data=data))
    return await access_report(uow, number)


async def set_patient_fields(
    uow: UnitOfWork, number: int, fields: dict[str, str | None]
) -> list[tuple[str, str]]:
    """Enter patient fields; None or empty text removes one, others stay, the order of first entry is kept.

    Raises:
        NotFoundError: there is no such report.
        ReportApprovedError: it is approved.
    """
    report = await access_report(uow, number)
    await touch(uow, report)
    values = {name: value for name, value in fields.items() if value}
    removed = [name for name, value in fields.items() if not value]
    await queries.put_patient_fields(uow.conn, uow.tenant_id, report.id, values, removed)
    await uow.record(
        Event(type="clinical_report.patient_fields_changed", entity_id=report.id, data={"number": number})
    )
    return await list_patient_fields(uow, report)


async def list_patient_fields(uow: UnitOfWork, report: Report) -> list[tuple[str, str]]:
    return (await queries.patient_fields_of(uow.conn, uow.tenant_id, [report.id])).get(report.id, [])


async def add_qc_values(
    uow: UnitOfWork, number: int, values: dict[str, str | int | float]
) -> list[tuple[str, Any]]:
    """Enter quality values; a name sent again replaces its value.

    Raises:
        NotFoundError: there is no such report.
        ReportApprovedError: it is approved.
        RuleRefusedError: a name that the report's assay type does not know; nothing is stored then.
    """
    report = await access_report(uow, number)
    await touch(uow, report)
    if report.assay_type_number is not None:
        assay_type = await find_assay_type(uow, report.assay_type_number)
        known = set(assay_type.quality_control_fields) if assay_type else set()
        unknown = [
            Fault(name, "is not a quality field of the assay type") for name in values if name not in known
        ]
        if unknown:
            raise RuleRefusedError(faults=unknown)
    await queries.put_qc_values(uow.conn, uow.tenant_id, report.id, values)
    await uow.record(
        Event(type="clinical_report.quality_changed", entity_id=report.id, data={"number": number})
    )
    return await list_qc_values(uow, report)


async def list_qc_values(uow: UnitOfWork, report: Report) -> list[tuple[str, Any]]:
    return await queries.list_qc_values(uow.conn, uow.tenant_id, report.id)


async def set_comment(uow: UnitOfWork, number: int, comment: str) -> None:
    """The clinician's words on the whole report; raises as `set_patient_fields`."""
    report = await access_report(uow, number)
    await touch(uow, report)
    await queries.set_comment(uow.conn, uow.tenant_id, report.id, comment)
    await uow.record(
        Event(type="clinical_report.comment_changed", entity_id=report.id, data={"number": number})
    )


async def touch(uow: UnitOfWork, report: Report) -> None:
    """Mark a change below a report.

    Raises:
        ReportApprovedError: it is approved and takes none.
    """
    if not await queries.touch_report(uow.conn, uow.tenant_id, report.id):
        raise ReportApprovedError
