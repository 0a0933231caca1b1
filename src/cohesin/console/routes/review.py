"""The review page of one report: the page, its progress, its case, its state, its approval and its PDF."""

from __future__ import annotations

from cohesin.clinical.reports import approval, review
from cohesin.clinical.reports import service as reports
from cohesin.clinical.reports.approval import Approver
from cohesin.clinical.reports.entity import ReportDetail, VariantFilters
from cohesin.clinical.reports.errors import StatusRefusedError
from cohesin.clinical.reports.rules import settable_status
from cohesin.console.pages import page
from cohesin.console.people import names_of
from cohesin.console.permissions import CLINICAL_APPROVE, CLINICAL_READ, CLINICAL_WRITE
from cohesin.console.presenting.reports import head_of, people_of, progress_of, review_of
from cohesin.console.presenting.variants import family_vcf
from cohesin.console.routes.session import shell_of
from cohesin.console.session import CsrfTokens
from cohesin.console.surface import console
from cohesin.console.views import ReviewPage
from cohesin.kernel.errors import ConflictError, Fault, InvalidInputError
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.auth.service import current_user

PDF_HEADERS = {
    # The viewer of a browser is no plugin of the page, so the page's own policy does not fit it.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


class ReportChangedError(ConflictError):
    """What was read is not what there is now."""

    code = "REPORT_CHANGED"
    message = "Somebody changed this report after you loaded it. Read it again before you go on."


class StatusForm(QueryModel):
    status: str = ""


class PatientForm(QueryModel):
    name: tuple[str, ...] = ()
    value: tuple[str, ...] = ()


class ApproveForm(QueryModel):
    revision: int
    read: str = ""


async def full_view(uow: UnitOfWork, detail: ReportDetail) -> ReviewPage:
    """Everything the page shows of a report."""
    variants, _ = await review.list_variants(uow, detail.report, VariantFilters(sort="rank"))
    return review_of(detail, variants, uow.caller, await names_of(uow, [detail.report.approved_by]))


@console.get("/reports/{number}", permission=CLINICAL_READ, hidden=True)
async def show_report(uow: UnitOfWork, call: Call, csrf: CsrfTokens, number: int) -> RawAnswer:
    """The review page."""
    view = await full_view(uow, await reports.get_report(uow, number))
    return page("review.html", view=view, shell=await shell_of(uow, call, csrf, "reports"))


@console.get("/reports/{number}/progress", permission=CLINICAL_READ, hidden=True)
async def show_progress(uow: UnitOfWork, number: int) -> RawAnswer:
    """How far the work is; the page loads itself anew when there is something to review."""
    detail = await reports.get_report(uow, number)
    progress = progress_of(detail)
    head = head_of(detail, uow.caller, {})
    if progress is None:
        return RawAnswer(content=b"", media_type="text/html", headers={"HX-Refresh": "true"})
    return page("parts/progress.html", view={"head": head}, progress=progress)


@console.post("/reports/{number}/status", permission=CLINICAL_WRITE, status=200, hidden=True)
async def set_report_status(uow: UnitOfWork, number: int, body: StatusForm) -> RawAnswer:
    """Move the report to another state of review; the page loads anew, since what it offers changes."""
    status = settable_status(body.status)
    if status is None:
        raise StatusRefusedError
    await reports.set_status(uow, number, status)
    return RawAnswer(content=b"", media_type="text/html", headers={"HX-Refresh": "true"})


@console.post("/reports/{number}/patient", permission=CLINICAL_WRITE, status=200, hidden=True)
async def set_patient_fields(uow: UnitOfWork, number: int, body: PatientForm) -> RawAnswer:
    """Enter what is known of the patient; an emptied field is removed."""
    if len(body.name) != len(body.value):
        raise InvalidInputError([Fault("value", "there is one for each name")])
    pairs = {
        name.strip(): value.strip() for name, value in zip(body.name, body.value, strict=True) if name.strip()
    }
    before = dict((await reports.get_report(uow, number)).patient_fields)
    changed = {name: value for name, value in pairs.items() if value != before.get(name, "")}
    if changed:
        await reports.set_patient_fields(uow, number, dict(changed))
    view = await full_view(uow, await reports.get_report(uow, number))
    return page("parts/case.html", view=view, saved=True)


@console.get("/reports/{number}/approval", permission=CLINICAL_READ, hidden=True)
async def show_approval(uow: UnitOfWork, number: int) -> RawAnswer:
    """What would be approved, as it is now."""
    return page("parts/approval.html", view=await full_view(uow, await reports.get_report(uow, number)))


@console.post("/reports/{number}/approve", permission=CLINICAL_APPROVE, status=200, hidden=True)
async def approve_report(
    units: Units, call: Call, store: ObjectStore, number: int, body: ApproveForm
) -> RawAnswer:
    """Approve what was read, and only that."""
    if body.read != "yes":
        raise ReportChangedError("Confirm that you have read the draft.")
    async with units.open(call.caller, call.origin) as uow:
        report = await reports.access_report(uow, number)
        me = await current_user(uow)
    if report.status != "APPROVED" and report.revision != body.revision:
        raise ReportChangedError
    role = call.caller.role
    approver = Approver(name=me.display_name, role=role.value.capitalize() if role else "Administrator")
    await approval.approve(units, store, call.caller, call.origin, number, approver, revision=body.revision)
    return RawAnswer(content=b"", media_type="text/html", headers={"HX-Refresh": "true"})


@console.get("/reports/{number}/pdf", permission=CLINICAL_READ, hidden=True)
async def get_report_pdf(units: Units, call: Call, store: ObjectStore, number: int) -> RawAnswer:
    """The final PDF of an approved report, else a draft that says so on every page."""
    async with units.open(call.caller, call.origin) as uow:
        report = await reports.access_report(uow, number)
        if report.status == "APPROVED":
            document, parts = await approval.get_final_document(uow, number), None
        else:
            document, parts = None, await approval.preview_parts(uow, number)
    if document is not None:
        content = await approval.read_final_pdf(store, document)
    else:
        assert parts is not None
        content = await approval.render_preview(parts)
    headers = {**PDF_HEADERS, "Content-Disposition": f"inline; filename=report_{number}.pdf"}
    return RawAnswer(content=content, media_type="application/pdf", headers=headers)


@console.get("/reports/{number}/family.vcf", permission=CLINICAL_READ, hidden=True)
async def get_family_track(uow: UnitOfWork, number: int) -> RawAnswer:
    """The family's genotypes at the report's variants, for the genome browser."""
    detail = await reports.get_report(uow, number)
    variants, _ = await review.list_variants(uow, detail.report, VariantFilters(sort="place"), evidence=True)
    text = family_vcf(variants, people_of(detail))
    return RawAnswer(content=text.encode(), media_type="text/plain; charset=utf-8")
