"""What interpretation needs to know beyond a variant's annotation, and who may supply it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol

import msgspec

from cohesin_genomics.model import ClinVarRecord, Variant


class GeneKnowledge(msgspec.Struct, frozen=True):
    """Facts of a gene; None means "not known".

    `modes` are HPO abbreviations over all its diseases: AD, AR, XL, XLD, XLR, YL, MT.
    """

    gene: str
    modes: frozenset[str] = frozenset()
    lof_mechanism: bool | None = None
    """Loss of function is an established disease mechanism."""
    missense_mechanism: bool | None = None
    """Missense variants are a common cause of disease; False where nearly only truncating variants are."""
    missense_constrained: bool | None = None
    """Benign missense variation is rare in the gene."""


class SiteCoverage(StrEnum):
    """Whether the population source could have shown a variant at this site."""

    COVERED = "covered"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"


class ProteinEvidence(msgspec.Struct, frozen=True):
    """Pathogenic ClinVar records at the same residue, after a lookup that could find them."""

    same_change: tuple[ClinVarRecord, ...] = ()
    """The same amino-acid change by another nucleotide change."""
    other_change: tuple[ClinVarRecord, ...] = ()
    """Another missense change of the residue."""


class KnowledgeSource(Protocol):
    """Where the facts come from: the embedded data set, or a fuller one."""

    def find_gene(self, symbol: str) -> GeneKnowledge | None: ...

    def frequency_coverage(self, variant: Variant) -> SiteCoverage: ...

    def find_protein_evidence(self, variant: Variant) -> ProteinEvidence | None:
        """None when the protein change or the residue's other variants cannot be looked up."""
        ...


class Significance(StrEnum):
    """ClinVar's germline classification, reduced to what ranking and criteria use."""

    PATHOGENIC = "pathogenic"
    LIKELY_PATHOGENIC = "likely_pathogenic"
    UNCERTAIN = "uncertain"
    CONFLICTING = "conflicting"
    BENIGN = "benign"
    LIKELY_BENIGN = "likely_benign"
    OTHER = "other"


_WORDS = {
    "pathogenic": Significance.PATHOGENIC,
    "likely pathogenic": Significance.LIKELY_PATHOGENIC,
    "benign": Significance.BENIGN,
    "likely benign": Significance.LIKELY_BENIGN,
    "uncertain significance": Significance.UNCERTAIN,
}


def significance_of(record: ClinVarRecord) -> Significance:
    """Reduce ClinVar's text; of a combined class ("Pathogenic/Likely pathogenic") the stronger word counts.

    Words that are no germline class (drug response, risk factor, low penetrance) give `other` unless a class
    stands beside them.
    """
    text = record.significance.replace("_", " ").lower().strip()
    if text.startswith("conflicting"):
        return Significance.CONFLICTING
    found = {_WORDS[word] for part in re.split(r"[/|;,]", text) if (word := part.strip()) in _WORDS}
    harmful = found & {Significance.PATHOGENIC, Significance.LIKELY_PATHOGENIC}
    harmless = found & {Significance.BENIGN, Significance.LIKELY_BENIGN}
    if harmful and harmless:
        return Significance.CONFLICTING
    return next((item for item in Significance if item in found), Significance.OTHER)


def is_pathogenic(record: ClinVarRecord | None) -> bool:
    """Pathogenic or likely pathogenic, at any review status."""
    return record is not None and significance_of(record) in {
        Significance.PATHOGENIC,
        Significance.LIKELY_PATHOGENIC,
    }
