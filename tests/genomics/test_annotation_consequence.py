"""Consequences and coding positions of hand-checked variants, on both strands, and against ClinVar and VEP."""

from __future__ import annotations

import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.annotation import annotate_variant, parse_ann, parse_csq
from cohesin_genomics.annotation.annotate import predict_all
from cohesin_genomics.annotation.change import change_of
from cohesin_genomics.annotation.consequence import predict
from cohesin_genomics.knowledge import DATA
from cohesin_genomics.knowledge.gene_model import CodingPosition, Transcript
from cohesin_genomics.model import Assembly
from tests.genomics.annotation_cases import knowledge, variant37, variant38

# CFTR is on the plus strand, HBB on the minus strand. Names are the published ones (ClinVar, HbVar, CFTR2).
HAND_CHECKED = [
    ("CFTR", ("7", 117559590, "ATCT", "A"), "c.1520_1522del", {"inframe_deletion"}, "MODERATE"),
    ("CFTR", ("7", 117587778, "G", "T"), "c.1624G>T", {"coding_sequence_variant"}, "MODIFIER"),
    (
        "CFTR",
        ("7", 117531114, "G", "A"),
        "c.489G>A",
        {"splice_region_variant", "coding_sequence_variant"},
        "LOW",
    ),
    ("CFTR", ("7", 117531115, "G", "T"), "c.489+1G>T", {"splice_donor_variant"}, "HIGH"),
    ("CFTR", ("7", 117531116, "T", "A"), "c.489+2T>A", {"splice_donor_variant"}, "HIGH"),
    ("CFTR", ("7", 117531117, "A", "C"), "c.489+3A>C", {"splice_region_variant", "intron_variant"}, "LOW"),
    (
        "CFTR",
        ("7", 117531119, "G", "A"),
        "c.489+5G>A",
        {"splice_donor_5th_base_variant", "splice_region_variant", "intron_variant"},
        "LOW",
    ),
    ("CFTR", ("7", 117531123, "G", "A"), "c.489+9G>A", {"intron_variant"}, "MODIFIER"),
    ("CFTR", ("7", 117587738, "G", "A"), "c.1585-1G>A", {"splice_acceptor_variant"}, "HIGH"),
    ("CFTR", ("7", 117639961, "C", "T"), "c.3718-2477C>T", {"intron_variant"}, "MODIFIER"),
    ("CFTR", ("7", 117480095, "A", "G"), "c.1A>G", {"start_lost"}, "HIGH"),
    ("CFTR", ("7", 117480094, "C", "T"), "c.-1C>T", {"5_prime_UTR_variant"}, "MODIFIER"),
    ("CFTR", ("7", 117667109, "C", "T"), "c.*1C>T", {"3_prime_UTR_variant"}, "MODIFIER"),
    ("CFTR", ("7", 117479000, "C", "T"), None, {"upstream_gene_variant"}, "MODIFIER"),
    ("CFTR", ("7", 117668670, "C", "T"), None, {"downstream_gene_variant"}, "MODIFIER"),
    ("HBB", ("11", 5227002, "T", "A"), "c.20A>T", {"coding_sequence_variant"}, "MODIFIER"),
    ("HBB", ("11", 5227021, "T", "C"), "c.1A>G", {"start_lost"}, "HIGH"),
    ("HBB", ("11", 5227022, "G", "A"), "c.-1C>T", {"5_prime_UTR_variant"}, "MODIFIER"),
    ("HBB", ("11", 5226929, "C", "T"), "c.92+1G>A", {"splice_donor_variant"}, "HIGH"),
    (
        "HBB",
        ("11", 5226930, "C", "G"),
        "c.92G>C",
        {"splice_region_variant", "coding_sequence_variant"},
        "LOW",
    ),
    (
        "HBB",
        ("11", 5226925, "C", "T"),
        "c.92+5G>A",
        {"splice_donor_5th_base_variant", "splice_region_variant", "intron_variant"},
        "LOW",
    ),
    ("HBB", ("11", 5226820, "C", "T"), "c.93-21G>A", {"intron_variant"}, "MODIFIER"),
    ("HBB", ("11", 5225728, "T", "C"), "c.316-2A>G", {"splice_acceptor_variant"}, "HIGH"),
    ("HBB", ("11", 5225488, "A", "G"), "c.*110T>C", {"3_prime_UTR_variant"}, "MODIFIER"),
    ("HBB", ("11", 5226762, "CAAAG", "C"), "c.126_129del", {"frameshift_variant"}, "HIGH"),
    ("HBB", ("11", 5226994, "C", "CC"), "c.27_28insG", {"frameshift_variant"}, "HIGH"),
    ("HBB", ("11", 5227018, "GCAT", "G"), "c.1_3del", {"start_lost", "inframe_deletion"}, "HIGH"),
    ("HBB", ("11", 5225598, "T", "A"), "c.444A>T", {"stop_lost"}, "HIGH"),
    (
        "HBB",
        ("11", 5226926, "AACCG", "A"),
        "c.92_92+3del",
        {"splice_donor_variant", "splice_region_variant", "intron_variant", "coding_sequence_variant"},
        "HIGH",
    ),
    ("HBB", ("11", 5225000, "G", "A"), None, {"downstream_gene_variant"}, "MODIFIER"),
    ("BRCA2", ("13", 32340300, "GT", "G"), "c.5946del", {"frameshift_variant"}, "HIGH"),
    ("BRCA1", ("17", 43124027, "ACT", "A"), "c.68_69del", {"frameshift_variant"}, "HIGH"),
]


