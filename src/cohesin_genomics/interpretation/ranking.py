"""A first order for a case's variants: a weighted sum of six explained components.

The weights are a considered choice, not fitted; see docs/genomics/inheritance.md. What was not assessed
counts a
stated neutral value, below what positive evidence gives, so that missing knowledge never lifts a variant
over a
known one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from cohesin_genomics.interpretation.carriage import QualityFacts, Support
from cohesin_genomics.interpretation.inheritance import Mode, ModeResult
from cohesin_genomics.interpretation.knowledge import (
    GeneKnowledge,
    Significance,
    SiteCoverage,
    significance_of,
)
from cohesin_genomics.interpretation.phenotype import GeneScore
from cohesin_genomics.model import Annotation, Variant, VerdictState


class RankingWeights(msgspec.Struct, frozen=True):
    """Shares of the score; they add up to 1. `neutral` is the value of what was not assessed."""

    effect: float = 0.20
    frequency: float = 0.12
    clinvar: float = 0.20
    inheritance: float = 0.15
    quality: float = 0.05
    phenotype: float = 0.28
    neutral: float = 0.3
    rare_frequency: float = 0.0001
    common_frequency: float = 0.05


class Component(msgspec.Struct, frozen=True):
    """One part of the score: `value` 0-1 times `weight`; the value is neutral when not `assessed`."""

    name: str
    value: float
    weight: float
    explanation: str
    assessed: bool = True


class RankedVariant(msgspec.Struct, frozen=True):
    """A variant with its score 0-1, the sum of its components."""

    variant: Variant
    score: float
    components: tuple[Component, ...]


class RankingEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What the score of one variant is made of. None means "not assessed"."""

    annotation: Annotation
    modes: tuple[ModeResult, ...]
    gene: GeneKnowledge | None = None
    coverage: SiteCoverage = SiteCoverage.UNKNOWN
    quality: QualityFacts | None = None
    phenotype: GeneScore | None = None


_IMPACT = {"HIGH": 1.0, "MODERATE": 0.6, "LOW": 0.2, "MODIFIER": 0.05}
_STARS = {0: 0.6, 1: 0.75, 2: 0.9, 3: 1.0, 4: 1.0}
_SIGNIFICANCE = {
    Significance.PATHOGENIC: 1.0,
    Significance.LIKELY_PATHOGENIC: 0.9,
    Significance.UNCERTAIN: 0.3,
    Significance.CONFLICTING: 0.3,
    Significance.OTHER: 0.3,
    Significance.LIKELY_BENIGN: 0.05,
    Significance.BENIGN: 0.0,
}
GENE_MODES = {
    Mode.DE_NOVO: frozenset({"AD", "XLD", "XL", "MT"}),
    Mode.AUTOSOMAL_DOMINANT: frozenset({"AD"}),
    Mode.AUTOSOMAL_RECESSIVE: frozenset({"AR"}),
    Mode.COMPOUND_HETEROZYGOUS: frozenset({"AR"}),
    Mode.X_LINKED_RECESSIVE: frozenset({"XLR", "XL"}),
    Mode.X_LINKED_DOMINANT: frozenset({"XLD", "XL"}),
    Mode.MITOCHONDRIAL: frozenset({"MT"}),
}


_DOMINANT = frozenset({Mode.AUTOSOMAL_DOMINANT, Mode.X_LINKED_DOMINANT})


def stated_mode(modes: Iterable[ModeResult], gene: GeneKnowledge | None) -> Mode | None:
    """The mode of inheritance to name for a variant: the best supported one that fits.

    Where the gene's own modes are known, one of those comes first, and a dominant one that is not among them is not
    named: a heterozygous variant of a recessive gene is a carrier's.
    """
    fitting = [one for one in modes if one.verdict.state is VerdictState.PASS]
    known = gene.modes if gene is not None else frozenset()
    if known:
        own = [one for one in fitting if known & GENE_MODES[one.mode]]
        fitting = own or [one for one in fitting if one.mode not in _DOMINANT]
    best = max(fitting, key=lambda one: one.support, default=None)
    return None if best is None else best.mode


def score_variant(evidence: RankingEvidence, weights: RankingWeights | None = None) -> RankedVariant:
    """Score one variant."""
    shares = weights or RankingWeights()
    components = (
        _effect(evidence, shares),
        _frequency(evidence, shares),
        _clinvar(evidence, shares),
        _inheritance(evidence, shares),
        _quality(evidence, shares),
        _phenotype(evidence, shares),
    )
    score = math.fsum(component.value * component.weight for component in components)
    return RankedVariant(evidence.annotation.variant, score, components)


def rank(scored: Iterable[RankedVariant]) -> list[RankedVariant]:
    """Highest score first; ties (to nine decimals) by contig, position, reference and alternate allele."""
    return sorted(scored, key=rank_key)


