"""A whole case: every candidate with its inheritance, panel, phenotype, rank and ACMG criteria."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec

from cohesin_genomics.interpretation.acmg import (
    AcmgEvidence,
    AcmgThresholds,
    ClassificationResult,
    CombiningMethod,
    Criterion,
    NmdPrediction,
    TransPartner,
    classify,
    evaluate_criteria,
)
from cohesin_genomics.interpretation.carriage import InheritanceThresholds, MemberCall, Support
from cohesin_genomics.interpretation.compound import CompoundResult, evaluate_compound
from cohesin_genomics.interpretation.inheritance import (
    InheritanceReport,
    Mode,
    ModeResult,
    evaluate_inheritance,
)
from cohesin_genomics.interpretation.knowledge import GeneKnowledge, KnowledgeSource, is_pathogenic
from cohesin_genomics.interpretation.panel import GenePanel, genes_of, panel_verdict
from cohesin_genomics.interpretation.pedigree import Pedigree
from cohesin_genomics.interpretation.phenotype import GeneScore, PhenotypeModel
from cohesin_genomics.interpretation.ranking import (
    RankedVariant,
    RankingEvidence,
    RankingWeights,
    rank_key,
    score_variant,
)
from cohesin_genomics.model import (
    Annotation,
    Assembly,
    GenotypeCall,
    Variant,
    Verdict,
    VerdictState,
    Zygosity,
)


class Candidate(msgspec.Struct, frozen=True):
    """An annotated variant with each member's call, and what a caller may know of it beyond the
    annotation.
    """

    annotation: Annotation
    calls: dict[str, MemberCall]
    nmd: NmdPrediction = NmdPrediction.UNKNOWN
    truncated_fraction: float | None = None
    splice_disrupts_frame: bool | None = None
    in_repeat: bool | None = None
    in_functional_domain: bool | None = None
    healthy_adult_genotype: bool | None = None
    alternative_cause: str | None = None


class CaseSettings(msgspec.Struct, frozen=True):
    """Thresholds and weights of one run; stored with the result as its parameters."""

    inheritance: InheritanceThresholds = InheritanceThresholds()
    acmg: AcmgThresholds = AcmgThresholds()
    ranking: RankingWeights = RankingWeights()
    combining: CombiningMethod = CombiningMethod.POINTS
    max_heterozygous_per_gene: int = 60
    """More heterozygous candidates than this in a gene are a sign of an unfiltered list; pairs are not
    evaluated.
    """


class CaseInput(msgspec.Struct, frozen=True):
    """One family, its candidates, and the patient's observed phenotype terms (HPO ids)."""

    pedigree: Pedigree
    candidates: tuple[Candidate, ...]
    phenotype_terms: tuple[str, ...] = ()
    panel: GenePanel | None = None
    parentage_confirmed: bool | None = None
    current_symbols: dict[str, str] = {}
    settings: CaseSettings = CaseSettings()


class Interpretation(msgspec.Struct, frozen=True):
    """Everything said of one candidate. `modes` are the single-variant modes and the compound one."""

    annotation: Annotation
    gene: str | None
    inheritance: InheritanceReport
    modes: tuple[ModeResult, ...]
    compounds: tuple[CompoundResult, ...]
    panel: Verdict
    phenotype: GeneScore | None
    ranked: RankedVariant
    criteria: tuple[Criterion, ...]
    classification: ClassificationResult


class MixedAssembliesError(ValueError):
    """The candidates lie on more than one assembly."""


class RepeatedCandidateError(ValueError):
    """A variant is among the candidates twice."""


def interpret(
    case: CaseInput, knowledge: KnowledgeSource, phenotypes: PhenotypeModel | None = None
) -> list[Interpretation]:
    """Interpret every candidate, best ranked first. The panel's verdict is told, not applied.

    Raises:
        InvalidPedigreeError: the pedigree has faults.
        MixedAssembliesError, RepeatedCandidateError: the candidates cannot be compared.
    """
    case.pedigree.check()
    _check_candidates(case.candidates)
    scores = phenotypes.score_genes(case.phenotype_terms) if phenotypes and case.phenotype_terms else {}
    pairs, skipped = _compounds(case)
    results = [
        _interpret_one(case, candidate, knowledge, scores, pairs[candidate.annotation.variant], skipped)
        for candidate in case.candidates
    ]
    return sorted(results, key=lambda result: rank_key(result.ranked))


def _check_candidates(candidates: Sequence[Candidate]) -> None:
    variants = [candidate.annotation.variant for candidate in candidates]
    if len({variant.assembly for variant in variants}) > 1:
        raise MixedAssembliesError(f"candidates mix {', '.join(Assembly)}")
    if len(set(variants)) < len(variants):
        raise RepeatedCandidateError("a variant is given more than once")


Pairs = defaultdict[Variant, list[CompoundResult]]


