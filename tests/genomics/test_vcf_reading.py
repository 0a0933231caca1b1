"""Alleles, genotypes, normalisation and refusals, record by record."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.model import AlleleKind, Assembly, Zygosity
from cohesin_genomics.vcf import errors
from cohesin_genomics.vcf.assembly import guess_assembly
from cohesin_genomics.vcf.compression import Compression, UnpackedStream, sniff_compression
from cohesin_genomics.vcf.contigs import canonical_contig
from cohesin_genomics.vcf.convert import convert_vcf
from cohesin_genomics.vcf.genotypes import interpret_genotype
from cohesin_genomics.vcf.header import read_header
from cohesin_genomics.vcf.normalise import ReferenceSequence, trim
from tests.genomics.vcf_cases import EXOME, TRIO, convert_text, unpacked, vcf_text

GENOTYPES = [
    ("0/1", 1, Zygosity.HETEROZYGOUS, False, False, None),
    ("1|1", 1, Zygosity.HOMOZYGOUS, False, True, None),
    ("1/2", 1, Zygosity.HETEROZYGOUS, True, False, None),
    ("1/2", 2, Zygosity.HETEROZYGOUS, True, False, None),
    ("2/2", 1, Zygosity.REFERENCE, True, False, None),
    ("0/0", 1, Zygosity.REFERENCE, False, False, None),
    ("1", 1, Zygosity.HEMIZYGOUS, False, False, None),
    ("0", 1, Zygosity.REFERENCE, False, False, None),
    (".", 1, Zygosity.NO_CALL, False, False, None),
    ("./.", 1, Zygosity.NO_CALL, False, False, None),
    (".|1", 1, Zygosity.HETEROZYGOUS, False, True, "half_call"),
    ("./0", 1, Zygosity.NO_CALL, False, False, "half_call"),
    ("0|1|1", 1, Zygosity.HETEROZYGOUS, False, True, None),
    ("0/1|1", 1, Zygosity.HETEROZYGOUS, False, False, None),
    ("|0|1", 1, Zygosity.HETEROZYGOUS, False, True, None),
    ("/1", 1, Zygosity.HEMIZYGOUS, False, False, None),
]


@pytest.mark.parametrize(("text", "allele", "zygosity", "other", "phased", "reason"), GENOTYPES)
def test_genotype(*, text, allele, zygosity, other, phased, reason):
    assert interpret_genotype(text, allele)[:4] == (zygosity, other, phased, reason)


@pytest.mark.parametrize(
    ("record", "trimmed"),
    [
        ((10, "CACAG", "CACAT"), (14, "G", "T")),
        ((10, "GATG", "GACT"), (12, "TG", "CT")),
        ((10, "TTTA", "TTA"), (10, "TT", "T")),
        ((10, "GTGT", "GT"), (10, "GTG", "G")),
        ((10, "A", "ATT"), (10, "A", "ATT")),
        ((10, "AC", "ACAC"), (10, "A", "ACA")),
    ],
)
def test_trim(record, trimmed):
    assert trim(*record) == trimmed


def test_alleles_of_every_kind(tmp_path):
    text = vcf_text(
        "chr1 100 rs7;x A G,AT 50 PASS . GT:AD:DP:GQ:PS 1|2:3,4,5:12:99:100",
        "chr1 200 . CTT C,* . . . GT 0/1",
        "chr1 300 . N <DEL> . . SVTYPE=DEL;END=900;SVLEN=-600 GT 0/1",
        "chr1 400 . G G]17:198982] . . SVTYPE=BND GT 0/1",
        "chr1 500 . BA BAA . . . GT 1/1",
        "chr1 600 . t c . q10;s50 . DP:GT 7:0/1",
        "chr1 700 . AC GTT . . . GT 0/1",
        "chr1 800 . A <NON_REF> . . END=850 GT:DP 0/0:30",
    )
    conversion, rows = convert_text(text, tmp_path)
    assert conversion.kinds == {
        AlleleKind.SNV: 2,
        AlleleKind.INSERTION: 2,
        AlleleKind.DELETION: 1,
        AlleleKind.DELINS: 1,
        AlleleKind.SPANNING_DELETION: 1,
        AlleleKind.SYMBOLIC: 2,
        AlleleKind.BREAKEND: 1,
    }
    by_place = {(row["record_position"], row["allele_number"]): row for row in rows.iter_rows(named=True)}
    first, second = by_place[100, 1], by_place[100, 2]
    assert (first["alt_depth"], second["alt_depth"], first["ref_depth"]) == (4, 5, 3)
    assert first["other_alt"]
    assert second["other_alt"]
    assert first["phased"]
    assert first["phase_set"] == "100"
    assert (first["rsid"], first["contig"], first["contig_code"], first["qual"]) == ("rs7", "1", 1, 50)
    assert second["record_alt"] == "G,AT"
    assert by_place[200, 2]["reason"] == "spanning_deletion"
    deletion = by_place[300, 1]
    assert (deletion["reason"], deletion["span_end"], deletion["sv_length"]) == (
        "symbolic_allele;ambiguous_bases",
        900,
        -600,
    )
    assert by_place[400, 1]["alt"] == "G]17:198982]"
    assert by_place[500, 1]["ref"] == "B"
    assert by_place[500, 1]["reason"] == "ambiguous_bases"
    assert (by_place[600, 1]["ref"], by_place[600, 1]["filter"], by_place[600, 1]["depth"]) == (
        "T",
        "q10;s50",
        7,
    )
    assert (by_place[800, 1]["reason"], by_place[800, 1]["span_end"]) == ("unspecified_allele", 850)


def test_rows_are_sorted_in_karyotype_order_and_after_trimming(tmp_path):
    text = vcf_text(
        "chrX 5 . A C . . . GT 1",
        "10 7 . A C . . . GT 0/1",
        "2 20 . CACAG CACAT . . . GT 0/1",
        "2 22 . C T . . . GT 0/1",
        "GL000220.1 1 . A C . . . GT 0/1",
        "M 3 . A C . . . GT 1",
    )
    _, rows = convert_text(text, tmp_path)
    assert rows["contig"].to_list() == ["2", "2", "10", "X", "MT", "GL000220.1"]
    assert rows["position"].to_list() == [22, 24, 7, 5, 3, 1]


def test_small_blocks_give_the_same_rows_and_line_numbers(tmp_path):
    text = unpacked(TRIO)
    _, whole = convert_text(text, tmp_path / "a")
    _, parts = convert_text(text, tmp_path / "b", block_bytes=300_000)
    assert whole.equals(parts)
    broken = text.splitlines()
    broken[-3] = broken[-3].replace("\t", " ", 3)
    with pytest.raises(errors.MalformedRecordError) as caught:
        convert_text("\n".join(broken), tmp_path / "c", block_bytes=300_000)
    assert caught.value.line_number == len(broken) - 2


MALFORMED = [
    ("1 x . A C . . . GT 0/1", "POS is not a whole number"),
    ("1 9999999999 . A C . . . GT 0/1", "POS is out of range"),
    ("1 5 . A C,,G . . . GT 0/1", "ALT holds an empty allele"),
    ("1 5 . A C high . . GT 0/1", "QUAL is not a number"),
    ("1 5 . A C . . . GT 0/2", "a genotype names an allele that the record does not have"),
    ("1 5 . A C . . . GT 0/x", "a genotype cannot be read"),
    ("1 5 . A C . .", "fewer than the eight fixed columns"),
    ("1 5 . A C . . . GT", "fewer columns than the header names"),
    ("1 5 . A C . . . GT 0/1 0/1", "more columns than the header names"),
    ("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S1", "a header line stands among the records"),
]


@pytest.mark.parametrize(("record", "fault"), MALFORMED)
def test_malformed_record_is_named_by_its_line_without_its_content(tmp_path, record, fault):
    text = vcf_text("1 1 . A C . . . GT 0/1", "", record)
    with pytest.raises(errors.MalformedRecordError, match=fault) as caught:
        convert_text(text, tmp_path / "new")
    assert caught.value.line_number == 5
    assert "S1" not in str(caught.value)
    assert "0/" not in str(caught.value)
    assert not (tmp_path / "new").exists()


def test_failure_leaves_an_existing_folder_as_it_was(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    good = "\n".join(f"1 {n} . A C . . . GT 0/1" for n in range(1, 400))
    with pytest.raises(errors.MalformedRecordError):
        convert_text(vcf_text(*good.splitlines(), "1 x . A C . . . GT 0/1"), tmp_path, block_bytes=2000)
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]


@pytest.mark.parametrize("pack", [lambda data: data, gzip.compress, bz2.compress])
def test_packings(tmp_path, pack):
    text = vcf_text("1 1 . A C . . . GT 0/1")
    conversion, _ = convert_text(pack(text.encode()), tmp_path)
    assert conversion.record_count == 1


def test_windows_line_ends_byte_order_mark_and_other_encodings(tmp_path):
    text = vcf_text("1 1 rs1 A C . . NAME=é GT 0/1", "1 2 . A C . . . GT 0/1").replace("\n", "\r\n")
    conversion, rows = convert_text(b"\xef\xbb\xbf" + text.encode("latin-1"), tmp_path)
    assert conversion.record_count == 2
    assert rows["genotype"].to_list() == ["0/1", "0/1"]


def test_sniffing():
    assert sniff_compression(EXOME.read_bytes()[:18]) is Compression.BGZIP
    assert sniff_compression(gzip.compress(b"x")) is Compression.GZIP
    assert sniff_compression(bz2.compress(b"x")) is Compression.BZIP2
    assert sniff_compression(b"##fileformat") is Compression.PLAIN
    assert sniff_compression(b"") is Compression.PLAIN


@pytest.mark.parametrize("cut", [0.5, 0.99])
def test_cut_files_are_refused(tmp_path, cut):
    text = unpacked(TRIO).encode()
    for packed in (EXOME.read_bytes(), gzip.compress(text), bz2.compress(text)):
        with pytest.raises(errors.TruncatedFileError, match="cut off"):
            convert_text(packed[: int(len(packed) * cut)], tmp_path / "new")
        assert not (tmp_path / "new").exists()


def test_bgzip_file_cut_between_blocks_is_refused(tmp_path):
    with pytest.raises(errors.TruncatedFileError, match="closing block"):
        convert_text(EXOME.read_bytes()[:-28], tmp_path / "new")


def test_damaged_bytes_are_refused(tmp_path):
    packed = bytearray(gzip.compress(unpacked(TRIO).encode()))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    with pytest.raises((errors.CorruptFileError, errors.TruncatedFileError)):
        convert_text(bytes(packed), tmp_path / "new")


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", errors.NotAVcfError, "does not begin"),
        (b"hello\n", errors.NotAVcfError, "does not begin"),
        (b"PK\x03\x04rest", errors.NotAVcfError, "zip archive"),
        (gzip.compress(b"BCF\x02\x02\x00", mtime=0), errors.NotAVcfError, "binary"),
        (b"##fileformat=VCFv3.3\n", errors.UnsupportedVersionError, "3.3"),
        (b"##fileformat=VCFv4.2\n##x=y\n", errors.NotAVcfError, "#CHROM"),
        (vcf_text(samples=("A", "A")).encode(), errors.DuplicateSampleError, "line 2"),
        (vcf_text(samples=()).encode(), errors.NoSamplesError, "no sample"),
    ],
)
def test_files_that_are_no_genome(tmp_path, data, error, message):
    with pytest.raises(error, match=message):
        convert_text(data, tmp_path / "new")


@pytest.mark.parametrize("version", ["4.0", "4.1", "4.2", "4.3", "4.4", "4.5"])
def test_versions(tmp_path, version):
    conversion, _ = convert_text(vcf_text("1 1 . A C . . . GT 0/1", version=version), tmp_path)
    assert conversion.header.version == version


def test_header_is_read_without_the_records():
    meta = (
        "##contig=<ID=chr1,length=249250621,assembly=hg19>\n##reference=file:///x/ucsc.hg19.fasta\n"
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="Format: Allele|Gene, \\"quoted\\"">\n'
        '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
        '##FILTER=<ID=q10,Description="Low">'
    )
    stream = UnpackedStream(io.BytesIO(vcf_text(meta=meta, samples=("A B", "C")).encode() + b"\xff" * 100))
    header = read_header(stream)
    assert header.samples == ("A B", "C")
    assert header.contigs == {"chr1": 249250621}
    assert header.reference == "file:///x/ucsc.hg19.fasta"
    assert header.transcript_formats == {"CSQ": 'Format: Allele|Gene, "quoted"'}
    assert list(header.formats) == ["GT"]
    assert list(header.filters) == ["q10"]
    assert guess_assembly(header) is Assembly.GRCH37


@pytest.mark.parametrize(
    ("meta", "found"),
    [
        ("##contig=<ID=1,length=248956422>", Assembly.GRCH38),
        ("##contig=<ID=NC_000001.10,length=249250621>", Assembly.GRCH37),
        ("##contig=<ID=1,length=1000>\n##reference=/a/human_g1k_v37.fasta", Assembly.GRCH37),
        ("##contig=<ID=1,length=247249719>", None),
        ("##reference=mm10.fa", None),
        ("##contig=<ID=1,length=248956422>\n##contig=<ID=2,length=243199373>", None),
    ],
)
def test_assembly_evidence(meta, found):
    assert guess_assembly(read_header(io.BytesIO(vcf_text(meta=meta).encode()))) is found


def test_wrong_assembly_is_refused(tmp_path):
    text = vcf_text("1 1 . A C . . . GT 0/1", meta="##contig=<ID=1,length=249250621>")
    with pytest.raises(errors.WrongAssemblyError, match="GRCh37, not GRCh38"):
        convert_text(text, tmp_path / "new", assembly=Assembly.GRCH38)


def test_contig_names(tmp_path):
    names = ["chr1", "CHR7", "chrX", "x", "chrM", "M", "NC_000023.11", "NC_012920.1", "chrUn_gl000220", "23"]
    assert [canonical_contig(name) for name in names] == [
        "1", "7", "X", "X", "MT", "MT", "X", "MT", "chrUn_gl000220", "23",
    ]  # fmt: skip
    yoruba = vcf_text("chrM 1 . A C . . . GT 1", meta="##contig=<ID=chrM,length=16571>")
    assert convert_text(yoruba, tmp_path)[1]["contig"].to_list() == ["chrM"]


def test_progress_rises_to_one(tmp_path):
    told: list[float] = []
    convert_vcf(EXOME, tmp_path, assembly=Assembly.GRCH37, progress=told.append, block_bytes=200_000)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    rng = random.Random(4)
    text = "".join(rng.choice(["A", "C", "AA", "CAG", "CAGCAG", "T", "TTTT", "G"]) for _ in range(400))[:700]
    path = tmp_path_factory.mktemp("fasta") / "r.fa"
    path.write_text(f">chr1 made up\n{text}\n")
    reference = ReferenceSequence(path)
    yield text, path, reference
    reference.close()


def _applied(sequence: str, position: int, ref: str, alt: str) -> str:
    assert sequence[position - 1 : position - 1 + len(ref)] == ref
    return sequence[: position - 1] + alt + sequence[position - 1 + len(ref) :]


@settings(max_examples=200, deadline=None)
@given(st.integers(2, 600), st.integers(1, 30), st.text("ACGT", max_size=8))
def test_left_alignment_keeps_the_haplotype_and_is_unique(sequence, position, length, inserted):
    text, _, reference = sequence
    ref = text[position - 1 : position - 1 + length]
    alt = ref[0] + inserted
    if ref == alt:
        return
    aligned = reference.left_align("1", *trim(position, ref, alt))
    haplotype = _applied(text, position, ref, alt)
    assert _applied(text, *aligned) == haplotype
    at, short_ref, short_alt = aligned
    # Leftmost and shortest: no equal change of these lengths begins further left, none is shorter.
    size = len(short_ref)
    for other in range(max(1, at - 40), at):
        candidate = haplotype[other - 1 : other - 1 + len(short_alt)]
        moved = text[: other - 1] + candidate + text[other - 1 + size :]
        assert moved != haplotype or at == 1
    assert min(len(short_ref), len(short_alt)) == 1 or short_ref[-1] != short_alt[-1]


def test_conversion_left_aligns_with_a_fasta_and_marks_a_wrong_reference(tmp_path):
    fasta = tmp_path / "r.fa"
    fasta.write_text(">chr1\nGGCACACACATT\n")
    text = vcf_text("1 8 . ACA A . . . GT 0/1", "1 9 . C CC . . . GT 0/1", "1 5 . GG G . . . GT 0/1")
    _, rows = convert_text(text, tmp_path / "out", fasta=fasta)
    assert rows.select("record_position", "position", "ref", "alt", "reason").rows() == [
        (8, 2, "GCA", "G", None),
        (5, 5, "GG", "G", "reference_mismatch"),
        (9, 8, "A", "AC", None),
    ]
    _, plain = convert_text(text, tmp_path / "plain")
    assert plain["position"].to_list() == [5, 8, 9]


def test_rows_of_siblings_keep_reference_and_missing_calls(tmp_path):
    text = vcf_text("1 5 . A C . . . GT:DP 0/1:20 0/0:31 ./.:0", samples=("child", "mother", "father"))
    conversion, _ = convert_text(text, tmp_path)
    rows = [pl.read_parquet(conversion.files[name]) for name in conversion.samples]
    assert [frame["zygosity"][0] for frame in rows] == ["heterozygous", "reference", "no_call"]
    assert [frame["depth"][0] for frame in rows] == [20, 31, 0]
    assert conversion.variant_count == {"child": 1, "mother": 0, "father": 0}


def test_sites_without_calls_in_a_file_with_samples(tmp_path):
    _, rows = convert_text(vcf_text("1 5 . A C . . .", "1 6 . A C . . ."), tmp_path / "all")
    assert rows.select("zygosity", "genotype", "reason").rows() == [("no_call", ".", "no_genotype")] * 2
    _, rows = convert_text(vcf_text("1 5 . A C . . .", "1 6 . A C . . . GT 0/1"), tmp_path / "one")
    assert rows["zygosity"].to_list() == ["no_call", "heterozygous"]


DAMAGE = st.tuples(
    st.integers(0, 2000),
    st.sampled_from([0, 1, 5, 40]),
    st.sampled_from(
        list('\t\n\r:,/|.;=*<>[]#" 0') + ["", "\0", "é", "-1", "1e400", "99999999999", "nan", "\t\t"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(DAMAGE, min_size=1, max_size=6))
def test_damaged_text_is_read_or_refused_but_never_crashes(damage):
    text = vcf_text(
        "1 100 rs7 A G,AT 50 PASS SVTYPE=DEL;END=900;SVLEN=-600 GT:AD:DP:GQ:PS 1|2:3,4,5:12:99:100 0/0:9,0,0:9:50:.",
        "2 200 . CTT C,* . . CSQ=a|b|c GT:DP 0/1:3 ./.:0",
        "X 300 . N <DEL> . q10 SVTYPE=DEL;END=900 GT 0/1 .",
        "MT 400 . G G]17:198982] 3.5 . . GT:RO:AO 0/1:3:4 1:0:9",
        "1 500 . ACG A . . .",
        samples=("one", "two"),
    )
    body = text.index("#CHROM")
    for place, width, put in damage:
        at = body + place % max(1, len(text) - body)
        text = text[:at] + put + text[at + width :]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "new"
        try:
            conversion = convert_vcf(io.BytesIO(text.encode()), place, assembly=Assembly.GRCH37)
        except errors.VcfError:
            assert not place.exists()
        else:
            assert all(path.exists() for path in conversion.files.values())
