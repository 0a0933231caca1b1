"""Single markers in a stored genome. Apart from the task that asks for them, as it reads with the numeric libraries."""

from __future__ import annotations

from pathlib import Path

from cohesin_genomics.markers import MarkerCall, calls_in_genome
from cohesin_genomics.store.query import open_genome


def read_markers(path: Path, rsids: list[str]) -> tuple[list[MarkerCall], str]:
    """The genome's genotype at each marker, in the order asked for, and its assembly."""
    genome = open_genome(path)
    return calls_in_genome(genome, rsids), str(genome.assembly)
