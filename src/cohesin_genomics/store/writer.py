"""Writing genomes: rows are gathered by sample and contig, then sorted and written contig by contig."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from cohesin_genomics.store.schema import (
    COLUMNS,
    DICTIONARY_COLUMNS,
    PROVENANCE_KEY,
    ROW_GROUP_ROWS,
    GenomeProvenance,
    arrow_schema,
)

SPOOL_BYTES = 64 << 20
"""Rows held in memory before they go to the folder of the spool."""


class Spool:
    """Rows of any number of samples in file order, kept by contig, on disk beyond `SPOOL_BYTES`."""

    def __init__(self, folder: Path, *, limit: int = SPOOL_BYTES) -> None:
        self._folder = folder
        self._limit = limit
        self._held: dict[tuple[int, int], list[pl.DataFrame]] = defaultdict(list)
        self._spilled: dict[tuple[int, int], list[Path]] = defaultdict(list)
        self._held_bytes = 0

    def add(self, sample: int, rows: pl.DataFrame) -> None:
        """Take rows of one sample; contigs may be mixed and in any order."""
        if rows.is_empty():
            return
        codes = rows["contig_code"]
        if codes[0] == codes[-1] and codes.n_unique() == 1:
            self._held[sample, codes[0]].append(rows)
        else:
            for part in rows.partition_by("contig_code", maintain_order=True):
                self._held[sample, part["contig_code"][0]].append(part)
        self._held_bytes += int(rows.estimated_size())
        if self._held_bytes > self._limit:
            self._spill()

    def _spill(self) -> None:
        for key, parts in self._held.items():
            place = self._folder / f"{key[0]}-{key[1]}-{len(self._spilled[key])}.arrow"
            pl.concat(parts).write_ipc(place, compression="lz4")
            self._spilled[key].append(place)
        self._held.clear()
        self._held_bytes = 0

    def contigs(self, sample: int) -> list[int]:
        """Codes of the contigs this sample has rows on, in order."""
        return sorted({code for number, code in (*self._held, *self._spilled) if number == sample})

    def take(self, sample: int, code: int) -> pl.DataFrame:
        """The contig's rows sorted by position, file order kept within one; they leave the spool."""
        places = self._spilled.pop((sample, code), [])
        parts = [pl.read_ipc(place) for place in places]
        parts += self._held.pop((sample, code), [])
        for place in places:
            place.unlink()
        rows = pl.concat(parts)
        return rows if rows["position"].is_sorted() else rows.sort("position", maintain_order=True)


def write_genome(place: Path, spool: Spool, sample: int, provenance: GenomeProvenance) -> None:
    """Write one sample's rows as Parquet: zstd, row groups within a contig, provenance in the footer."""
    schema = arrow_schema().with_metadata({PROVENANCE_KEY: msgspec.json.encode(provenance)})
    with pq.ParquetWriter(
        place,
        schema,
        compression="zstd",
        compression_level=3,
        use_dictionary=DICTIONARY_COLUMNS,
        write_statistics=["contig", "contig_code", "position", "span_end"],
    ) as writer:
        for code in spool.contigs(sample):
            # A few row groups at a time: the Arrow copy of a whole chromosome would double the memory.
            for rows in spool.take(sample, code).iter_slices(5 * ROW_GROUP_ROWS):
                writer.write_table(_arrow(rows, schema), row_group_size=ROW_GROUP_ROWS)


def _arrow(rows: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """The rows as Arrow columns of the file's types: polars' categories and views become plain text."""
    return rows.select(list(COLUMNS)).to_arrow().cast(schema)
