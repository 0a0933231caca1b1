"""Single markers (SNPs) of trait panels: where they are, and which genotype a genome holds there.

`data/trait_snps.tsv` gives positions per assembly, 1-based; each was checked in the sources its columns name. A marker
that the file has no call for is not assessed: an absent row is no proof of the reference allele.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import msgspec

from cohesin_genomics import __version__
from cohesin_genomics.model import Assembly

if TYPE_CHECKING:
    # The table of markers is also for processes that open no genome and hold no numeric libraries.
    from cohesin_genomics.store.query import Genome

MARKER_SOURCE = f"trait_snps.tsv of cohesin_genomics {__version__}"
_COLUMNS = ("contig", "position", "genotype", "filter", "record_position", "record_ref", "record_alt")
_PASSED = (None, "PASS", ".")
_NO_CALL = re.compile(r"[-0]+")


class Marker(msgspec.Struct, frozen=True):
    """A marker and its 1-based position in each assembly, where known."""

    rsid: str
    gene: str
    topic: str
    contig: str
    positions: Mapping[Assembly, int]


class MarkerCall(msgspec.Struct, frozen=True):
    """What is known of one marker in one person: a genotype such as `C/T`, or the reason why there is none."""

    rsid: str
    gene: str
    topic: str
    genotype: str | None
    reason: str | None = None


@lru_cache(maxsize=1)
def known_markers() -> Mapping[str, Marker]:
    """Every marker of the table, by rs number."""
    text = files("cohesin_genomics").joinpath("data/trait_snps.tsv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        places = {Assembly.GRCH37: row["pos37"], Assembly.GRCH38: row["pos38"]}
        positions = {assembly: int(place) for assembly, place in places.items() if place}
        found[row["rsid"]] = Marker(row["rsid"], row["gene"], row["topic"], row["chrom"], positions)
    return found


def calls_in_genome(genome: Genome, rsids: Iterable[str]) -> list[MarkerCall]:
    """The genome's genotype at each marker, in the order asked for."""
    wanted = list(rsids)
    markers = known_markers()
    points = {
        (marker.contig, marker.positions[genome.assembly])
        for marker in (markers.get(rsid) for rsid in wanted)
        if marker is not None and genome.assembly in marker.positions
    }
    rows: dict[tuple[str, int], list[dict[str, object]]] = {}
    for row in genome.variants_at(points, columns=_COLUMNS).iter_rows(named=True):
        rows.setdefault((row["contig"], row["position"]), []).append(row)
    return [_call_in_genome(genome.assembly, rsid, rows) for rsid in wanted]


def _call_in_genome(
    assembly: Assembly, rsid: str, rows: Mapping[tuple[str, int], list[dict[str, object]]]
) -> MarkerCall:
    marker = known_markers().get(rsid)
    if marker is None:
        return MarkerCall(rsid, "", "", None, "its position is not known here")
    if assembly not in marker.positions:
        return _without(marker, f"its position in {assembly} is not known here")
    found = rows.get((marker.contig, marker.positions[assembly]), [])
    if not found:
        return _without(marker, "the file has no call there")
    for row in found:
        genotype = _genotype(row, marker.positions[assembly])
        if genotype is not None and row["filter"] in _PASSED:
            return MarkerCall(marker.rsid, marker.gene, marker.topic, genotype)
    filtered = next((row["filter"] for row in found if row["filter"] not in _PASSED), None)
    reason = (
        f"the call did not pass the filter {filtered}" if filtered else "the call gives no genotype there"
    )
    return _without(marker, reason)


def _without(marker: Marker, reason: str) -> MarkerCall:
    return MarkerCall(marker.rsid, marker.gene, marker.topic, None, reason)


def _genotype(row: Mapping[str, object], position: int) -> str | None:
    """The bases at `position` of the record's called alleles, sorted, or None where they cannot be told."""
    reference = str(row["record_ref"])
    alleles = [reference, *str(row["record_alt"]).split(",")]
    offset = position - int(str(row["record_position"]))
    bases = []
    for number in re.split(r"[/|]", str(row["genotype"])):
        if not number.isdigit() or int(number) >= len(alleles):
            return None
        allele = alleles[int(number)]
        # Alleles of another length than the reference shift the bases behind them.
        if len(allele) != len(reference) or not 0 <= offset < len(allele) or not allele.isalpha():
            return None
        bases.append(allele[offset].upper())
    return "/".join(sorted(bases))


def calls_as_sent(sent: Mapping[str, str], rsids: Iterable[str]) -> list[MarkerCall]:
    """The genotypes somebody else called, by rs number, at each marker; taken as they are, strand included."""
    calls = []
    for rsid in rsids:
        marker = known_markers().get(rsid)
        gene, topic = (marker.gene, marker.topic) if marker else ("", "")
        alleles = sent.get(rsid, "")
        genotype = "/".join(sorted(alleles.upper())) if alleles and not _NO_CALL.fullmatch(alleles) else None
        reason = None if genotype else "the data that was sent holds no call for it"
        calls.append(MarkerCall(rsid, gene, topic, genotype, reason))
    return calls