def _compounds(case: CaseInput) -> tuple[Pairs, frozenset[str]]:
    """Pairs of heterozygous candidates of a gene, and the genes with too many to pair."""
    genes: defaultdict[str, list[Candidate]] = defaultdict(list)
    for candidate in case.candidates:
        call = candidate.calls.get(case.pedigree.proband.id)
        if isinstance(call, GenotypeCall) and call.zygosity is Zygosity.HETEROZYGOUS:
            for gene in genes_of(candidate.annotation):
                genes[gene].append(candidate)
    limit = case.settings.max_heterozygous_per_gene
    skipped = frozenset(gene for gene, members in genes.items() if len(members) > limit)
    pairs: Pairs = defaultdict(list)
    seen: set[tuple[Variant, Variant]] = set()
    for gene, members in genes.items():
        if gene in skipped:
            continue
        for one, two in combinations(members, 2):
            first, second = one.annotation.variant, two.annotation.variant
            if (first, second) in seen:
                continue
            seen.add((first, second))
            result = evaluate_compound(
                case.pedigree, (first, one.calls), (second, two.calls), case.settings.inheritance
            )
            pairs[first].append(result)
            pairs[second].append(result)
    return pairs, skipped


def _compound_mode(pairs: Sequence[CompoundResult], *, too_many: bool) -> ModeResult:
    if pairs:
        return max((pair.result for pair in pairs), key=lambda result: result.support)
    if too_many:
        reason = "the gene has too many heterozygous candidates to pair"
        return ModeResult(
            Mode.COMPOUND_HETEROZYGOUS, Verdict(VerdictState.NOT_EVALUATED, reason), Support.UNDECIDED
        )
    reason = "no second heterozygous candidate in the gene"
    return ModeResult(Mode.COMPOUND_HETEROZYGOUS, Verdict(VerdictState.FAIL, reason), Support.AGAINST)


def _interpret_one(
    case: CaseInput,
    candidate: Candidate,
    knowledge: KnowledgeSource,
    scores: Mapping[str, GeneScore],
    pairs: Sequence[CompoundResult],
    skipped: frozenset[str],
) -> Interpretation:
    annotation = candidate.annotation
    report = evaluate_inheritance(
        case.pedigree, annotation.variant, candidate.calls, case.settings.inheritance
    )
    genes = genes_of(annotation)
    compound = _compound_mode(pairs, too_many=bool(skipped.intersection(genes)))
    modes = (*report.modes, compound)
    gene = knowledge.find_gene(genes[0]) if genes else None
    phenotype = scores.get(genes[0]) if genes else None
    quality = next(facts for facts in report.quality if facts.member == case.pedigree.proband.id)
    coverage = knowledge.frequency_coverage(annotation.variant)
    ranked = score_variant(
        RankingEvidence(
            annotation=annotation,
            modes=modes,
            gene=gene,
            coverage=coverage,
            quality=quality,
            phenotype=phenotype,
        ),
        case.settings.ranking,
    )
    evidence = _acmg_evidence(case, candidate, knowledge, gene, phenotype, report, pairs)
    criteria = evaluate_criteria(evidence, case.settings.acmg)
    return Interpretation(
        annotation=annotation,
        gene=genes[0] if genes else None,
        inheritance=report,
        modes=modes,
        compounds=tuple(pairs),
        panel=_panel(case, annotation),
        phenotype=phenotype,
        ranked=ranked,
        criteria=criteria,
        classification=classify(criteria, case.settings.combining),
    )


def _panel(case: CaseInput, annotation: Annotation) -> Verdict:
    if case.panel is None:
        return Verdict(VerdictState.NOT_EVALUATED, "no panel was ordered")
    return panel_verdict(annotation, case.panel, case.current_symbols)


def _acmg_evidence(
    case: CaseInput,
    candidate: Candidate,
    knowledge: KnowledgeSource,
    gene: GeneKnowledge | None,
    phenotype: GeneScore | None,
    report: InheritanceReport,
    pairs: Sequence[CompoundResult],
) -> AcmgEvidence:
    variant = candidate.annotation.variant
    return AcmgEvidence(
        annotation=candidate.annotation,
        gene=gene,
        coverage=knowledge.frequency_coverage(variant),
        protein=knowledge.find_protein_evidence(variant),
        pedigree=case.pedigree,
        inheritance=report,
        parentage_confirmed=case.parentage_confirmed,
        partners=_partners(case, variant, pairs),
        phenotype=phenotype,
        nmd=candidate.nmd,
        truncated_fraction=candidate.truncated_fraction,
        splice_disrupts_frame=candidate.splice_disrupts_frame,
        in_repeat=candidate.in_repeat,
        in_functional_domain=candidate.in_functional_domain,
        healthy_adult_genotype=candidate.healthy_adult_genotype,
        alternative_cause=candidate.alternative_cause,
    )


def _partners(case: CaseInput, variant: Variant, pairs: Sequence[CompoundResult]) -> tuple[TransPartner, ...]:
    """Pathogenic ClinVar variants paired with this one, with their phase and how sure it is."""
    by_variant = {item.annotation.variant: item.annotation for item in case.candidates}
    partners: list[TransPartner] = []
    for pair in pairs:
        other = pair.second if pair.first == variant else pair.first
        if is_pathogenic(by_variant[other].clinvar):
            partners.append(TransPartner(other.key, pair.phase, pair.phase_support))
    return tuple(partners)
