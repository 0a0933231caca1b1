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
from cohesin_genomics.interpretation.knowledge import KnowledgeSource, is_pathogenic
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
    ClinVarRecord,
    GenotypeCall,
    Variant,
    Verdict,
    VerdictState,
    Zygosity,
)


class Candidate(msgspec.Struct, frozen=True):
    """An annotated variant, each member's call, and what else the caller knows of it."""

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


class _Run(msgspec.Struct, frozen=True):
    """What all candidates of a case share."""

    case: CaseInput
    knowledge: KnowledgeSource
    scores: Mapping[str, GeneScore]
    pairs: Mapping[Variant, Sequence[CompoundResult]]
    unpaired_genes: frozenset[str]
    clinvar: Mapping[Variant, ClinVarRecord | None]


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
    pairs, unpaired = _compounds(case)
    clinvar = {item.annotation.variant: item.annotation.clinvar for item in case.candidates}
    run = _Run(case, knowledge, scores, pairs, unpaired, clinvar)
    results = [_interpret_one(run, candidate) for candidate in case.candidates]
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


def _interpret_one(run: _Run, candidate: Candidate) -> Interpretation:
    case, annotation = run.case, candidate.annotation
    report = evaluate_inheritance(
        case.pedigree, annotation.variant, candidate.calls, case.settings.inheritance
    )
    genes = genes_of(annotation)
    pairs = tuple(run.pairs.get(annotation.variant, ()))
    compound = _compound_mode(pairs, too_many=bool(run.unpaired_genes.intersection(genes)))
    evidence = _acmg_evidence(run, candidate, report, pairs)
    modes = (*report.modes, compound)
    ranked = score_variant(
        RankingEvidence(
            annotation=annotation,
            modes=modes,
            gene=evidence.gene,
            coverage=evidence.coverage,
            quality=next(facts for facts in report.quality if facts.member == case.pedigree.proband.id),
            phenotype=evidence.phenotype,
        ),
        case.settings.ranking,
    )
    criteria = evaluate_criteria(evidence, case.settings.acmg)
    return Interpretation(
        annotation=annotation,
        gene=genes[0] if genes else None,
        inheritance=report,
        modes=modes,
        compounds=pairs,
        panel=_panel(case, annotation),
        phenotype=evidence.phenotype,
        ranked=ranked,
        criteria=criteria,
        classification=classify(criteria, case.settings.combining),
    )


def _panel(case: CaseInput, annotation: Annotation) -> Verdict:
    if case.panel is None:
        return Verdict(VerdictState.NOT_EVALUATED, "no panel was ordered")
    return panel_verdict(annotation, case.panel, case.current_symbols)


def _acmg_evidence(
    run: _Run, candidate: Candidate, report: InheritanceReport, pairs: Sequence[CompoundResult]
) -> AcmgEvidence:
    variant = candidate.annotation.variant
    genes = genes_of(candidate.annotation)
    searched = not run.unpaired_genes.intersection(genes)
    return AcmgEvidence(
        annotation=candidate.annotation,
        gene=run.knowledge.find_gene(genes[0]) if genes else None,
        coverage=run.knowledge.frequency_coverage(variant),
        protein=run.knowledge.find_protein_evidence(variant),
        pedigree=run.case.pedigree,
        inheritance=report,
        parentage_confirmed=run.case.parentage_confirmed,
        partners=_partners(run, variant, pairs) if genes and searched else None,
        phenotype=run.scores.get(genes[0]) if genes else None,
        nmd=candidate.nmd,
        truncated_fraction=candidate.truncated_fraction,
        splice_disrupts_frame=candidate.splice_disrupts_frame,
        in_repeat=candidate.in_repeat,
        in_functional_domain=candidate.in_functional_domain,
        healthy_adult_genotype=candidate.healthy_adult_genotype,
        alternative_cause=candidate.alternative_cause,
    )


def _partners(run: _Run, variant: Variant, pairs: Sequence[CompoundResult]) -> tuple[TransPartner, ...]:
    """Pathogenic ClinVar variants paired with this one, with their phase and how sure it is."""
    partners: list[TransPartner] = []
    for pair in pairs:
        other = pair.second if pair.first == variant else pair.first
        if is_pathogenic(run.clinvar[other]):
            partners.append(TransPartner(other.key, pair.phase, pair.phase_support))
    return tuple(partners)
