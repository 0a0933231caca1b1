"""ACMG/AMP criteria and their combination. See docs/genomics/acmg.md."""

from cohesin_genomics.interpretation.acmg.classification import (
    Classification,
    ClassificationResult,
    CombiningMethod,
    classify,
)
from cohesin_genomics.interpretation.acmg.criteria import evaluate_criteria
from cohesin_genomics.interpretation.acmg.evidence import (
    AcmgEvidence,
    AcmgThresholds,
    Code,
    Criterion,
    CriterionState,
    NmdPrediction,
    Strength,
    TransPartner,
)

__all__ = [
    "AcmgEvidence",
    "AcmgThresholds",
    "Classification",
    "ClassificationResult",
    "Code",
    "CombiningMethod",
    "Criterion",
    "CriterionState",
    "NmdPrediction",
    "Strength",
    "TransPartner",
    "classify",
    "evaluate_criteria",
]
