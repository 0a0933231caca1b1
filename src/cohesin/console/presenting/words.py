"""States and terms in words."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cohesin.console.views import Badge

REPORT_STATES: Final = {
    "WAITING FOR SAMPLE": Badge("Waiting for sample"),
    "WAITING": Badge("Waiting", "work"),
    "PROCESSING": Badge("Processing", "work"),
    "READY TO REVIEW": Badge("Ready to review", "wait"),
    "READY FOR INTERPRETATION": Badge("Ready for interpretation", "wait"),
    "WAITING FOR APPROVAL": Badge("Waiting for approval", "wait"),
    "APPROVED": Badge("Approved", "good"),
    "FAILED": Badge("Failed", "bad"),
    "CUSTOM_1": Badge("Custom state 1", "wait"),
    "CUSTOM_2": Badge("Custom state 2", "wait"),
    "CUSTOM_3": Badge("Custom state 3", "wait"),
    "CUSTOM_4": Badge("Custom state 4", "wait"),
}
KIT_STATES: Final = {
    "shipped": Badge("Shipped"),
    "received": Badge("Received", "work"),
    "in_process": Badge("In process", "work"),
    "data_available": Badge("Data available", "good"),
    "unusable": Badge("Unusable", "bad"),
    "lost": Badge("Lost", "bad"),
}
NO_KIT_STATE: Final = Badge("New")
ORDER_STATES: Final = {
    "pending": Badge("Pending", "work"),
    "ready": Badge("Report ready", "good"),
    "downloaded": Badge("Downloaded", "good"),
}
TEST_TYPES: Final = {
    "panel": "Panel",
    "panel_trio": "Panel trio",
    "somatic_panel": "Somatic panel",
    "exome": "Exome",
}


def words(term: str) -> str:
    """`inframe_deletion` and `AUTOSOMAL_RECESSIVE` as a person writes them."""
    text = term.replace("_", " ").strip()
    return text[:1].upper() + text[1:].lower() if text.isupper() else text[:1].upper() + text[1:]


def moment(at: datetime) -> str:
    """`4 March 2026, 09:05 UTC`."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
