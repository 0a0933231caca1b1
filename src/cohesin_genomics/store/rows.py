"""Rows of a genome's file as the library's shared structures, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cohesin_genomics.model import Assembly, GenotypeCall, Variant, Zygosity


def to_variant(row: Mapping[str, Any], assembly: Assembly) -> Variant:
    """The variant of a row, as `DataFrame.iter_rows(named=True)` gives it."""
    return Variant(
        assembly=assembly, contig=row["contig"], position=row["position"], ref=row["ref"], alt=row["alt"]
    )


def to_call(row: Mapping[str, Any]) -> GenotypeCall:
    """The sample's call of a row."""
    return GenotypeCall(
        zygosity=Zygosity(row["zygosity"]),
        genotype=row["genotype"],
        phased=row["phased"],
        phase_set=row["phase_set"],
        depth=row["depth"],
        ref_depth=row["ref_depth"],
        alt_depth=row["alt_depth"],
        genotype_quality=row["genotype_quality"],
        other_alt=row["other_alt"],
    )