@pytest.mark.parametrize(("gene", "allele", "hgvs_c", "terms", "impact"), HAND_CHECKED)
def test_hand_checked_variant(gene, allele, hgvs_c, terms, impact) -> None:
    change = change_of(variant38(*allele))
    found = predict(knowledge().models.of_gene(gene)[0], change)
    assert (found.hgvs_c, set(found.terms), found.impact) == (hgvs_c, terms, impact)
    assert found.source == "coordinates"


def test_whole_transcript_deletion() -> None:
    transcript = knowledge().models.of_gene("HBB")[0]
    change = change_of(
        variant38("11", transcript.start - 9, "A" * (transcript.end - transcript.start + 20), "A")
    )
    assert predict(transcript, change).terms == ("transcript_ablation",)


def test_five_kilobases_is_the_limit_of_a_gene() -> None:
    transcript = knowledge().models.of_gene("CFTR")[0]
    near = change_of(variant38("7", transcript.start - 4999 + 1, "A", "C"))
    far = change_of(variant38("7", transcript.start - 5000, "A", "C"))
    assert predict(transcript, near).terms == ("upstream_gene_variant",)
    assert predict(transcript, far) is None


def test_alleles_without_sequence_get_no_consequence() -> None:
    for alt in ("<DEL>", "*", "A[7:100["):
        assert annotate_variant(variant38("7", 117559590, "A", alt), knowledge()).consequences == ()


def test_outside_a_subset_of_genes_is_not_assessed() -> None:
    assert annotate_variant(variant38("1", 60_000_500, "A", "C"), knowledge()).worst is None
    control_region = annotate_variant(variant38("MT", 16_189, "T", "C"), knowledge()).worst
    assert control_region is not None
    assert control_region.terms == ("intergenic_variant",)


_BOTH_STRANDS = [
    one
    for gene in ("CFTR", "HBB", "BRCA1", "TTN", "DMD", "TP53", "LMNA")
    for one in knowledge().models.of_gene(gene)
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(_BOTH_STRANDS), st.data())
def test_coding_positions_round_trip(transcript: Transcript, data: st.DataObject) -> None:
    position = data.draw(st.integers(transcript.start + 1, transcript.end))
    coding = transcript.coding_position(position)
    assert coding is not None
    assert coding.base != 0
    assert transcript.genomic_position(coding) == position


@pytest.mark.parametrize("gene", ["CFTR", "HBB"])
def test_coding_positions_are_strictly_ordered_along_the_transcript(gene: str) -> None:
    transcript = knowledge().models.of_gene(gene)[0]
    exonic = [base + 1 for start, end in transcript.exons for base in range(start, end)][:: transcript.strand]
    names = [transcript.coding_position(position) for position in exonic]
    assert all(one.offset == 0 for one in names)
    ranks = [(one.after_stop, one.base) for one in names]
    assert ranks == sorted(set(ranks))


