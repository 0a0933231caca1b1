"""What a panel report says."""

from __future__ import annotations

import msgspec

from cohesin_genomics.markers import MarkerCall


class PanelReport(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one panel report. `assembly` is null where the genotypes were sent in."""

    number: int
    panel_name: str
    panel_sku: str
    panel_description: str
    customer_name: str
    reference_id: str | None
    date_of_birth: str | None
    made_on: str
    source: str
    assembly: str | None
    marker_source: str
    calls: list[MarkerCall]
