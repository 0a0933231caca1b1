from __future__ import annotations

from pathlib import Path

import pytest

from cohesin_genomics.markers import calls_as_sent, calls_in_genome, known_markers
from cohesin_genomics.model import Assembly
from cohesin_genomics.store.query import open_genome
from cohesin_genomics.vcf.convert import convert_vcf

HEAD = """##fileformat=VCFv4.2
##reference=GRCh37
##FILTER=<ID=LowQual,Description="Low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##contig=<ID=chr1,length=249250621>
##contig=<ID=chr19,length=59128983>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS
"""
MTHFR = "rs1801133"  # 1:11856378 G>A in GRCh37


def call(folder: Path, *lines: str, rsid: str = MTHFR) -> tuple[str | None, str | None]:
    (folder / "s.vcf").write_text(HEAD + "".join(line.replace(" ", "\t") + "\n" for line in lines))
    genome = open_genome(convert_vcf(folder / "s.vcf", folder / "out", assembly=Assembly.GRCH37).files["S"])
    (found,) = calls_in_genome(genome, [rsid])
    assert found.rsid == rsid
    return found.genotype, found.reason


@pytest.mark.parametrize(
    ("line", "genotype"),
    [
        ("chr1 11856378 . G A 50 PASS . GT 0/1", "A/G"),
        ("chr1 11856378 . G A 50 . . GT 1|0", "A/G"),
        ("chr1 11856378 . G A 50 PASS . GT 1/1", "A/A"),
        ("chr1 11856378 . G A 50 PASS . GT 0/0", "G/G"),
        ("chr1 11856378 . G A,T 50 PASS . GT 1/2", "A/T"),
        ("chr1 11856378 . G A 50 PASS . GT 1", "A"),
        ("chr1 11856377 . CG CA 50 PASS . GT 0/1", "A/G"),  # the record begins a base before the marker
    ],
)
def test_a_genotype_is_read_at_the_marker(tmp_path: Path, line: str, genotype: str) -> None:
    assert call(tmp_path, line) == (genotype, None)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["chr1 11856379 . G A 50 PASS . GT 0/1"], "the file has no call there"),
        (
            ["chr1 11856378 . G . 50 PASS . GT 0/0", "chr19 100 . A T 5 PASS . GT 0/1"],
            "the file has no call there",
        ),
        (["chr1 11856378 . G A 50 PASS . GT ./."], "the call gives no genotype there"),
        (["chr1 11856378 . G A 50 PASS . GT ./1"], "the call gives no genotype there"),
        (["chr1 11856378 . G A 50 LowQual . GT 0/1"], "the call did not pass the filter LowQual"),
        (["chr1 11856378 . G GTT 50 PASS . GT 0/1"], "the call gives no genotype there"),
        (["chr1 11856378 . G <DEL> 50 PASS . GT 0/1"], "the call gives no genotype there"),
    ],
)
def test_what_the_file_does_not_say_is_not_assessed(tmp_path: Path, lines: list[str], reason: str) -> None:
    assert call(tmp_path, *lines) == (None, reason)


def test_a_marker_nobody_knows(tmp_path: Path) -> None:
    genotype, reason = call(tmp_path, "chr1 11856378 . G A 50 PASS . GT 0/1", rsid="rs42")
    assert genotype is None
    assert reason == "its position is not known here"


def test_a_marker_without_a_position_in_the_assembly() -> None:
    markers = known_markers()
    assert markers["rs2395182"].positions.keys() == {Assembly.GRCH37}
    assert markers[MTHFR].positions == {Assembly.GRCH37: 11856378, Assembly.GRCH38: 11796321}
    assert len(markers) == 48


def test_genotypes_that_were_sent() -> None:
    sent = {"rs1801133": "ag", "rs1801131": "--", "rs4680": "T", "rs762551": "00"}
    calls = calls_as_sent(sent, ["rs1801133", "rs1801131", "rs4680", "rs429358", "rs42"])
    assert [call.genotype for call in calls] == ["A/G", None, "T", None, None]
    assert calls[0].gene == "MTHFR"
    assert all((call.genotype is None) == (call.reason is not None) for call in calls)
