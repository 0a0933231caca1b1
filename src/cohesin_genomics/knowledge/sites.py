"""Alleles found by exact place, REF and ALT.

Only the primary contigs 1-22, X, Y and MT are indexed. Positions are 1-based. Both sides are brought to the
shortest form (shared ends trimmed, one base kept), so an allele is the same however many neighbours a file
writes with it; moving an indel along a repeat needs a reference and is the reader's work.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

CONTIGS: Final = (*(str(number) for number in range(1, 23)), "X", "Y", "MT")
CONTIG_CODES: Final[dict[str, int]] = {contig: code for code, contig in enumerate(CONTIGS, start=1)}
NO_CONTIG: Final = 63
"""Code of every other contig: sorts last and never matches."""

Keys = npt.NDArray[np.int64]


def minimal_form(position: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Trim shared bases from the right, then from the left, keeping one base of each allele."""
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        position, ref, alt = position + 1, ref[1:], alt[1:]
    return position, ref, alt


def site_key(contig: str, position: int) -> int:
    """One sortable number for a contig and a position."""
    return CONTIG_CODES.get(contig, NO_CONTIG) << 32 | position


def site_keys(frame: pl.DataFrame) -> Keys:
    """`site_key` of every row of a frame with `contig` (text) and `position` (1-based)."""
    codes = (
        frame["contig"].cast(pl.String).replace_strict(CONTIG_CODES, default=NO_CONTIG, return_dtype=pl.Int64)
    )
    keys: Keys = (codes.to_numpy() << 32) | frame["position"].cast(pl.Int64).to_numpy()
    return keys


def minimal_rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with contig, position, ref and alt brought to the shortest form."""
    both_long = (pl.col("ref").str.len_bytes() > 1) & (pl.col("alt").str.len_bytes() > 1)
    long = frame.filter(both_long)
    if long.is_empty():
        return frame
    forms = [minimal_form(*row) for row in long.select("position", "ref", "alt").iter_rows()]
    fixed = long.with_columns(
        pl.Series("position", [form[0] for form in forms], dtype=long.schema["position"]),
        pl.Series("ref", [form[1] for form in forms], dtype=pl.String),
        pl.Series("alt", [form[2] for form in forms], dtype=pl.String),
    )
    return pl.concat([frame.filter(~both_long), fixed])


class AlleleTable:
    """Rows of facts by allele; of two rows of one allele neither is used, as the place is then ambiguous."""

    def __init__(self, rows: pl.DataFrame) -> None:
        """Index `rows`, which hold contig, position, ref, alt and the facts."""
        rows = minimal_rows(rows).unique(["contig", "position", "ref", "alt"], keep="none")
        rows = rows.with_columns(pl.Series("site", site_keys(rows), dtype=pl.Int64)).sort(
            "site", "ref", "alt"
        )
        self.rows = rows
        self._sites: Keys = rows["site"].to_numpy()
        self._alleles = rows.select("site", "ref", "alt").with_row_index("row")

    def __len__(self) -> int:
        return self.rows.height

    def find(self, contig: str, position: int, ref: str, alt: str) -> int | None:
        """The row of an allele, or None."""
        position, ref, alt = minimal_form(position, ref, alt)
        key = site_key(contig, position)
        at = int(np.searchsorted(self._sites, key))
        while at < len(self._sites) and self._sites[at] == key:
            if self._alleles["ref"][at] == ref and self._alleles["alt"][at] == alt:
                return at
            at += 1
        return None

    def match(self, frame: pl.DataFrame, keys: Keys) -> pl.DataFrame:
        """Rows of a frame that are in the table: columns `index` (in the frame) and `row` (in the table).

        `keys` are the frame's `site_keys`. Its alleles have to be in the shortest form already.
        """
        if not len(self._sites):
            return pl.DataFrame(schema={"index": pl.Int64, "row": pl.UInt32})
        at = np.minimum(np.searchsorted(self._sites, keys), len(self._sites) - 1)
        hits = np.flatnonzero(self._sites[at] == keys)
        wanted = (
            frame[hits]
            .select(pl.col("ref").cast(pl.String), pl.col("alt").cast(pl.String))
            .with_columns(
                pl.Series("site", keys[hits], dtype=pl.Int64), pl.Series("index", hits, dtype=pl.Int64)
            )
        )
        return wanted.join(self._alleles, on=["site", "ref", "alt"]).select("index", "row")


def read_sites_vcf(path: Path) -> pl.DataFrame:
    """A sites VCF (plain, gzip or bgzip): contig, position, id, ref, alt and info, one row per record.

    Raises:
        polars.exceptions.PolarsError: The body is not tab-separated as a VCF is.
    """
    frame = pl.read_csv(
        path,
        separator="\t",
        comment_prefix="##",
        quote_char=None,
        infer_schema=False,
        columns=[0, 1, 2, 3, 4, 7],
    )
    frame.columns = ["contig", "position", "id", "ref", "alt", "info"]
    return frame.with_columns(
        pl.col("contig").str.strip_prefix("chr").replace("M", "MT"),
        pl.col("position").cast(pl.Int64),
        pl.col("ref", "alt").str.to_uppercase(),
    )


def info_value(name: str) -> pl.Expr:
    """The text of an INFO key in column `info`; null when absent or `.`."""
    found = pl.col("info").str.extract(rf"(?:^|;){name}=([^;]*)")
    return pl.when(found != ".").then(found).alias(name)
