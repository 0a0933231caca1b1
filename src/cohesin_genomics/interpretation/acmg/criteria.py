"""All 28 criteria of one variant, and those of protein change, literature and prediction."""

from __future__ import annotations

from cohesin_genomics.interpretation.acmg import family, frequency
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
from cohesin_genomics.interpretation.acmg.loss_of_function import pvs1
from cohesin_genomics.model import ClinVarRecord

_MISSENSE = "missense_variant"
_SYNONYMOUS = "synonymous_variant"
_INFRAME = frozenset({"inframe_insertion", "inframe_deletion"})
_SPLICE = frozenset(
    {
        "splice_region_variant",
        "splice_donor_variant",
        "splice_acceptor_variant",
        "splice_donor_5th_base_variant",
        "splice_donor_region_variant",
        "splice_polypyrimidine_tract_variant",
    }
)
_NOT_ASSESSED = "the variant's consequence was not assessed"
_RETIRED = (
    "retired by ClinGen: another laboratory's classification is not evidence of its own (Biesecker and "
    "Harrison 2018, PMID 29543229)"
)


def evaluate_criteria(
    evidence: AcmgEvidence, thresholds: AcmgThresholds | None = None
) -> tuple[Criterion, ...]:
    """Judge every criterion, in the order of `Code`; what cannot be judged says why."""
    limits = thresholds or AcmgThresholds()
    supporting, moderate, strong = Strength.SUPPORTING, Strength.MODERATE, Strength.STRONG
    loss = pvs1(evidence, limits)
    found = [
        loss,
        _ps1(evidence, limits),
        not_evaluated(Code.PS3, strong, "functional studies are read by a person"),
        not_evaluated(Code.PS4, strong, "no case-control or affected-carrier counts"),
        not_evaluated(Code.PM1, moderate, "no hot-spot or critical-domain data"),
        frequency.pm2(evidence, limits),
        family.pm3(evidence),
        _pm4(evidence),
        _pm5(evidence, limits),
        *family.de_novo(evidence),
        family.pp1(evidence),
        _pp2(evidence),
        not_evaluated(Code.PP3, supporting, "no calibrated predictor was run"),
        family.pp4(evidence, limits),
        not_evaluated(Code.PP5, supporting, _RETIRED),
        frequency.ba1(evidence, limits),
        frequency.bs1(evidence, limits),
        family.bs2(evidence),
        not_evaluated(Code.BS3, strong, "functional studies are read by a person"),
        family.bs4(evidence),
        _bp1(evidence),
        family.bp2(evidence),
        _bp3(evidence),
        not_evaluated(Code.BP4, supporting, "no calibrated predictor was run"),
        family.bp5(evidence),
        not_evaluated(Code.BP6, supporting, _RETIRED),
        _bp7(evidence),
    ]
    order = list(Code)
    return tuple(sorted(found, key=lambda criterion: order.index(criterion.code)))


def _known(records: tuple[ClinVarRecord, ...], thresholds: AcmgThresholds) -> list[str]:
    return [
        f"{record.variation_id} ({record.significance}, {record.stars} stars)"
        for record in records
        if record.stars >= thresholds.min_clinvar_stars
    ]


def _ps1(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.PS1, Strength.STRONG
    if evidence.terms and _MISSENSE not in evidence.terms:
        return not_met(code, strength, "not a missense variant")
    if evidence.protein is None:
        return not_evaluated(code, strength, "the same amino-acid change was not looked up in ClinVar")
    same = _known(evidence.protein.same_change, thresholds)
    if same:
        return met(code, strength, f"the same amino-acid change is pathogenic: ClinVar {', '.join(same)}")
    return not_met(code, strength, "the same amino-acid change is not among the pathogenic records looked up")


def _pm5(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.PM5, Strength.MODERATE
    if evidence.terms and _MISSENSE not in evidence.terms:
        return not_met(code, strength, "not a missense variant")
    if evidence.protein is None:
        return not_evaluated(code, strength, "other changes of the residue were not looked up in ClinVar")
    if _known(evidence.protein.same_change, thresholds):
        return not_met(code, strength, "counted under PS1")
    other = _known(evidence.protein.other_change, thresholds)
    if other:
        return met(code, strength, f"another change of the residue is pathogenic: ClinVar {', '.join(other)}")
    return not_met(code, strength, "no other change of the residue is among the pathogenic records looked up")


def _pm4(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.PM4, Strength.MODERATE
    if not evidence.terms:
        return not_evaluated(code, strength, _NOT_ASSESSED)
    if "stop_lost" in evidence.terms:
        return met(code, strength, "the stop codon is lost and the protein is longer")
    if not evidence.terms & _INFRAME:
        return not_met(code, strength, "the protein's length does not change in frame")
    if evidence.in_repeat is None:
        return not_evaluated(code, strength, "in-frame change, but whether in a repeat is not known")
    if evidence.in_repeat:
        return not_met(code, strength, "in-frame change within a repeat")
    return met(code, strength, "in-frame change outside repeats")


def _pp2(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.PP2, Strength.SUPPORTING
    if not evidence.terms:
        return not_evaluated(code, strength, _NOT_ASSESSED)
    if _MISSENSE not in evidence.terms:
        return not_met(code, strength, "not a missense variant")
    gene = evidence.gene
    if gene is None or gene.missense_constrained is None or gene.missense_mechanism is None:
        return not_evaluated(code, strength, "the gene's missense constraint or mechanism is not known")
    if gene.missense_constrained and gene.missense_mechanism:
        return met(code, strength, f"missense in {gene.gene}, where it is constrained and a cause of disease")
    return not_met(code, strength, f"missense in {gene.gene} is not both constrained and a cause of disease")


def _bp1(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.BP1, Strength.SUPPORTING
    if not evidence.terms:
        return not_evaluated(code, strength, _NOT_ASSESSED)
    if _MISSENSE not in evidence.terms:
        return not_met(code, strength, "not a missense variant")
    gene = evidence.gene
    if gene is None or gene.missense_mechanism is None or gene.lof_mechanism is None:
        return not_evaluated(code, strength, "the gene's disease mechanisms are not known")
    if gene.lof_mechanism and not gene.missense_mechanism:
        return met(code, strength, f"missense in {gene.gene}, where truncating variants cause disease")
    return not_met(code, strength, f"{gene.gene} is not a gene of truncating variants only")


def _bp3(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.BP3, Strength.SUPPORTING
    if not evidence.terms:
        return not_evaluated(code, strength, _NOT_ASSESSED)
    if not evidence.terms & _INFRAME or evidence.in_repeat is False:
        return not_met(code, strength, "not an in-frame change within a repeat")
    if evidence.in_repeat is None or evidence.in_functional_domain is None:
        return not_evaluated(code, strength, "whether in a repeat without known function is not known")
    if evidence.in_functional_domain:
        return not_met(code, strength, "the repeat lies in a domain of known function")
    return met(code, strength, "in-frame change within a repeat without known function")


def _bp7(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.BP7, Strength.SUPPORTING
    if not evidence.terms:
        return not_evaluated(code, strength, _NOT_ASSESSED)
    if _SYNONYMOUS not in evidence.terms:
        return not_met(code, strength, "not a synonymous variant")
    if evidence.terms & _SPLICE:
        return not_met(code, strength, "synonymous, but in a splice region")
    return met(
        code,
        strength,
        "synonymous and outside the splice regions; conservation and splice prediction not assessed",
    )
