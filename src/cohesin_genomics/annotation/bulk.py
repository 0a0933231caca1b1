"""Annotating a whole genome at once: one leading consequence, ClinVar and frequency per allele.

Substitutions away from coding sequence and splice sites are answered from the flattened segments alone;
whatever touches either, and every other change that meets a segment's edge, goes through the exact path of
`annotate`. So the columns equal what `annotate_variant` says, but for one thing: where the models know no
gene and the file's own annotation holds only MODIFIER entries, the first entry is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from cohesin_genomics.annotation.annotate import combined, intergenic, predict_all, reference_agrees
from cohesin_genomics.annotation.change import change_of
from cohesin_genomics.annotation.segments import CODING, Ints, SegmentIndex
from cohesin_genomics.annotation.transcript_fields import csq_columns, parse_transcripts
from cohesin_genomics.knowledge.gene_model import GeneModels
from cohesin_genomics.knowledge.sites import site_keys
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.knowledge.terms import SEVERITY, canonical_term, impact
from cohesin_genomics.model import AlleleKind, TranscriptConsequence, Variant

ANNOTATION_COLUMNS: Final = (
    "gene", "consequence", "impact", "clinvar_id", "clinvar_significance", "clinvar_stars",
    "allele_frequency", "popmax", "frequency_source",
)  # fmt: skip

_TERMS: Final = tuple(SEVERITY)
_SEQUENCE_KINDS: Final = tuple(
    str(kind)
    for kind in (AlleleKind.SNV, AlleleKind.MNV, AlleleKind.INSERTION, AlleleKind.DELETION, AlleleKind.DELINS)
)
_BLOCK: Final = 500_000
"""Rows worked on at once: bounds the memory beside the frame itself."""

_NOT_MODIFIER: Final = r"\|(?:HIGH|MODERATE|LOW)\|"


@lru_cache(maxsize=4)
def segment_index(models: GeneModels) -> SegmentIndex:
    """The flattened form of a set of models, made once."""
    return SegmentIndex(models)


def annotate_frame(
    frame: pl.DataFrame, knowledge: Knowledge, transcript_formats: Mapping[str, str] | None = None
) -> pl.DataFrame:
    """A frame of alleles with `ANNOTATION_COLUMNS` added, rows in their order.

    `frame` has contig, position (1-based), ref, alt (shortest form) and kind (`AlleleKind`). It may have
    transcripts (the record's CSQ or ANN value) with transcripts_format (which of the two), and then
    record_alt (all alternates of the record) with allele_number (counted from 1), by which the entries of an
    allele are told apart. All rows are of the knowledge's assembly. `transcript_formats` are the header's
    descriptions of CSQ and ANN; a CSQ value without its description is not read. Frequencies are fractions of
    1. Null says "not assessed".
    """
    work = _with_named_formats(frame, transcript_formats or {})
    blocks = [work] if work.is_empty() else work.iter_slices(_BLOCK)
    return frame.hstack(pl.concat([_annotated(block, knowledge) for block in blocks]))


def _with_named_formats(frame: pl.DataFrame, formats: Mapping[str, str]) -> pl.DataFrame:
    """The columns used; CSQ is completed by its columns, `record_allele` is the alternate as in the file."""
    kept = frame.select("contig", "position", "ref", "alt", "kind")
    if not {"transcripts", "transcripts_format"} <= set(frame.columns):
        return kept
    described = f"CSQ:{formats['CSQ']}" if "CSQ" in formats else None
    name = frame["transcripts_format"].cast(pl.String)
    kept = kept.with_columns(
        frame["transcripts"],
        name.replace(["CSQ"], [described]).alias("transcripts_format"),
        record_allele="alt",
    )
    if {"record_alt", "allele_number"} <= set(frame.columns):
        number = frame["allele_number"].cast(pl.Int64) - 1
        alleles = frame["record_alt"].cast(pl.String).str.split(",")
        kept = kept.with_columns(alleles.list.get(number, null_on_oob=True).alias("record_allele"))
    return kept


def _annotated(frame: pl.DataFrame, knowledge: Knowledge) -> pl.DataFrame:
    keys = site_keys(frame)
    facts = _looked_up(frame, keys, knowledge)
    index = segment_index(knowledge.models)
    sequence = frame["kind"].cast(pl.String).is_in(_SEQUENCE_KINDS).to_numpy()
    snv = (frame["kind"].cast(pl.String) == str(AlleleKind.SNV)).to_numpy()
    first, last = _touched(frame, keys, snv, index)
    rank = index.rank[first]
    exact = (rank <= CODING) | index.coding[first] | (index.rank[last] <= CODING) | index.coding[last]
    exact |= ~snv & (first != last)
    told = _told_by_file(frame)
    exact = (exact | told) & sequence
    owner = np.where(sequence, index.owner[first], -1)
    genes = np.array([*(one.gene for one in knowledge.models.transcripts), ""], dtype=object)
    gene, term = genes[owner], np.array(_TERMS, dtype=object)[rank]
    contigs = frame["contig"].cast(pl.String)
    covered = contigs.is_in([name for name in contigs.unique() if knowledge.covers_genes_of(name)]).to_numpy()
    term[~sequence | ((owner < 0) & ~covered)] = None
    rows = np.flatnonzero(exact)
    leading = _exact(frame[rows], facts["clinvar_id"].is_not_null().gather(rows), knowledge)
    for row, one in zip(rows.tolist(), leading, strict=True):
        gene[row], term[row] = (one.gene, one.terms[0]) if one is not None else ("", None)
    return _with_consequences(frame, facts, gene, term)


def _with_consequences(
    frame: pl.DataFrame, facts: pl.DataFrame, gene: npt.NDArray[np.object_], term: npt.NDArray[np.object_]
) -> pl.DataFrame:
    columns = pl.DataFrame(
        {
            "gene": pl.Series(gene.tolist(), dtype=pl.String),
            "consequence": pl.Series(term.tolist(), dtype=pl.String),
        }
    )
    columns = columns.with_columns(pl.col("gene").replace("", None))
    columns = _first_of_file(frame, columns)
    impacts = {name: impact(name) for name in _TERMS}
    columns = columns.with_columns(
        impact=pl.when(pl.col("consequence").is_not_null()).then(
            pl.col("consequence").replace_strict(impacts, default="MODIFIER", return_dtype=pl.String)
        )
    )
    return columns.hstack(facts).select(ANNOTATION_COLUMNS)


def _touched(
    frame: pl.DataFrame, keys: Ints, snv: npt.NDArray[np.bool_], index: SegmentIndex
) -> tuple[Ints, Ints]:
    """First and last segment that an allele, or for anything but a substitution its neighbours, lies in."""
    base = keys - 1
    first = index.at(base)
    last = first.copy()
    others = np.flatnonzero(~snv)
    length = frame["ref"].cast(pl.String).str.len_bytes().to_numpy().astype(np.int64)[others]
    first[others] = index.at(base[others] - 1)
    last[others] = index.at(base[others] + length)
    return first, last


def _told_by_file(frame: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows whose own CSQ or ANN holds more than MODIFIER entries."""
    if "transcripts" not in frame.columns:
        return np.zeros(frame.height, dtype=np.bool_)
    found: npt.NDArray[np.bool_] = (
        frame["transcripts"].cast(pl.String).str.contains(_NOT_MODIFIER).fill_null(value=False).to_numpy()
    )
    return found


def _exact(
    candidates: pl.DataFrame, in_clinvar: pl.Series, knowledge: Knowledge
) -> Iterable[TranscriptConsequence | None]:
    names = [
        one for one in ("transcripts", "transcripts_format", "record_allele") if one in candidates.columns
    ]
    selected = candidates.select("contig", "position", "ref", "alt", *names)
    for row, listed in zip(selected.iter_rows(), in_clinvar, strict=True):
        contig, position, ref, alt, *field = row
        variant = Variant(knowledge.assembly, contig, position, ref, alt)
        change = change_of(variant)
        file_says = parse_transcripts(field[1], field[0], field[2]) if field and all(field) else ()
        predicted = () if change is None else predict_all(change, knowledge, named=False)
        clinvar = knowledge.find_clinvar(variant) if listed else None
        consequences = combined(predicted, file_says, clinvar, knowledge)
        nowhere = intergenic() if knowledge.covers_genes_of(contig) else None
        yield consequences[0] if consequences else nowhere


def _first_of_file(frame: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Where the models know no gene, the gene and term of the file's first entry."""
    if not {"transcripts", "transcripts_format"} <= set(frame.columns):
        return columns
    formats = frame["transcripts_format"].cast(pl.String)
    for text in formats.drop_nulls().unique():
        if text == "ANN":
            term_at, gene_at = 1, 3
        else:
            at = csq_columns(text.removeprefix("CSQ:"))
            term_at, gene_at = at["Consequence"], at.get("SYMBOL", at.get("Gene", -1))
        if gene_at < 0:
            continue
        entry = frame["transcripts"].cast(pl.String)
        term = entry.str.extract(rf"^(?:[^|,]*\|){{{term_at}}}([^|,&]+)")
        term = term.replace({name: canonical_term(name) for name in term.drop_nulls().unique()})
        gene = entry.str.extract(rf"^(?:[^|,]*\|){{{gene_at}}}([^|,]+)")
        open_ = (
            columns["gene"].is_null()
            & (columns["consequence"].fill_null("intergenic_variant") == "intergenic_variant")
            & (formats == text).fill_null(value=False)
            & term.is_not_null()
        )
        columns = columns.with_columns(
            gene=pl.when(open_).then(gene).otherwise(pl.col("gene")),
            consequence=pl.when(open_).then(term).otherwise(pl.col("consequence")),
        )
    return columns


def _looked_up(frame: pl.DataFrame, keys: Ints, knowledge: Knowledge) -> pl.DataFrame:
    """ClinVar and frequency columns, aligned with the frame."""
    clinvar = knowledge.clinvar.match(frame, keys)
    found = clinvar.select(
        "index",
        allele_frequency="clinvar_af_exac",
        popmax="clinvar_af_exac",
        frequency_source=pl.lit("ExAC (quoted by ClinVar)"),
    ).drop_nulls("allele_frequency")
    for table in reversed(knowledge.frequencies):
        found = pl.concat([table.match(frame, keys), found]).unique(
            "index", keep="first", maintain_order=True
        )
    clinvar = clinvar.drop("clinvar_af_exac")
    disagreeing = _disagreeing(frame, [*clinvar["index"], *found["index"]], knowledge)
    rows = pl.DataFrame({"index": pl.Series(range(frame.height), dtype=pl.Int64)})
    for facts in (clinvar, found):
        agreeing = facts.filter(~pl.col("index").is_in(disagreeing))
        rows = rows.join(agreeing, on="index", how="left", maintain_order="left")
    return rows.drop("index")


def _disagreeing(frame: pl.DataFrame, indices: list[int], knowledge: Knowledge) -> list[int]:
    """Matched rows whose REF is not the reference's, where a reference covers them."""
    matched = sorted(set(indices))
    alleles = frame.select("contig", "position", "ref", "alt")[matched]
    wrong = []
    for index, (contig, position, ref, alt) in zip(matched, alleles.iter_rows(), strict=True):
        if not reference_agrees(Variant(knowledge.assembly, contig, position, ref, alt), knowledge):
            wrong.append(index)
    return wrong
