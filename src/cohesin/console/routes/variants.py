"""One variant under review: its panel and what a reviewer decides. Every answer is the panel as it then is."""

from __future__ import annotations

from typing import Literal

import msgspec

from cohesin.clinical.reports import review
from cohesin.clinical.reports import service as reports
from cohesin.clinical.reports.entity import ClassName, ToReport
from cohesin.clinical.reports.review import VariantChange
from cohesin.console.pages import page
from cohesin.console.people import names_of
from cohesin.console.permissions import CLINICAL_READ, CLINICAL_WRITE
from cohesin.console.presenting.reports import head_of, people_of
from cohesin.console.presenting.variants import detail_of
from cohesin.console.surface import console
from cohesin.console.views import CLASSES, DESTINATIONS
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.uow import UnitOfWork

BASE = "/reports/{number}/variants/{variant}"


class ClassForm(QueryModel):
    """An empty class takes it away."""

    classification: ClassName | Literal[""]


class DestinationForm(QueryModel):
    to_report: ToReport


class InterpretationForm(QueryModel):
    interpretation: str = ""


class NoteForm(QueryModel):
    note: str = ""


@console.get(BASE, permission=CLINICAL_READ, hidden=True)
async def show_variant(uow: UnitOfWork, number: int, variant: int) -> RawAnswer:
    """What is known of a variant."""
    return await _show(uow, number, variant, changed=False)


@console.post(f"{BASE}/classification", permission=CLINICAL_WRITE, status=200, hidden=True)
async def classify_variant(uow: UnitOfWork, number: int, variant: int, body: ClassForm) -> RawAnswer:
    """Give a variant its class; who classifies has reviewed it."""
    change = VariantChange(
        classification=body.classification or None, clear_classification=not body.classification
    )
    return await _change(uow, number, variant, change)


@console.post(f"{BASE}/to-report", permission=CLINICAL_WRITE, status=200, hidden=True)
async def place_variant(uow: UnitOfWork, number: int, variant: int, body: DestinationForm) -> RawAnswer:
    """Say whether a variant is reported and where."""
    return await _change(uow, number, variant, VariantChange(to_report=body.to_report))


@console.post(f"{BASE}/interpretation", permission=CLINICAL_WRITE, status=200, hidden=True)
async def interpret_variant(
    uow: UnitOfWork, number: int, variant: int, body: InterpretationForm
) -> RawAnswer:
    """Write what the report says of a variant."""
    text = body.interpretation.replace("\r\n", "\n")
    return await _change(uow, number, variant, VariantChange(interpretation=text))


@console.post(f"{BASE}/notes", permission=CLINICAL_WRITE, status=200, hidden=True)
async def note_variant(uow: UnitOfWork, number: int, variant: int, body: NoteForm) -> RawAnswer:
    """Add a note for colleagues."""
    await review.add_note(uow, number, variant, body.note.replace("\r\n", "\n"))
    return await _show(uow, number, variant, changed=False)


async def _change(uow: UnitOfWork, number: int, variant: int, change: VariantChange) -> RawAnswer:
    """A decision marks the variant as reviewed, unless it is further already."""
    before = await review.get_variant(uow, await reports.access_report(uow, number), variant)
    if before.status == "UNREVIEWED":
        change = msgspec.structs.replace(change, status="REVIEWED")
    await review.change_variant(uow, number, variant, change)
    return await _show(uow, number, variant, changed=True)


async def _show(uow: UnitOfWork, number: int, variant: int, *, changed: bool) -> RawAnswer:
    detail = await reports.get_report(uow, number)
    one = await review.get_variant(uow, detail.report, variant)
    notes = (await review.list_notes(uow, detail.report)).get(one.id, [])
    changes = (await review.list_changes(uow, detail.report)).get(one.id, [])
    names = await names_of(
        uow, [*(note.created_by for note in notes), *(item.changed_by for item in changes)]
    )
    shown = detail_of(one, people_of(detail), notes, changes, names)
    return page(
        "parts/variant.html",
        detail=shown,
        row=shown.row,
        head=head_of(detail, uow.caller, names),
        classes=CLASSES,
        destinations=DESTINATIONS,
        changed=changed,
    )
