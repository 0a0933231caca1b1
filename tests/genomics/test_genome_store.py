"""Questions to a genome's file, against the same question asked row by row."""

from __future__ import annotations

import random

import polars as pl
import pytest

from cohesin_genomics.model import Assembly, Variant, Zygosity
from cohesin_genomics.store import writer
from cohesin_genomics.store.query import (
    AssemblyMismatchError,
    Interval,
    KeyState,
    NotAGenomeFileError,
    open_genome,
)
from cohesin_genomics.store.rows import to_call, to_variant
from cohesin_genomics.store.schema import COLUMNS
from cohesin_genomics.vcf.convert import convert_vcf
from tests.genomics.vcf_cases import EXOME, TRIO_SV, convert_text, vcf_text

A37 = Assembly.GRCH37


@pytest.fixture(scope="module")
def exome(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # Small row groups, so that a question meets many.
        patch.setattr(writer, "ROW_GROUP_ROWS", 300)
        conversion = convert_vcf(EXOME, tmp_path_factory.mktemp("exome"), assembly=A37)
    path = conversion.files["NA12878"]
    return open_genome(path), pl.read_parquet(path)


def test_file_is_sorted_and_says_where_it_came_from(exome):
    genome, rows = exome
    assert rows.columns == list(COLUMNS)
    assert rows.select("contig_code", "position").equals(
        rows.select("contig_code", "position").sort(pl.all())
    )
    assert genome.row_count == rows.height
    assert (genome.provenance.sample, genome.provenance.vcf_version) == ("NA12878", "4.0")
    assert genome.assembly is A37
    assert not genome.provenance.left_aligned


@pytest.mark.parametrize("seed", range(6))
def test_variants_in_intervals(exome, seed):
    genome, rows = exome
    rng = random.Random(seed)
    places = rows.sample(20, seed=seed).select("contig", "position").rows()
    intervals = [Interval(c, p - rng.randint(0, 50_000), p + rng.choice([0, 1, 90_000])) for c, p in places]
    expected = rows.filter(
        pl.any_horizontal(
            (pl.col("contig") == c) & (pl.col("position") - 1 < end) & (pl.col("span_end") > start)
            for c, start, end in intervals
        )
    )
    found = genome.variants_in(intervals)
    assert found.equals(expected)
    assert found.height > 10
    assert genome.variants_in(intervals, columns=["ref"]).equals(expected.select("ref"))


def test_interval_ends_are_half_open(tmp_path):
    conversion, _ = convert_text(vcf_text("1 100 . ACG A . . . GT 0/1"), tmp_path)
    genome = open_genome(conversion.files["S1"])
    found = [
        genome.variants_in([Interval("1", *ends)]).height
        for ends in ((98, 99), (99, 100), (101, 102), (102, 103))
    ]
    assert found == [0, 1, 1, 0]
    assert genome.variants_in([]).height == genome.variants_in([Interval("9", 0, 10**9)]).height == 0


def test_symbolic_alleles_are_found_inside_their_span(tmp_path):
    conversion = convert_vcf(TRIO_SV, tmp_path, assembly=A37)
    genome = open_genome(conversion.files[conversion.samples[0]])
    deletion = pl.read_parquet(genome.path).filter(pl.col("alt") == "<DEL>").row(0, named=True)
    inside = (deletion["position"] + deletion["end"]) // 2
    assert deletion["position"] < inside < deletion["end"]
    found = genome.variants_in([Interval(deletion["contig"], inside, inside + 1)])
    assert deletion["position"] in found["position"].to_list()


def test_variants_at_points(exome):
    genome, rows = exome
    places = rows.sample(40, seed=1).select("contig", "position").rows()
    found = genome.variants_at([*places, ("1", 1), ("nowhere", 5)])
    expected = rows.filter(
        pl.concat_str("contig", pl.lit(":"), "position").is_in([f"{c}:{p}" for c, p in places])
    )
    assert found.equals(expected)


def test_batches_hold_every_row_once(exome):
    genome, rows = exome
    batches = list(genome.iter_batches(rows=5000))
    assert [batch.height for batch in batches] == [5000, 5000, 5000, 4148]
    assert pl.concat(batches).equals(rows)
    assert next(genome.iter_batches(columns=["contig", "alt"])).columns == ["contig", "alt"]


def test_calls_of_a_relative(tmp_path):
    text = vcf_text(
        "1 5 . A C . . . GT:DP:GQ 0/0:31:60",
        "1 9 . A C,G . . . GT:AD 1|2:0,4,5",
        "1 12 . A C . . . GT ./.",
        "1 14 . A C . . . GT 0/0",
        "1 14 . A C . . . GT 0/1",
    )
    conversion, _ = convert_text(text, tmp_path)
    genome = open_genome(conversion.files["S1"])
    wanted = {name: Variant(A37, "1", *rest) for name, *rest in (
        ("reference", 5, "A", "C"), ("present", 9, "A", "G"), ("no_call", 12, "A", "C"),
        ("twice", 14, "A", "C"), ("other", 5, "A", "G"), ("nowhere", 99, "A", "G"),
    )}  # fmt: skip
    calls = genome.calls_for(wanted.values())
    assert {name: calls[variant].state for name, variant in wanted.items()} == {
        "reference": KeyState.REFERENCE,
        "present": KeyState.PRESENT,
        "no_call": KeyState.NO_CALL,
        "twice": KeyState.PRESENT,
        "other": KeyState.ABSENT,
        "nowhere": KeyState.ABSENT,
    }
    call = calls[wanted["present"]].call
    assert call is not None
    assert (call.zygosity, call.other_alt, call.phased, call.alt_depth) == (
        Zygosity.HETEROZYGOUS,
        True,
        True,
        5,
    )
    assert calls[wanted["reference"]].call.depth == 31
    with pytest.raises(AssemblyMismatchError):
        genome.calls_for([Variant(Assembly.GRCH38, "1", 5, "A", "C")])


def test_rows_become_the_shared_structures(exome):
    _, rows = exome
    row = rows.row(0, named=True)
    assert to_variant(row, A37).key == "1-877831-T-C"
    call = to_call(row)
    assert (call.zygosity, call.genotype, call.depth, call.alt_depth) == (Zygosity.HOMOZYGOUS, "1/1", 3, 5)


def test_spilling_to_disk_changes_nothing(tmp_path, exome):
    _, rows = exome
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "cohesin_genomics.vcf.convert.Spool", lambda folder: writer.Spool(folder, limit=100_000)
        )
        conversion = convert_vcf(EXOME, tmp_path, assembly=A37, block_bytes=150_000)
    assert pl.read_parquet(conversion.files["NA12878"]).equals(rows)
    assert [path.name for path in tmp_path.iterdir()] == ["1.parquet"]


def test_other_files_are_no_genomes(tmp_path):
    (tmp_path / "a").write_bytes(b"no parquet")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "b")
    for name in ("a", "b"):
        with pytest.raises(NotAGenomeFileError):
            open_genome(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        open_genome(tmp_path / "missing")


def test_a_genome_without_rows_can_be_asked(tmp_path):
    conversion, _ = convert_text(vcf_text("1 5 . A . . . . GT 0/0"), tmp_path)
    genome = open_genome(conversion.files["S1"])
    assert genome.row_count == 0
    assert genome.variants_in([Interval("1", 0, 10)]).columns == list(COLUMNS)
    assert genome.variants_at([("1", 5)]).height == 0
    assert list(genome.iter_batches()) == []
