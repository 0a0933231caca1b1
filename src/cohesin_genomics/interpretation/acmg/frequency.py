"""BA1, BS1 and PM2: what the population frequency says.

PM2 counts as supporting (ClinGen Sequence Variant Interpretation group, PM2 version 1.0, 2020). BA1 is left
to the
reader for variants that ClinVar calls pathogenic at two stars or more, because ClinGen lists common
pathogenic
exceptions (Ghosh et al. 2018, PMID 30311383).
"""

from __future__ import annotations

from cohesin_genomics.interpretation.acmg.evidence import (
    AcmgEvidence,
    AcmgThresholds,
    Code,
    Criterion,
    Strength,
    met,
    not_evaluated,
    not_met,
)
from cohesin_genomics.interpretation.knowledge import SiteCoverage, is_pathogenic

_WELL_REVIEWED = 2


def ba1(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.BA1, Strength.STAND_ALONE
    frequency = _frequency(evidence)
    if frequency is None:
        return _without_frequency(code, strength, evidence)
    if frequency <= thresholds.ba1_frequency:
        return not_met(code, strength, _text(evidence, f"not above {thresholds.ba1_frequency:g}"))
    record = evidence.annotation.clinvar
    if record is not None and is_pathogenic(record) and record.stars >= _WELL_REVIEWED:
        text = _text(
            evidence, f"above {thresholds.ba1_frequency:g}, but ClinVar has it as {record.significance}"
        )
        return not_evaluated(code, strength, f"{text}: check the ClinGen exception list")
    return met(code, strength, _text(evidence, f"above {thresholds.ba1_frequency:g}"))


def bs1(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.BS1, Strength.STRONG
    frequency = _frequency(evidence)
    if frequency is None:
        return _without_frequency(code, strength, evidence)
    if frequency > thresholds.ba1_frequency:
        return not_met(code, strength, "counted under BA1")
    if frequency > thresholds.bs1_frequency:
        return met(code, strength, _text(evidence, f"above {thresholds.bs1_frequency:g}"))
    return not_met(code, strength, _text(evidence, f"not above {thresholds.bs1_frequency:g}"))


def pm2(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.PM2, Strength.SUPPORTING
    frequency = _frequency(evidence)
    if frequency is not None:
        if frequency <= thresholds.pm2_frequency:
            return met(code, strength, _text(evidence, f"at most {thresholds.pm2_frequency:g}"))
        return not_met(code, strength, _text(evidence, f"above {thresholds.pm2_frequency:g}"))
    if evidence.coverage is SiteCoverage.COVERED:
        return met(code, strength, "absent from a population source that covers the site")
    return _without_frequency(code, strength, evidence)


def _frequency(evidence: AcmgEvidence) -> float | None:
    known = evidence.annotation.frequency
    return None if known is None else max(known.popmax, known.allele_frequency)


def _without_frequency(code: Code, strength: Strength, evidence: AcmgEvidence) -> Criterion:
    if evidence.coverage is SiteCoverage.COVERED:
        return not_met(code, strength, "absent from a population source that covers the site")
    known = (
        "does not cover the site"
        if evidence.coverage is SiteCoverage.NOT_COVERED
        else "may not cover the site"
    )
    return not_evaluated(code, strength, f"no frequency, and the source {known}: absence means nothing")


def _text(evidence: AcmgEvidence, comparison: str) -> str:
    known = evidence.annotation.frequency
    assert known is not None
    value = max(known.popmax, known.allele_frequency)
    return f"highest frequency {value:g} ({known.popmax_population}, {known.source}), {comparison}"
