"""Sequence Ontology consequence terms, in Ensembl's order of severity, with their impact.

Source: the table "Calculated variant consequences" of the Ensembl documentation
(https://www.ensembl.org/info/genome/variation/prediction/predicted_data.html).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_ORDERED: Final = (
    ("transcript_ablation", "HIGH"),
    ("splice_acceptor_variant", "HIGH"),
    ("splice_donor_variant", "HIGH"),
    ("stop_gained", "HIGH"),
    ("frameshift_variant", "HIGH"),
    ("stop_lost", "HIGH"),
    ("start_lost", "HIGH"),
    ("transcript_amplification", "HIGH"),
    ("feature_elongation", "HIGH"),
    ("feature_truncation", "HIGH"),
    ("inframe_insertion", "MODERATE"),
    ("inframe_deletion", "MODERATE"),
    ("missense_variant", "MODERATE"),
    ("protein_altering_variant", "MODERATE"),
    ("splice_donor_5th_base_variant", "LOW"),
    ("splice_region_variant", "LOW"),
    ("splice_donor_region_variant", "LOW"),
    ("splice_polypyrimidine_tract_variant", "LOW"),
    ("incomplete_terminal_codon_variant", "LOW"),
    ("start_retained_variant", "LOW"),
    ("stop_retained_variant", "LOW"),
    ("synonymous_variant", "LOW"),
    ("coding_sequence_variant", "MODIFIER"),
    ("mature_miRNA_variant", "MODIFIER"),
    ("5_prime_UTR_variant", "MODIFIER"),
    ("3_prime_UTR_variant", "MODIFIER"),
    ("non_coding_transcript_exon_variant", "MODIFIER"),
    ("intron_variant", "MODIFIER"),
    ("NMD_transcript_variant", "MODIFIER"),
    ("non_coding_transcript_variant", "MODIFIER"),
    ("coding_transcript_variant", "MODIFIER"),
    ("upstream_gene_variant", "MODIFIER"),
    ("downstream_gene_variant", "MODIFIER"),
    ("TFBS_ablation", "MODIFIER"),
    ("TFBS_amplification", "MODIFIER"),
    ("TF_binding_site_variant", "MODIFIER"),
    ("regulatory_region_ablation", "MODIFIER"),
    ("regulatory_region_amplification", "MODIFIER"),
    ("regulatory_region_variant", "MODIFIER"),
    ("intergenic_variant", "MODIFIER"),
    ("sequence_variant", "MODIFIER"),
)

SEVERITY: Final[dict[str, int]] = {term: rank for rank, (term, _) in enumerate(_ORDERED)}
"""Rank of each term; 0 is the most severe."""

IMPACT: Final[dict[str, str]] = dict(_ORDERED)

UNKNOWN_SEVERITY: Final = len(_ORDERED)

# Older or foreign spellings of the same fact, as ClinVar, snpEff and RefSeq files write them.
_SYNONYMS: Final[dict[str, str]] = {
    "nonsense": "stop_gained",
    "initiator_codon_variant": "start_lost",
    "stop_gained_variant": "stop_gained",
    "5_prime_UTR_premature_start_codon_gain_variant": "5_prime_UTR_variant",
    "conservative_inframe_insertion": "inframe_insertion",
    "disruptive_inframe_insertion": "inframe_insertion",
    "conservative_inframe_deletion": "inframe_deletion",
    "disruptive_inframe_deletion": "inframe_deletion",
    "inframe_indel": "protein_altering_variant",
    "non-coding_transcript_variant": "non_coding_transcript_variant",
    "nc_transcript_variant": "non_coding_transcript_variant",
    "non_coding_exon_variant": "non_coding_transcript_exon_variant",
    "genic_upstream_transcript_variant": "upstream_gene_variant",
    "genic_downstream_transcript_variant": "downstream_gene_variant",
    "intergenic_region": "intergenic_variant",
    "intragenic_variant": "intron_variant",
    "exon_loss_variant": "transcript_ablation",
}


def canonical_term(term: str) -> str:
    """The Ensembl name of a term that another tool spells differently; unknown names pass unchanged."""
    return _SYNONYMS.get(term, term)


def severity(term: str) -> int:
    """Rank of a term, 0 the most severe; a name that is not in the table ranks last."""
    return SEVERITY.get(term, UNKNOWN_SEVERITY)


def impact(term: str) -> str:
    """HIGH, MODERATE, LOW or MODIFIER."""
    return IMPACT.get(term, "MODIFIER")


def worst_first(terms: Iterable[str]) -> tuple[str, ...]:
    """The distinct terms, most severe first."""
    return tuple(sorted(set(terms), key=lambda term: (severity(term), term)))
