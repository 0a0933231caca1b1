"""The report as plain JSON: the snapshot itself, with the summary computed from it."""

from __future__ import annotations

import msgspec

from cohesin.clinical.rendering.snapshot import ReportSnapshot
from cohesin.clinical.rendering.summary import summarise_findings


def render_json(snapshot: ReportSnapshot) -> bytes:
    """UTF-8 JSON in the snapshot's field names and order, plus `summary`; same snapshot, same bytes."""
    document = msgspec.to_builtins(snapshot)
    document["summary"] = msgspec.to_builtins(summarise_findings(snapshot.findings))
    return msgspec.json.encode(document)