def test_positions_outside_a_transcript() -> None:
    transcript = knowledge().models.of_gene("HBB")[0]
    assert transcript.coding_position(transcript.start) is None
    assert transcript.coding_position(transcript.end + 1) is None
    with pytest.raises(ValueError, match="has no base"):
        transcript.genomic_position(CodingPosition(100_000))


def test_agreement_with_clinvar() -> None:
    """A random sample of ClinVar's own consequences; SNVs do not depend on alignment, indels near splice sites do."""
    rows = [
        row
        for row in knowledge().clinvar.rows.iter_rows(named=True)
        if row["consequences"] and row["genes"] and row["contig"] != "MT"
    ]
    agreed: dict[str, list[bool]] = {
        "frameshift": [],
        "splice_snv": [],
        "splice_indel": [],
        "claimed_frameshift": [],
    }
    for row in random.Random(20241215).sample(rows, 12_000):
        told = set(row["consequences"].split(","))
        change = change_of(variant38(row["contig"], row["position"], row["ref"], row["alt"]))
        ours = {
            term
            for one in predict_all(change, knowledge(), named=False)
            for term in one.terms
            if one.gene in row["genes"].split(",")
        }
        if not ours:
            continue  # ClinVar speaks of a gene that has no model here
        if "frameshift_variant" in told:
            agreed["frameshift"].append("frameshift_variant" in ours)
        if "frameshift_variant" in ours:
            # ClinVar calls a frameshift that makes a stop codon at once a nonsense variant.
            agreed["claimed_frameshift"].append(bool(told & {"frameshift_variant", "nonsense"}))
        for term in told & {"splice_donor_variant", "splice_acceptor_variant"}:
            kind = "splice_snv" if len(change.ref) == len(change.alt) == 1 else "splice_indel"
            agreed[kind].append(term in ours)
    rates = {name: sum(found) / len(found) for name, found in agreed.items()}
    counts = {name: len(found) for name, found in agreed.items()}
    assert counts["frameshift"] > 3000, counts
    assert counts["splice_snv"] > 1000, counts
    assert rates["frameshift"] >= 0.995, rates
    assert rates["claimed_frameshift"] >= 0.99, rates
    assert rates["splice_snv"] >= 0.995, rates
    # Indels in repeats across a splice site need a reference to be placed as ClinVar places them.
    assert rates["splice_indel"] >= 0.75, rates


_BY_COORDINATES = {
    "frameshift_variant", "inframe_insertion", "inframe_deletion", "splice_donor_variant", "splice_acceptor_variant",
    "5_prime_UTR_variant", "3_prime_UTR_variant", "intron_variant", "splice_region_variant", "upstream_gene_variant",
    "downstream_gene_variant",
}  # fmt: skip


def test_agreement_with_vep_and_snpeff_on_the_trio() -> None:
    """Our terms and names against the file's own, for the same transcript: differences are UTR ends of releases."""
    equal_terms, equal_names = [], []
    with gzip.open(DATA / "vcf" / "trio_NA12882_scout_GRCh37.vcf.gz", "rt") as lines:
        columns = ""
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ"):
                columns = line
            if line.startswith("#"):
                continue
            contig, position, _, ref, alt, _, _, info, *_ = line.split("\t")
            facts = {key: value for key, _, value in (part.partition("=") for part in info.split(";"))}
            told = [*parse_csq(columns, facts.get("CSQ", ""), alt), *parse_ann(facts.get("ANN", ""), alt)]
            change = change_of(variant37(contig, int(position), ref, alt))
            for ours in predict_all(change, knowledge(Assembly.GRCH37)):
                transcript = knowledge(Assembly.GRCH37).models.find(ours.transcript)
                for theirs in told:
                    if not transcript.ensembl or theirs.transcript != transcript.ensembl.partition(".")[0]:
                        continue
                    equal_terms.append(
                        set(ours.terms) & _BY_COORDINATES == set(theirs.terms) & _BY_COORDINATES
                    )
                    if ours.hgvs_c and theirs.hgvs_c and len(ref) == len(alt) == 1:
                        equal_names.append(ours.hgvs_c == theirs.hgvs_c)
    assert len(equal_terms) > 800
    assert sum(equal_terms) / len(equal_terms) >= 0.98
    assert len(equal_names) > 400
    assert sum(equal_names) / len(equal_names) >= 0.995
