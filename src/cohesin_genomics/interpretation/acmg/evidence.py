"""The words of ACMG/AMP 2015 (Richards et al., PMID 25741868) and the evidence its criteria are judged on."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from cohesin_genomics.interpretation.carriage import Support
from cohesin_genomics.interpretation.compound import Phase
from cohesin_genomics.interpretation.inheritance import InheritanceReport
from cohesin_genomics.interpretation.knowledge import GeneKnowledge, ProteinEvidence, SiteCoverage
from cohesin_genomics.interpretation.pedigree import Pedigree
from cohesin_genomics.interpretation.phenotype import GeneScore
from cohesin_genomics.model import Annotation


class Code(StrEnum):
    """The 28 criteria."""

    PVS1 = "PVS1"
    PS1 = "PS1"
    PS2 = "PS2"
    PS3 = "PS3"
    PS4 = "PS4"
    PM1 = "PM1"
    PM2 = "PM2"
    PM3 = "PM3"
    PM4 = "PM4"
    PM5 = "PM5"
    PM6 = "PM6"
    PP1 = "PP1"
    PP2 = "PP2"
    PP3 = "PP3"
    PP4 = "PP4"
    PP5 = "PP5"
    BA1 = "BA1"
    BS1 = "BS1"
    BS2 = "BS2"
    BS3 = "BS3"
    BS4 = "BS4"
    BP1 = "BP1"
    BP2 = "BP2"
    BP3 = "BP3"
    BP4 = "BP4"
    BP5 = "BP5"
    BP6 = "BP6"
    BP7 = "BP7"

    @property
    def benign(self) -> bool:
        return self.value.startswith("B")


class Strength(StrEnum):
    SUPPORTING = "supporting"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"
    STAND_ALONE = "stand_alone"


class CriterionState(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NOT_EVALUATED = "not_evaluated"


class Criterion(msgspec.Struct, frozen=True):
    """One criterion with its state, the strength it has (or would have) and the evidence in words."""

    code: Code
    state: CriterionState
    strength: Strength
    evidence: str


class NmdPrediction(StrEnum):
    """Whether a premature stop is expected to trigger nonsense-mediated decay."""

    TRIGGERS = "triggers"
    ESCAPES = "escapes"
    UNKNOWN = "unknown"


class TransPartner(msgspec.Struct, frozen=True):
    """A pathogenic or likely pathogenic variant of the same gene in the same person."""

    key: str
    phase: Phase
    support: Support


class AcmgThresholds(msgspec.Struct, frozen=True):
    """Frequencies are 0-1 and compared with the highest population frequency.

    BA1 and BS1 are the guideline's defaults; a disease's own limits should replace them where they are known.
    """

    ba1_frequency: float = 0.05
    bs1_frequency: float = 0.01
    pm2_frequency: float = 0.0001
    min_clinvar_stars: int = 1
    pp4_posterior: float = 0.5
    short_truncation: float = 0.1
    """Share of the protein below which a truncation that escapes decay is moderate only."""


class AcmgEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a variant in a patient. None and UNKNOWN mean "not assessed"."""

    annotation: Annotation
    gene: GeneKnowledge | None = None
    coverage: SiteCoverage = SiteCoverage.UNKNOWN
    protein: ProteinEvidence | None = None
    pedigree: Pedigree | None = None
    inheritance: InheritanceReport | None = None
    parentage_confirmed: bool | None = None
    partners: tuple[TransPartner, ...] | None = None
    phenotype: GeneScore | None = None
    nmd: NmdPrediction = NmdPrediction.UNKNOWN
    truncated_fraction: float | None = None
    splice_disrupts_frame: bool | None = None
    in_repeat: bool | None = None
    in_functional_domain: bool | None = None
    healthy_adult_genotype: bool | None = None
    """Seen in a healthy adult in the genotype that would cause disease at full penetrance."""
    alternative_cause: str | None = None
    """Another variant that explains the case."""

    @property
    def terms(self) -> frozenset[str]:
        """Sequence Ontology terms of the leading consequence; empty when not assessed."""
        worst = self.annotation.worst
        return frozenset(worst.terms) if worst is not None else frozenset()


def met(code: Code, strength: Strength, evidence: str) -> Criterion:
    return Criterion(code, CriterionState.MET, strength, evidence)


def not_met(code: Code, strength: Strength, evidence: str) -> Criterion:
    return Criterion(code, CriterionState.NOT_MET, strength, evidence)


def not_evaluated(code: Code, strength: Strength, evidence: str) -> Criterion:
    return Criterion(code, CriterionState.NOT_EVALUATED, strength, evidence)