def rank_key(item: RankedVariant) -> tuple[float, int, str, int, str, str]:
    contig = item.variant.contig
    number = int(contig) if contig.isdecimal() else {"X": 23, "Y": 24, "MT": 25}.get(contig, 26)
    variant = item.variant
    return -round(item.score, 9), number, contig, variant.position, variant.ref, variant.alt


def _unknown(name: str, weight: float, reason: str, shares: RankingWeights) -> Component:
    text = f"not assessed ({reason}); counted as {shares.neutral:g}"
    return Component(name, shares.neutral, weight, text, assessed=False)


def _effect(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    worst = evidence.annotation.worst
    value = _IMPACT.get(worst.impact.upper()) if worst is not None else None
    if worst is None or value is None:
        return _unknown("effect", shares.effect, "no consequence", shares)
    text = f"{', '.join(worst.terms)} ({worst.impact.lower()} impact) in {worst.gene}, by {worst.source}"
    return Component("effect", value, shares.effect, text)


def _frequency(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    known = evidence.annotation.frequency
    if known is None:
        if evidence.coverage is SiteCoverage.COVERED:
            text = "absent from a population source that covers the site"
            return Component("frequency", 1.0, shares.frequency, text)
        return _unknown("frequency", shares.frequency, "no frequency, site coverage not established", shares)
    value = rarity(max(known.popmax, known.allele_frequency), shares)
    text = f"highest frequency {known.popmax:g} ({known.popmax_population}, {known.source})"
    return Component("frequency", value, shares.frequency, text)


def rarity(frequency: float, shares: RankingWeights) -> float:
    """1 up to the rare limit, 0 from the common limit, falling with the logarithm between."""
    if frequency <= shares.rare_frequency:
        return 1.0
    if frequency >= shares.common_frequency:
        return 0.0
    span = math.log(shares.common_frequency / shares.rare_frequency)
    return math.log(shares.common_frequency / frequency) / span


def _clinvar(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    record = evidence.annotation.clinvar
    if record is None:
        return _unknown("clinvar", shares.clinvar, "no ClinVar record found", shares)
    sign = _SIGNIFICANCE[significance_of(record)]
    trust = _STARS.get(record.stars, 1.0)
    value = shares.neutral + (sign - shares.neutral) * trust
    text = f"ClinVar {record.variation_id}: {record.significance}, {record.stars} stars"
    return Component("clinvar", value, shares.clinvar, text)


def _inheritance(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    best = max((_mode_value(result, evidence.gene, shares) for result in evidence.modes), default=None)
    if best is None:
        return _unknown("inheritance", shares.inheritance, "no family calls", shares)
    value, text, assessed = best
    if not assessed:
        return _unknown("inheritance", shares.inheritance, text, shares)
    return Component("inheritance", value, shares.inheritance, text)


def _mode_value(
    result: ModeResult, gene: GeneKnowledge | None, shares: RankingWeights
) -> tuple[float, str, bool]:
    name = result.mode.replace("_", " ")
    if result.verdict.state is VerdictState.FAIL:
        return 0.0, "no mode of inheritance fits", True
    if result.verdict.state is VerdictState.NOT_EVALUATED:
        return shares.neutral, f"{name}: {result.verdict.reason}", False
    sure = result.support is Support.CONFIRMED
    certainty = "confirmed" if sure else "assumed"
    if gene is None or not gene.modes:
        return (0.6 if sure else 0.5), f"{name} fits ({certainty}), the gene's own modes are not known", True
    if not gene.modes & GENE_MODES[result.mode]:
        modes = ", ".join(sorted(gene.modes))
        return 0.15, f"{name} fits ({certainty}), but {gene.gene} is known for {modes}", True
    return (1.0 if sure else 0.8), f"{name} fits ({certainty}), as known for {gene.gene}", True


def _quality(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    facts = evidence.quality
    if facts is None or facts.genotype is None:
        return _unknown("quality", shares.quality, "no call", shares)
    if facts.issues:
        return Component("quality", 0.0, shares.quality, "; ".join(facts.issues))
    if facts.unstated:
        return _unknown("quality", shares.quality, f"{' and '.join(facts.unstated)} not stated", shares)
    text = f"depth {facts.depth}, genotype quality {facts.genotype_quality:g}"
    return Component("quality", 1.0, shares.quality, text)


def _phenotype(evidence: RankingEvidence, shares: RankingWeights) -> Component:
    """By the gene's rank: 1 for the first, 0.5 for the tenth, a third for the hundredth."""
    score = evidence.phenotype
    if score is None:
        reason = "no phenotype terms, or the gene has no annotated disease"
        return _unknown("phenotype", shares.phenotype, reason, shares)
    value = 1 / (1 + math.log10(score.rank))
    text = (
        f"{score.disease_name} ({score.disease_id}): gene rank {score.rank:g} by phenotype, "
        f"posterior {score.posterior:.3f}"
    )
    return Component("phenotype", value, shares.phenotype, text)
