"""Embedded knowledge, a user's own sources, the file's own annotation, and the bulk path against the exact one."""

from __future__ import annotations

import gzip
import os
import random
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from cohesin_genomics.annotation import (
    ANNOTATION_COLUMNS,
    TranscriptField,
    annotate,
    annotate_frame,
    annotate_variant,
    parse_ann,
    parse_csq,
)
from cohesin_genomics.annotation.bulk import segment_index
from cohesin_genomics.knowledge import DATA, SymbolStatus, embedded_catalogue
from cohesin_genomics.knowledge.model_files import GeneModelFormatError, read_gene_models
from cohesin_genomics.knowledge.sites import minimal_form
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.knowledge.terms import severity
from cohesin_genomics.model import AlleleKind, Assembly
from tests.genomics.annotation_cases import knowledge, variant37, variant38

TRIO = DATA / "vcf" / "trio_NA12882_scout_GRCh37.vcf.gz"


@pytest.mark.parametrize("assembly", list(Assembly))
def test_embedded_knowledge_is_whole(assembly: Assembly) -> None:
    known = knowledge(assembly)
    assert len(known.models) > 5100
    assert len(known.clinvar) > 70_000
    assert {one.name for one in known.releases} >= {"ClinVar", "1000 Genomes", "HPO annotations", "HGNC"}
    assert len(known.acmg_secondary_findings) == 84
    assert len(known.panels["ACMG SF v3.2"]) == 81
    assert known.acmg_secondary_findings <= {
        one for one in known.acmg_secondary_findings if known.genes.find(one)
    }
    assert len(known.panels["Mitochondrial genome"]) == 37
    assert known.lof_mechanism["AARS2"] == 30


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak from Linux's /proc")
def test_embedded_knowledge_stays_small() -> None:
    """Peak memory of a fresh process that loads one assembly, libraries included, in MiB."""
    code = (
        "from cohesin_genomics.knowledge.store import Knowledge;from cohesin_genomics.model import Assembly;"
        "Knowledge.embedded(Assembly.GRCH38);print(open('/proc/self/status').read())"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(DATA).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True, env=environment
    )
    peak = next(int(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("VmHWM"))
    assert peak / 1024 < 250


def test_symbols() -> None:
    resolve = knowledge().resolve_symbol
    assert resolve("brca2").approved == "BRCA2"
    assert (resolve("p53").approved, resolve("p53").status) == ("TP53", SymbolStatus.ALIAS)
    assert (resolve("GBA").approved, resolve("GBA").status) == ("GBA1", SymbolStatus.PREVIOUS)
    assert (resolve("MLL2").approved, resolve("MLL2").status) == (None, SymbolStatus.AMBIGUOUS)
    assert resolve("MLL2").candidates == ("KMT2B", "KMT2D")
    assert resolve("NOT-A-GENE").status is SymbolStatus.UNKNOWN
    assert resolve("MT-TL1").approved == "MT-TL1"


def test_gene_facts() -> None:
    assert "AR" in knowledge().inheritance_of("CFTR")
    assert {one.disease_id for one in knowledge().diseases_of("CFTR")} >= {"OMIM:219700"}
    assert knowledge().diseases_of("NOT-A-GENE") == ()
    assert knowledge().cytoband("22", 19_000_000) == "22q11.21"
    assert knowledge().cytoband("7", 117_559_590) == "7q31.2"
    assert knowledge().cytoband("22", 900_000_000) is None
    assert knowledge().find_missense_class("HSD3B1", "p.(Thr367Asn)") == "LB/B"


def test_clinvar_is_matched_by_exact_allele_and_build() -> None:
    found = knowledge().find_clinvar(variant38("7", 117559590, "ATCT", "A"))
    assert found is not None
    assert (found.variation_id, found.significance, found.gene) == ("7105", "Pathogenic", "CFTR")
    assert found.stars == 4
    assert any("Cystic fibrosis" in one for one in found.conditions)
    assert knowledge().find_clinvar(variant38("7", 117559590, "ATCT", "AT")) is None
    assert knowledge(Assembly.GRCH37).find_clinvar(variant37("7", 117199644, "ATCT", "A")) == found
    assert knowledge(Assembly.GRCH37).find_clinvar(variant37("7", 117559590, "ATCT", "A")) is None
    with pytest.raises(ValueError, match="GRCh38"):
        knowledge(Assembly.GRCH37).find_clinvar(variant38("7", 117559590, "ATCT", "A"))


def test_swapped_alleles_never_match() -> None:
    """A site whose reference base changed between the builds shows REF and ALT the other way round."""
    table = knowledge(Assembly.GRCH37).clinvar
    rows = list(
        table.rows.filter(
            (table.rows["ref"].str.len_bytes() == 1) & (table.rows["alt"].str.len_bytes() == 1)
        ).iter_rows(named=True)
    )
    for row in random.Random(6025).sample(rows, 300):
        assert table.find(row["contig"], row["position"], row["ref"], row["alt"]) is not None
        assert table.find(row["contig"], row["position"], row["alt"], row["ref"]) is None


def test_doubtful_positions_on_grch37_are_not_used() -> None:
    """The four rows that a chain file places elsewhere: one of a doubled SCN2A exon, three of CSF2RA."""
    rows = knowledge(Assembly.GRCH37).clinvar.rows.with_columns(gene=pl.col("genes").cast(pl.String))
    assert rows.filter(pl.col("gene") == "CSF2RA").is_empty()
    assert rows.filter((pl.col("gene") == "SCN2A") & (pl.col("position") == 165309193 + 856697)).is_empty()
    assert rows.filter(pl.col("gene") == "SCN2A").height > 90


def test_frequency() -> None:
    found = knowledge(Assembly.GRCH37).find_frequency(variant37("1", 69761, "A", "T"))
    assert found is not None
    assert (found.source, found.allele_frequency) == ("1000 Genomes phase 3", 0.0367)
    assert (found.popmax, found.popmax_population) == (0.1034, "EUR")
    assert knowledge().find_frequency(variant38("1", 69761, "A", "G")) is None
    quoted = knowledge().find_frequency(variant38("11", 5227002, "T", "A"))
    assert quoted is not None
    assert quoted.source == "ExAC (quoted by ClinVar)"


def test_minimal_form() -> None:
    assert minimal_form(10, "CAGAG", "CAG") == (10, "CAG", "C")
    assert minimal_form(10, "ATG", "ACG") == (11, "T", "C")
    assert minimal_form(10, "A", "AT") == (10, "A", "AT")


def _vcf(path: Path, *records: str) -> Path:
    body = "##fileformat=VCFv4.2\n##fileDate=2026-01-05\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    path.write_bytes(gzip.compress((body + "\n".join(records) + "\n").encode()))
    return path


def test_a_users_sources_take_the_place_of_the_embedded(tmp_path: Path) -> None:
    clinvar = _vcf(
        tmp_path / "clinvar.vcf.gz",
        "7\t117559590\t7105\tATCT\tA\t.\t.\tCLNSIG=Benign;CLNREVSTAT=criteria_provided,_single_submitter;"
        "CLNDN=Cystic_fibrosis|not_provided;GENEINFO=CFTR:1080|X:1;MC=SO:0001822|inframe_deletion;RS=113993960",
        "1\t100\t9\tA\tG\t.\t.\tGENEINFO=X:1",
    )
    frequency = _vcf(
        tmp_path / "gnomad.vcf.gz",
        "chr7\t117559590\t.\tATCT\tA,AT\t.\tPASS\tAC=3;AF=0.007,0.1;AF_nfe=0.012,.;AF_afr=0.002,0.3;AF_fin=0.5,0.5",
    )
    known = Knowledge.load(Assembly.GRCH38, clinvar_vcf=clinvar, frequency_vcfs=(frequency,))
    variant = variant38("7", 117559590, "ATCT", "A")
    record = known.find_clinvar(variant)
    assert record is not None
    assert (record.significance, record.stars, record.gene, record.rsid) == (
        "Benign",
        1,
        "CFTR,X",
        "rs113993960",
    )
    assert record.conditions == ("Cystic fibrosis", "not provided")
    assert record.consequences == ("inframe_deletion",)
    assert len(known.clinvar) == 1
    found = known.find_frequency(variant)
    assert found is not None
    assert (found.source, found.allele_frequency, found.popmax, found.popmax_population) == (
        "gnomad",
        0.007,
        0.012,
        "NFE",
    )
    other = known.find_frequency(variant38("7", 117559592, "CT", ""))
    assert other is None
    trimmed = known.find_frequency(variant38("7", 117559590, "ATC", "A"))
    assert trimmed is not None
    assert trimmed.by_population == {"AFR": 0.3, "FIN": 0.5}
    assert ("ClinVar", "2026-01-05") in {(one.name, one.release) for one in known.releases}


GFF3 = """##gff-version 3
1\tx\tgene\t101\t400\t.\t-\t.\tID=gene:G1;Name=NEWGENE
1\tx\tmRNA\t101\t400\t.\t-\t.\tID=transcript:ENST1;Parent=gene:G1;transcript_id=ENST00000000001;version=2
1\tx\texon\t101\t200\t.\t-\t.\tParent=transcript:ENST1
1\tx\texon\t301\t400\t.\t-\t.\tParent=transcript:ENST1
1\tx\tCDS\t151\t200\t.\t-\t0\tParent=transcript:ENST1;protein_id=ENSP1
1\tx\tCDS\t301\t340\t.\t-\t0\tParent=transcript:ENST1;protein_id=ENSP1
"""
GENE_PRED = "585\tNM_9\tchr1\t-\t100\t400\t150\t340\t2\t100,300,\t200,400,\t0\tNEWGENE\tcmpl\tcmpl\t0,0,\n"


@pytest.mark.parametrize(("text", "accession"), [(GFF3, "ENST00000000001.2"), (GENE_PRED, "NM_9")])
def test_gene_model_formats(tmp_path: Path, text: str, accession: str) -> None:
    path = tmp_path / "models"
    path.write_text(text)
    (one,) = read_gene_models(path)
    assert (one.gene, one.accession, one.contig, one.strand) == ("NEWGENE", accession, "1", -1)
    assert (one.exons, one.coding) == (((100, 200), (300, 400)), (150, 340))
    assert str(one.coding_position(340)) == "1"
    merged = knowledge().models.merged_with([one])
    assert len(merged) == len(knowledge().models) + 1
    assert merged.of_gene("NEWGENE") == (one,)


def test_unreadable_gene_models_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "models"
    path.write_text("this is\tnot a model\n")
    with pytest.raises(GeneModelFormatError, match="models is not"):
        read_gene_models(path)


def _trio() -> tuple[str, list[tuple[str, int, str, str, dict[str, str]]]]:
    columns, records = "", []
    with gzip.open(TRIO, "rt") as lines:
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ"):
                columns = line.rpartition("Format: ")[2].partition('"')[0]
            if not line.startswith("#"):
                contig, position, _, ref, alt, _, _, info, *_ = line.split("\t")
                facts = {key: value for key, _, value in (part.partition("=") for part in info.split(";"))}
                records.append((contig, int(position), ref, alt, facts))
    return columns, records


def test_csq_and_ann_of_the_trio() -> None:
    columns, records = _trio()
    csq = [one for record in records for one in parse_csq(columns, record[4].get("CSQ", ""), record[3])]
    ann = [one for record in records for one in parse_ann(record[4].get("ANN", ""), record[3])]
    assert (len(csq), len(ann)) == (4418, 5449)
    for one in (*csq, *ann):
        assert one.source == "vcf"
        assert one.gene
        assert all(severity(term) < 41 for term in one.terms), one.terms
    first = parse_csq(columns, records[0][4]["CSQ"], records[0][3])[0]
    assert (first.gene, first.transcript, first.hgvs_c) == (
        "PER3",
        "ENST00000361923",
        "c.390+471_390+472insC",
    )
    assert first.intron == "3/20"


def test_csq_alleles_are_told_apart() -> None:
    columns = "Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature"
    value = "G|missense_variant|MODERATE|A|E|Transcript|T1,T|synonymous_variant|LOW|A|E|Transcript|T1"
    assert parse_csq(columns, value, "T")[0].terms == ("synonymous_variant",)
    assert parse_csq(columns, value, "CG")[0].terms == ("missense_variant",)
    assert parse_csq(columns, value, "C") == ()
    with pytest.raises(ValueError, match="Allele"):
        parse_csq("a|b", value, "T")


def test_the_files_own_annotation_completes_coordinates() -> None:
    columns, records = _trio()
    seen = set()
    for contig, position, ref, alt, facts in records:
        if "CSQ" not in facts:
            continue
        variant = variant37(contig, position, ref, alt)
        field = TranscriptField(f"CSQ:{columns}", facts["CSQ"], alt)
        (found,) = annotate([variant], knowledge(Assembly.GRCH37), {variant: field})
        ranks = [severity(one.terms[0]) for one in found.consequences]
        assert ranks == sorted(ranks)
        seen |= {(one.source, one.terms[0]) for one in found.consequences if one.transcript.startswith("NM_")}
    assert {
        ("vcf", "missense_variant"),
        ("vcf", "synonymous_variant"),
        ("coordinates", "intron_variant"),
    } <= seen


def test_clinvar_completes_coordinates() -> None:
    found = annotate_variant(variant38("11", 5227002, "T", "A"), knowledge()).worst
    assert found is not None
    assert (found.terms, found.source, found.impact) == (("missense_variant",), "clinvar", "MODERATE")


def _kind(ref: str, alt: str) -> str:
    if len(ref) == len(alt) == 1:
        return str(AlleleKind.SNV)
    if len(ref) == 1 and alt.startswith(ref):
        return str(AlleleKind.INSERTION)
    return str(AlleleKind.DELETION if len(alt) == 1 and ref.startswith(alt) else AlleleKind.DELINS)


def _near_genes(count: int) -> pl.DataFrame:
    """Made alleles around exon edges of random transcripts, where the two paths could differ."""
    rng = random.Random(42)
    rows = []
    for transcript in rng.choices(knowledge().models.transcripts, k=count):
        edge = rng.choice(rng.choice(transcript.exons)) + rng.randint(-12, 12)
        position = rng.choice([edge, edge, rng.randint(transcript.start - 5100, transcript.end + 5100)])
        base = rng.choice("ACGT")
        other = rng.choice([one for one in "ACGT" if one != base])
        ref, alt = rng.choice(
            [(base, other), (base, base + other * 2), (base + "AC", base), (base + "AC", other + "T")]
        )
        if position > 0 and not (transcript.contig == "MT" and position + 3 > 16569):
            rows.append((transcript.contig, position, *minimal_form(position, ref, alt)[1:]))
    frame = pl.DataFrame(rows, schema=["contig", "position", "ref", "alt"], orient="row")
    kinds = [_kind(*row) for row in frame.select("ref", "alt").iter_rows()]
    return frame.with_columns(pl.Series("kind", kinds))


def test_bulk_equals_exact() -> None:
    frame = _near_genes(3000)
    listed = knowledge().clinvar.rows.sample(500, seed=1).select("contig", "position", "ref", "alt")
    kinds = [_kind(*row) for row in listed.select("ref", "alt").iter_rows()]
    frame = pl.concat([frame, listed.with_columns(pl.Series("kind", kinds))])
    done = annotate_frame(frame, knowledge())
    assert done.columns == [*frame.columns, *ANNOTATION_COLUMNS]
    for row in done.iter_rows(named=True):
        exact = annotate_variant(
            variant38(row["contig"], row["position"], row["ref"], row["alt"]), knowledge(), named=False
        )
        worst = (
            (exact.worst.gene, exact.worst.terms[0], exact.worst.impact) if exact.worst else ("", None, None)
        )
        assert (row["gene"] or "", row["consequence"], row["impact"]) == worst, row
        assert row["clinvar_id"] == (exact.clinvar.variation_id if exact.clinvar else None)
        assert row["clinvar_stars"] == (exact.clinvar.stars if exact.clinvar else None)
        assert row["popmax"] == (exact.frequency.popmax if exact.frequency else None)
        assert row["frequency_source"] == (exact.frequency.source if exact.frequency else None)
    assert done["clinvar_id"].is_not_null().sum() >= 495


def test_bulk_takes_the_files_annotation() -> None:
    columns, records = _trio()
    rows = [(*record[:4], _kind(*record[2:4]), record[4].get("CSQ")) for record in records]
    frame = pl.DataFrame(
        rows, schema=["contig", "position", "ref", "alt", "kind", "transcripts"], orient="row"
    )
    frame = frame.with_columns(transcripts_format=pl.lit("CSQ"))
    done = annotate_frame(
        frame, knowledge(Assembly.GRCH37), {"CSQ": f"Consequence annotations. Format: {columns}"}
    )
    bare = annotate_frame(frame.drop("transcripts", "transcripts_format"), knowledge(Assembly.GRCH37))
    assert done.height == bare.height == len(records)
    undescribed = annotate_frame(frame, knowledge(Assembly.GRCH37))
    assert undescribed.select(ANNOTATION_COLUMNS).equals(bare.select(ANNOTATION_COLUMNS))
    told = set(done["consequence"])
    assert {"missense_variant", "synonymous_variant"} <= told
    assert (done["consequence"] == "missense_variant").sum() > 10 * (
        bare["consequence"] == "missense_variant"
    ).sum()
    assert done["consequence"].null_count() < bare["consequence"].null_count() / 2


def test_bulk_tells_a_records_alleles_apart() -> None:
    """CTT>C and CTT>CT: the second is CT>C when trimmed, yet VEP names them by the record's alleles."""
    value = "-|frameshift_variant|HIGH|A|Transcript|T1,T|inframe_deletion|MODERATE|A|Transcript|T1"
    frame = pl.DataFrame(
        {
            "contig": ["1", "1"], "position": [60_000_500, 60_000_500], "ref": ["CTT", "CT"], "alt": ["C", "C"],
            "kind": ["deletion", "deletion"], "record_alt": ["C,CT", "C,CT"], "allele_number": [1, 2],
            "transcripts": [value, value], "transcripts_format": ["CSQ", "CSQ"],
        }
    )  # fmt: skip
    done = annotate_frame(
        frame, knowledge(), {"CSQ": "Allele|Consequence|IMPACT|SYMBOL|Feature_type|Feature"}
    )
    assert done["consequence"].to_list() == ["frameshift_variant", "inframe_deletion"]
    assert done["gene"].to_list() == ["A", "A"]


def test_symbolic_alleles_and_empty_frames_in_bulk() -> None:
    frame = pl.DataFrame(
        {
            "contig": ["7", "GL000220.1"],
            "position": [117559590, 5],
            "ref": ["A", "A"],
            "alt": ["<DEL>", "C"],
            "kind": ["symbolic", "snv"],
        }
    )
    done = annotate_frame(frame, knowledge())
    assert done["consequence"].to_list() == [None, None]
    assert done["clinvar_id"].to_list() == [None, None]
    assert annotate_frame(frame.clear(), knowledge()).height == 0


def test_the_flattened_models_are_made_once() -> None:
    assert segment_index(knowledge().models) is segment_index(knowledge().models)


@pytest.mark.parametrize("assembly", list(Assembly))
def test_symbols_alone_are_those_of_the_whole_knowledge(assembly):
    whole, alone = Knowledge.embedded(assembly).genes, embedded_catalogue(assembly)
    texts = ["BRCA2", "brca2", "MT-TL1", "FANCD1", "RMRP", "MLL2", "no gene", "P53", "C2orf71", "TERC"]
    assert [alone.resolve_symbol(text) for text in texts] == [whole.resolve_symbol(text) for text in texts]
    assert vars(alone).keys() == vars(whole).keys()
    assert all(vars(alone)[name] == vars(whole)[name] for name in vars(whole))
