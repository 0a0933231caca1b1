"""PVS1 with the strengths of the ClinGen decision tree (Abou Tayoun et al. 2018, PMID 30192042)."""

from __future__ import annotations

from cohesin_genomics.interpretation.acmg.evidence import (
    AcmgEvidence,
    AcmgThresholds,
    Code,
    Criterion,
    NmdPrediction,
    Strength,
    met,
    not_evaluated,
    not_met,
)

TRUNCATING = frozenset({"stop_gained", "frameshift_variant"})
CANONICAL_SPLICE = frozenset({"splice_acceptor_variant", "splice_donor_variant"})
NULL_TERMS = TRUNCATING | CANONICAL_SPLICE | {"start_lost", "transcript_ablation"}


def pvs1(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    """Null variant in a gene where loss of function causes disease."""
    code, strength = Code.PVS1, Strength.VERY_STRONG
    if not evidence.terms:
        return not_evaluated(code, strength, "the variant's consequence was not assessed")
    null = evidence.terms & NULL_TERMS
    if not null:
        return not_met(code, strength, "not a null variant")
    if evidence.gene is None or evidence.gene.lof_mechanism is None:
        return not_evaluated(
            code, strength, "whether loss of function causes disease in this gene is not known"
        )
    if not evidence.gene.lof_mechanism:
        return not_met(code, strength, "loss of function is not a disease mechanism of this gene")
    strength, caveat = _strength(evidence, null, thresholds)
    mechanism = f"{', '.join(sorted(null))} in {evidence.gene.gene}, where loss of function causes disease"
    return met(code, strength, f"{mechanism}; {caveat}")


def _strength(
    evidence: AcmgEvidence, null: frozenset[str], thresholds: AcmgThresholds
) -> tuple[Strength, str]:
    if "transcript_ablation" in null:
        return Strength.VERY_STRONG, "the whole transcript is removed"
    if null & TRUNCATING:
        return _truncation(evidence, thresholds)
    if null & CANONICAL_SPLICE:
        if evidence.splice_disrupts_frame:
            return Strength.VERY_STRONG, "skipping of the exon disrupts the reading frame"
        if evidence.splice_disrupts_frame is None:
            return Strength.STRONG, "lowered: whether the frame is disrupted is not known"
        return Strength.MODERATE, "lowered: skipping of the exon keeps the reading frame"
    return Strength.MODERATE, "loss of the start codon; another start may be used"


def _truncation(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> tuple[Strength, str]:
    decay, why = evidence.nmd, "as predicted"
    if decay is NmdPrediction.UNKNOWN:
        decay, why = nmd_by_exon(evidence.annotation.worst.exon if evidence.annotation.worst else None)
    if decay is NmdPrediction.TRIGGERS:
        return Strength.VERY_STRONG, f"nonsense-mediated decay expected ({why})"
    if decay is NmdPrediction.UNKNOWN:
        return Strength.STRONG, f"lowered: nonsense-mediated decay not assessed ({why})"
    share = evidence.truncated_fraction
    if share is not None and share > thresholds.short_truncation:
        return Strength.STRONG, f"lowered: escapes decay ({why}), {share:.0%} of the protein is lost"
    lost = "the part lost is not known" if share is None else f"only {share:.0%} of the protein is lost"
    return Strength.MODERATE, f"lowered: escapes decay ({why}), {lost}"


def nmd_by_exon(exon: str | None) -> tuple[NmdPrediction, str]:
    """Decay by exon number "k/n": expected before the last two exons, not in the last.

    In the last but one it depends on the distance to the junction (50 bases), which the number does not tell.
    """
    parts = (exon or "").split("/")
    if len(parts) != 2 or not all(part.isdecimal() for part in parts):
        return NmdPrediction.UNKNOWN, "exon number not known"
    number, total = int(parts[0]), int(parts[1])
    if number == total:
        return NmdPrediction.ESCAPES, f"last exon, {exon}"
    if number == total - 1:
        return NmdPrediction.UNKNOWN, f"last but one exon, {exon}, distance to the junction not known"
    return NmdPrediction.TRIGGERS, f"exon {exon}"
