"""The consequence fields that annotators leave in a VCF: CSQ of Ensembl VEP and ANN of snpEff.

CSQ's columns are named in its header line; ANN's are fixed
(https://pcingola.github.io/SnpEff/adds/VCFannotationformat_v1.0.pdf).
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import unquote

from cohesin_genomics.knowledge.terms import canonical_term, impact, worst_first
from cohesin_genomics.model import TranscriptConsequence


@lru_cache(maxsize=32)
def csq_columns(header_format: str) -> dict[str, int]:
    """Column name → index, from the CSQ description (`… Format: Allele|Consequence|…`) or the bare list.

    Raises:
        ValueError: There is no Allele and Consequence among the columns.
    """
    listed = header_format.rpartition("Format:")[2].strip().strip("\"'> ")
    columns = {name.strip(): index for index, name in enumerate(listed.split("|"))}
    if "Allele" not in columns or "Consequence" not in columns:
        raise ValueError("the CSQ header names no Allele and Consequence columns")
    return columns


def _allele_names(alt: str) -> frozenset[str]:
    """How VEP may write an alternate allele: whole, or without the base it shares with REF."""
    return frozenset({alt, alt[1:] or "-"})


def _same_allele(alleles: list[str], alt: str) -> list[bool]:
    """Which entries are of `alt`; a record with one allele needs no match (VEP trims in several ways)."""
    if len(set(alleles)) == 1:
        return [True] * len(alleles)
    if alt in alleles:
        return [allele == alt for allele in alleles]
    names = _allele_names(alt)
    return [allele in names for allele in alleles]


def parse_csq(header_format: str, value: str, alt: str) -> tuple[TranscriptConsequence, ...]:
    """The transcript consequences of one alternate allele in a CSQ value. `alt` is as the record wrote it."""
    columns = csq_columns(header_format)
    entries = [entry.split("|") for entry in value.split(",") if entry]
    entries = [entry for entry in entries if len(entry) > max(columns["Allele"], columns["Consequence"])]
    wanted = _same_allele([entry[columns["Allele"]] for entry in entries], alt)
    found = (_csq_entry(columns, entry) for entry, take in zip(entries, wanted, strict=True) if take)
    return tuple(one for one in found if one is not None)


def _csq_entry(columns: dict[str, int], entry: list[str]) -> TranscriptConsequence | None:
    def get(name: str) -> str:
        index = columns.get(name)
        return entry[index] if index is not None and index < len(entry) else ""

    if get("Feature_type") not in {"", "Transcript"}:
        return None
    terms = worst_first(canonical_term(term) for term in get("Consequence").split("&") if term)
    if not terms or not (get("SYMBOL") or get("Gene")):
        return None
    return TranscriptConsequence(
        gene=get("SYMBOL") or get("Gene"),
        transcript=get("Feature"),
        terms=terms,
        impact=get("IMPACT") or impact(terms[0]),
        source="vcf",
        hgvs_c=_without_accession(get("HGVSc")),
        hgvs_p=_without_accession(get("HGVSp")),
        exon=get("EXON") or None,
        intron=get("INTRON") or None,
        protein=get("ENSP") or None,
        mane_select=bool(get("MANE_SELECT")) or get("MANE") == "MANE_Select",
    )


def _without_accession(name: str) -> str | None:
    bare = unquote(name.rpartition(":")[2])
    return bare or None


def parse_ann(value: str, alt: str) -> tuple[TranscriptConsequence, ...]:
    """The transcript consequences of one alternate allele in an ANN value."""
    entries = [entry.split("|") for entry in value.split(",") if entry]
    entries = [entry for entry in entries if len(entry) > 10 and entry[5].strip() == "transcript"]
    wanted = _same_allele([entry[0].strip() for entry in entries], alt)
    found = (_ann_entry(entry) for entry, take in zip(entries, wanted, strict=True) if take)
    return tuple(one for one in found if one is not None)


def _ann_entry(entry: list[str]) -> TranscriptConsequence | None:
    terms = worst_first(canonical_term(term) for term in entry[1].strip().split("&") if term)
    if not terms or not entry[3].strip():
        return None
    rank = entry[8].strip() or None
    intronic = any("intron" in term or term in _INTRONIC for term in terms)
    return TranscriptConsequence(
        gene=entry[3].strip(),
        transcript=entry[6].strip(),
        terms=terms,
        impact=entry[2].strip() or impact(terms[0]),
        source="vcf",
        hgvs_c=entry[9].strip() or None,
        hgvs_p=unquote(entry[10].strip()) or None,
        exon=None if intronic else rank,
        intron=rank if intronic else None,
    )


_INTRONIC = frozenset({"splice_acceptor_variant", "splice_donor_variant"})


def parse_transcripts(transcripts_format: str, value: str, alt: str) -> tuple[TranscriptConsequence, ...]:
    """Parse either field. `transcripts_format` is `ANN`, or `CSQ:` and its columns or description."""
    if not value:
        return ()
    if transcripts_format == "ANN":
        return parse_ann(value, alt)
    return parse_csq(transcripts_format.removeprefix("CSQ:"), value, alt)
