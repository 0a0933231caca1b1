"""What needs bases: translation, protein names, the 3' rule; on real GRCh37 sequence, the rCRS and small made genes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohesin_genomics.annotation import annotate_variant, genomic_name
from cohesin_genomics.annotation.change import change_of, shifted
from cohesin_genomics.annotation.hgvs import chromosome_accession, hgvs_coding, hgvs_genomic
from cohesin_genomics.annotation.protein import CodingSequence, coding_sequence, protein_effect
from cohesin_genomics.knowledge import DATA
from cohesin_genomics.knowledge.gene_model import Transcript
from cohesin_genomics.knowledge.reference import (
    STANDARD_CODE,
    FastaReference,
    ReferenceRegion,
    reverse_complement,
    translate,
)
from cohesin_genomics.model import Assembly
from tests.genomics.annotation_cases import chr22_knowledge, knowledge, variant37, variant38


def test_chromosome_22_genes_translate_from_start_to_stop() -> None:
    checked = 0
    for transcript in chr22_knowledge().models.overlapping("22", 20_000_000, 21_000_000):
        sequence = coding_sequence(transcript, chr22_knowledge().reference)
        if sequence is None:
            continue
        protein = translate(sequence.coding, STANDARD_CODE)
        assert len(sequence.coding) % 3 == 0
        assert protein.startswith("M")
        assert protein.index("*") == len(protein) - 1
        checked += 1
    assert checked == 3  # TANGO2 and DGCR8 on the plus strand, RTN4R on the minus strand


def test_mitochondrial_genes_translate_with_code_2() -> None:
    lengths = {}
    for transcript in knowledge().models.overlapping("MT", 0, 16569):
        sequence = coding_sequence(transcript, knowledge().reference)
        if sequence is not None:
            protein = translate(sequence.coding, sequence.code)
            assert protein.index("*") == len(protein) - 1, transcript.gene
            assert sequence.coding[:3] in sequence.start_codons, transcript.gene
            lengths[transcript.gene] = len(protein) - 1
    # Protein lengths of UniProt.
    assert lengths == {
        "MT-ND1": 318, "MT-ND2": 347, "MT-CO1": 513, "MT-CO2": 227, "MT-ATP8": 68, "MT-ATP6": 226, "MT-CO3": 261,
        "MT-ND3": 115, "MT-ND4L": 98, "MT-ND4": 459, "MT-ND5": 603, "MT-ND6": 174, "MT-CYB": 380,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("position", "ref", "alt", "gene", "hgvs_p"),
    [
        (3460, "G", "A", "MT-ND1", "p.(Ala52Thr)"),
        (8993, "T", "G", "MT-ATP6", "p.(Leu156Arg)"),
        (11778, "G", "A", "MT-ND4", "p.(Arg340His)"),
        (13513, "G", "A", "MT-ND5", "p.(Asp393Asn)"),
        (14484, "T", "C", "MT-ND6", "p.(Met64Val)"),
    ],
)
def test_known_mitochondrial_missense(position, ref, alt, gene, hgvs_p) -> None:
    found = annotate_variant(variant38("MT", position, ref, alt), knowledge())
    assert found.worst is not None
    assert (found.worst.gene, found.worst.hgvs_p, found.worst.source) == (gene, hgvs_p, "fasta")
    assert found.worst.terms == ("missense_variant",)
    assert found.worst.hgvs_c == f"m.{position}{ref}>{alt}"
    assert knowledge().find_mitomap(found.variant) is not None


def test_clinvar_agrees_where_the_reference_is_known() -> None:
    checked = 0
    rows = chr22_knowledge().clinvar.rows
    for row in rows.filter(
        (rows["contig"] == "22") & rows["position"].is_between(20_000_001, 21_000_000)
    ).iter_rows(named=True):
        found = annotate_variant(variant37("22", row["position"], row["ref"], row["alt"]), chr22_knowledge())
        told = set((row["consequences"] or "").replace("nonsense", "stop_gained").split(","))
        ours = {term for one in found.consequences for term in one.terms}
        assert told & ours, (row, ours)
        checked += 1
    assert checked >= 10


# ATG AAA CGT TGG GGG GGG CCC TAA | TGA: Met1 Lys2 Arg3 Trp4 Gly5 Gly6 Pro7 Ter8
GENE = CodingSequence("ATGAAACGTTGGGGGGGGCCCTAA", "TGATAG", STANDARD_CODE)


@pytest.mark.parametrize(
    ("start", "end", "alt", "terms", "name"),
    [
        (4, 5, "G", ("missense_variant",), "p.(Lys2Arg)"),
        (5, 6, "G", ("synonymous_variant",), "p.(Lys2=)"),
        (3, 4, "T", ("stop_gained",), "p.(Lys2Ter)"),
        (2, 3, "A", ("start_lost",), "p.(Met1?)"),
        (21, 22, "C", ("stop_lost",), "p.(Ter8GlnextTer1)"),
        (23, 24, "G", ("stop_retained_variant",), "p.(Ter8=)"),
        (3, 6, "", ("inframe_deletion",), "p.(Lys2del)"),
        (12, 15, "", ("inframe_deletion",), "p.(Gly6del)"),
        (3, 9, "", ("inframe_deletion",), "p.(Lys2_Arg3del)"),
        (6, 6, "GAT", ("inframe_insertion",), "p.(Lys2_Arg3insAsp)"),
        (6, 6, "AAA", ("inframe_insertion",), "p.(Lys2dup)"),
        (12, 12, "GGG", ("inframe_insertion",), "p.(Gly6dup)"),
        (3, 9, "GAT", ("protein_altering_variant",), "p.(Lys2_Arg3delinsAsp)"),
        (3, 9, "GATGAC", ("missense_variant",), "p.(Lys2_Arg3delinsAspAsp)"),
        (6, 6, "TAA", ("stop_gained", "inframe_insertion"), "p.(Lys2_Arg3insTer)"),
        (3, 4, "", ("frameshift_variant",), "p.(Lys2AsnfsTer?)"),
        (9, 9, "A", ("frameshift_variant",), "p.(Trp4MetfsTer?)"),
        (9, 9, "CCCTAGC", ("frameshift_variant",), "p.(Trp4ProfsTer2)"),
        (3, 3, "T", ("stop_gained", "frameshift_variant"), "p.(Lys2Ter)"),
    ],
)
def test_protein_effects_of_a_small_gene(start, end, alt, terms, name) -> None:
    effect = protein_effect(GENE, start, end, alt)
    assert (effect.terms, effect.hgvs_p) == (terms, name)


def _transcript(strand: int, exons: tuple[tuple[int, int], ...], coding: tuple[int, int]) -> Transcript:
    return Transcript(
        gene="G", accession="NM_1.1", ensembl="", protein="", tags=("MANE_Select",), contig="1", strand=strand,
        exons=exons, coding=coding,
    )  # fmt: skip


#                         0         1         2         3
#                         0123456789012345678901234567890123456789
REGION = ReferenceRegion("1", 0, "CCATGAAACGTAAGTTTTTTTTTCAGTGGGGGGTAACCCCCC")


@pytest.mark.parametrize(
    ("position", "ref", "alt", "plus", "minus"),
    [
        (6, "A", "AA", "c.6dup", "c.15dup"),
        (5, "GA", "G", "c.6del", "c.15del"),
        (16, "T", "TCC", "c.14_15insCC", "c.4_5insGG"),
    ],
)
def test_names_follow_the_three_prime_rule_on_both_strands(position, ref, alt, plus, minus) -> None:
    change = change_of(variant38("1", position, ref, alt))
    forward = _transcript(1, ((0, 42),), (2, 42))
    backward = _transcript(-1, ((0, 42),), (0, 20))
    assert hgvs_coding(forward, change, REGION) == plus
    assert hgvs_coding(backward, change, REGION) == minus


@settings(max_examples=200, deadline=None)
@given(st.integers(1_000, 999_000), st.integers(1, 6), st.sampled_from([1, -1]))
def test_shifting_keeps_the_altered_sequence(start: int, length: int, strand: int) -> None:
    region = chr22_knowledge().reference.sources[0]
    first = region.start + start
    bases = region.fetch("22", first - 1, first + length)
    change = change_of(variant37("22", first, bases, bases[0]))
    if change is None or "N" in bases:
        return
    moved = shifted(change, region, strand)
    both = (min(moved.start, change.start), max(moved.end, change.end))
    left = region.fetch("22", both[0], change.start) + region.fetch("22", change.end, both[1])
    right = region.fetch("22", both[0], moved.start) + region.fetch("22", moved.end, both[1])
    assert left == right
    assert shifted(moved, region, strand) == moved


def test_inversion_and_delins_names() -> None:
    change = change_of(variant38("1", 10, "GAC", "GTC"))
    assert hgvs_genomic(Assembly.GRCH38, change) == "NC_000001.11:g.11A>T"
    assert (
        hgvs_genomic(Assembly.GRCH37, change_of(variant37("X", 10, "GCA", "TGC")))
        == "NC_000023.10:g.10_12inv"
    )
    assert (
        hgvs_genomic(Assembly.GRCH38, change_of(variant38("22", 10, "GC", "TT")))
        == "NC_000022.11:g.10_11delinsTT"
    )


def test_genomic_names_carry_the_accession_of_the_build() -> None:
    assert genomic_name(variant38("7", 117587778, "G", "T"), knowledge()) == "NC_000007.14:g.117587778G>T"
    assert genomic_name(variant38("MT", 3243, "A", "G"), knowledge()) == "NC_012920.1:m.3243A>G"
    assert chromosome_accession(Assembly.GRCH37, "Y") == "NC_000024.9"
    assert chromosome_accession(Assembly.GRCH38, "GL000220.1") is None


def test_wrong_reference_base_is_not_looked_up_nor_translated() -> None:
    found = annotate_variant(variant38("MT", 3243, "C", "G"), knowledge())
    assert found.clinvar is None
    wrong = annotate_variant(variant38("MT", 8993, "C", "G"), knowledge())
    assert all(one.source == "coordinates" for one in wrong.consequences)


def test_fasta_file_is_read_by_index(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_text((DATA / "ref" / "rCRS_MT.fa").read_text().replace(">MT", ">chrM"))
    reference = FastaReference(path, tmp_path / "genome.fa.fai")
    assert reference.fetch("MT", 0, 10) == "GATCACAGGT"
    assert reference.fetch("MT", 16560, 16570) is None
    assert reference.fetch("1", 0, 10) is None


def test_reverse_complement_is_its_own_inverse() -> None:
    sequence = "".join(random.Random(1).choices("ACGTN", k=100))
    assert reverse_complement(reverse_complement(sequence)) == sequence
