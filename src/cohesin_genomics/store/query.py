"""Questions to one genome's file.

Rows are sorted by (contig, position), so contig and position make one ascending int64 key, and the footer
tells which row groups a question can touch. Only those are read; intervals are joined by binary search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from cohesin_genomics.model import Assembly, GenotypeCall, Variant, Zygosity
from cohesin_genomics.store.rows import to_call
from cohesin_genomics.store.schema import COLUMNS, PROVENANCE_KEY, GenomeProvenance

_CONTIG_STEP = 1 << 32
_WIDEST_GAP = 4
_LONGEST_RUN = 25
_KEY_COLUMNS = ["contig_code", "position", "span_end"]
_Int64s = npt.NDArray[np.int64]
_Mask = npt.NDArray[np.bool_]
_RowMask = Callable[[_Int64s, _Int64s, _Int64s], _Mask]
"""A row test: (contig codes, positions, span ends) to a mask, all of one length."""


class NotAGenomeFileError(Exception):
    """The file is no Parquet file written by `vcf.convert`."""


class AssemblyMismatchError(Exception):
    """A variant of one assembly was looked for in a genome of another."""


class Interval(NamedTuple):
    """0-based and half-open, as in BED; `contig` is a canonical name."""

    contig: str
    start: int
    end: int


class KeyState(StrEnum):
    """What a genome says of one variant."""

    PRESENT = "present"
    REFERENCE = "reference"
    NO_CALL = "no_call"
    ABSENT = "absent"


class KeyCall(msgspec.Struct, frozen=True):
    """`absent`: the file has no row for the variant. It was not called, which is no proof of reference."""

    state: KeyState
    call: GenotypeCall | None


_STATE_OF = {Zygosity.REFERENCE: KeyState.REFERENCE, Zygosity.NO_CALL: KeyState.NO_CALL}
_RANK = {KeyState.PRESENT: 0, KeyState.REFERENCE: 1, KeyState.NO_CALL: 2, KeyState.ABSENT: 3}


class Genome:
    """An open genome file.

    Attributes:
        provenance: what the file says of its origin.
        row_count: rows in the file.
    """

    def __init__(self, path: Path, provenance: GenomeProvenance, metadata: pq.FileMetaData) -> None:
        self.path = path
        self.provenance = provenance
        self.row_count: int = metadata.num_rows
        self._groups = _RowGroups(metadata)

    @property
    def assembly(self) -> Assembly:
        return Assembly(self.provenance.assembly)

    def variants_in(
        self, intervals: Iterable[Interval], *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Rows whose allele covers any base of any interval, in file order, each once.

        An insertion is where its anchor base is; a symbolic allele covers all up to its END.
        """
        starts, ends = self._merged(intervals)
        if not len(starts):
            return self._empty(columns)

        def mask(contig: _Int64s, position: _Int64s, span_end: _Int64s) -> _Mask:
            first, last = contig * _CONTIG_STEP + position - 1, contig * _CONTIG_STEP + span_end
            at = np.searchsorted(ends, first, side="right")
            return (at < len(starts)) & (starts[np.minimum(at, len(starts) - 1)] < last)

        return self._rows(mask(*self._groups.bounds), mask, columns)

    def variants_at(
        self, points: Iterable[tuple[str, int]], *, columns: Sequence[str] | None = None
    ) -> pl.DataFrame:
        """Rows that begin at any of the points, (canonical contig, 1-based position), in file order."""
        known = ((self._groups.codes.get(contig), position) for contig, position in points)
        keys = np.unique(
            np.array([code * _CONTIG_STEP + at for code, at in known if code is not None], dtype=np.int64)
        )
        if not len(keys):
            return self._empty(columns)

        def mask(contig: _Int64s, position: _Int64s, _span_end: _Int64s) -> _Mask:
            return np.isin(contig * _CONTIG_STEP + position, keys)

        first, last = self._groups.first_keys, self._groups.last_keys
        touched = np.searchsorted(keys, first, side="left") < np.searchsorted(keys, last, side="right")
        return self._rows(touched, mask, columns)

    def calls_for(self, variants: Iterable[Variant]) -> dict[Variant, KeyCall]:
        """What this genome says of each variant: how a relative's genotype is looked up.

        Raises:
            AssemblyMismatchError: a variant is of another assembly.
        """
        wanted = {variant: KeyCall(state=KeyState.ABSENT, call=None) for variant in variants}
        if any(variant.assembly != self.assembly for variant in wanted):
            raise AssemblyMismatchError(f"the genome is {self.assembly}")
        rows = self.variants_at((variant.contig, variant.position) for variant in wanted)
        for row in rows.iter_rows(named=True):
            variant = Variant(self.assembly, row["contig"], row["position"], row["ref"], row["alt"])
            if variant not in wanted:
                continue
            call = to_call(row)
            found = KeyCall(state=_STATE_OF.get(call.zygosity, KeyState.PRESENT), call=call)
            # Two records may hold the same allele; the one that says most counts.
            if _RANK[found.state] < _RANK[wanted[variant].state]:
                wanted[variant] = found
        return wanted

    def iter_batches(
        self, *, rows: int = 200_000, columns: Sequence[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """All rows in file order, about `rows` at a time."""
        for start in range(0, self.row_count, rows):
            yield self._slice(start, rows, columns)

    def _slice(self, start: int, count: int, columns: Sequence[str] | None) -> pl.DataFrame:
        scan = pl.scan_parquet(self.path).slice(start, count)
        return scan.select(list(columns or COLUMNS)).collect()

    def _empty(self, columns: Sequence[str] | None) -> pl.DataFrame:
        return self._slice(0, 0, columns)

    def _rows(self, touched: _Mask, mask: _RowMask, columns: Sequence[str] | None) -> pl.DataFrame:
        """Rows that `mask` picks among row groups `touched`; other columns only where it picks any."""
        parts = []
        for start, count in self._groups.runs(touched):
            keys = self._slice(start, count, _KEY_COLUMNS)
            picked = mask(*(keys[name].cast(pl.Int64).to_numpy() for name in _KEY_COLUMNS))
            groups = self._groups.of_rows(start + np.flatnonzero(picked))
            for part_start, part_count in self._groups.runs(groups):
                here = picked[part_start - start : part_start - start + part_count]
                parts.append(self._slice(part_start, part_count, columns).filter(pl.Series(here)))
        return pl.concat(parts) if parts else self._empty(columns)

    def _merged(self, intervals: Iterable[Interval]) -> tuple[_Int64s, _Int64s]:
        """The intervals as ascending, disjoint half-open ranges of 0-based keys."""
        known = sorted(
            (
                self._groups.codes[contig] * _CONTIG_STEP + start,
                self._groups.codes[contig] * _CONTIG_STEP + end,
            )
            for contig, start, end in intervals
            if contig in self._groups.codes and start < end
        )
        merged: list[tuple[int, int]] = []
        for start, end in known:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        both = np.array(merged, dtype=np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]


class _RowGroups:
    """What the footer tells of each row group.

    Attributes:
        codes: contig codes by name.
        bounds: (contig code, lowest position, highest span end) arrays, one entry per row group.
        first_keys, last_keys: lowest and highest key of a position in each row group.
    """

    def __init__(self, metadata: pq.FileMetaData) -> None:
        index = {metadata.schema.column(number).name: number for number in range(metadata.num_columns)}
        groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
        statistics = [
            {name: group.column(index[name]).statistics for name in ("contig", *_KEY_COLUMNS)}
            for group in groups
        ]
        self.codes = {facts["contig"].min: facts["contig_code"].min for facts in statistics}
        contig = np.array([facts["contig_code"].min for facts in statistics], dtype=np.int64)
        lowest = np.array([facts["position"].min for facts in statistics], dtype=np.int64)
        highest = np.array([facts["position"].max for facts in statistics], dtype=np.int64)
        span_end = np.array([facts["span_end"].max for facts in statistics], dtype=np.int64)
        self.bounds = (contig, lowest, span_end)
        self.first_keys = contig * _CONTIG_STEP + lowest
        self.last_keys = contig * _CONTIG_STEP + highest
        self._ends = np.cumsum([group.num_rows for group in groups], dtype=np.int64)

    def of_rows(self, rows: npt.NDArray[np.intp]) -> _Mask:
        """Which row groups hold the given row numbers."""
        touched = np.zeros(len(self._ends), dtype=np.bool_)
        touched[np.searchsorted(self._ends, rows, side="right")] = True
        return touched

    def runs(self, touched: _Mask) -> Iterator[tuple[int, int]]:
        """(first row, row count) of stretches of row groups that hold all those touched.

        Small gaps are read too, since a stretch costs more to begin than a row group to read; a stretch ends
        after `_LONGEST_RUN` row groups, which bounds the memory.
        """
        first = last = -1
        for group in np.flatnonzero(touched).tolist():
            if first >= 0 and group - last <= _WIDEST_GAP and group - first < _LONGEST_RUN:
                last = group
                continue
            if first >= 0:
                yield self._extent(first, last)
            first = last = group
        if first >= 0:
            yield self._extent(first, last)

    def _extent(self, first: int, last: int) -> tuple[int, int]:
        start = int(self._ends[first - 1]) if first else 0
        return start, int(self._ends[last]) - start


def open_genome(path: Path) -> Genome:
    """Open a genome's file; only its footer is read.

    Raises:
        NotAGenomeFileError: the file was not written by this library.
        FileNotFoundError: there is no such file.
    """
    try:
        metadata = pq.read_metadata(path)
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise NotAGenomeFileError("the file is not a readable Parquet file") from error
    provenance = (metadata.metadata or {}).get(PROVENANCE_KEY)
    if provenance is None:
        raise NotAGenomeFileError("the Parquet file does not say which genome it holds")
    return Genome(path, msgspec.json.decode(provenance, type=GenomeProvenance), metadata)
