"""Criteria from the family and the patient: PS2, PM6, PM3, PP1, PP4, BS2, BS4, BP2, BP5."""

from __future__ import annotations

from cohesin_genomics.interpretation.acmg.evidence import (
    AcmgEvidence,
    AcmgThresholds,
    Code,
    Criterion,
    Strength,
    TransPartner,
    met,
    not_evaluated,
    not_met,
)
from cohesin_genomics.interpretation.carriage import Support
from cohesin_genomics.interpretation.compound import Phase
from cohesin_genomics.interpretation.inheritance import Mode
from cohesin_genomics.interpretation.pedigree import AffectedStatus
from cohesin_genomics.model import VerdictState

_RECESSIVE = frozenset({"AR"})
_DOMINANT = frozenset({"AD", "XLD"})


def de_novo(evidence: AcmgEvidence) -> tuple[Criterion, Criterion]:
    """PS2 and PM6; never both. PM6 is supporting where a parent's call is missing or its quality unstated."""
    strong, moderate = Strength.STRONG, Strength.MODERATE
    if evidence.inheritance is None or evidence.pedigree is None:
        reason = "no family calls"
        return not_evaluated(Code.PS2, strong, reason), not_evaluated(Code.PM6, moderate, reason)
    result = evidence.inheritance.mode(Mode.DE_NOVO)
    if result.verdict.state is VerdictState.NOT_EVALUATED:
        reason = result.verdict.reason
        return not_evaluated(Code.PS2, strong, reason), not_evaluated(Code.PM6, moderate, reason)
    if result.verdict.state is VerdictState.FAIL:
        reason = f"not de novo: {result.verdict.reason}"
        return not_met(Code.PS2, strong, reason), not_met(Code.PM6, moderate, reason)
    doubt = _family_history(evidence)
    if doubt:
        return not_evaluated(Code.PS2, strong, doubt), not_evaluated(Code.PM6, moderate, doubt)
    if result.support is Support.CONFIRMED and evidence.parentage_confirmed:
        return (
            met(Code.PS2, strong, f"de novo, parentage confirmed: {result.verdict.reason}"),
            not_met(Code.PM6, moderate, "counted under PS2"),
        )
    reason = "parentage is not confirmed" if result.support is Support.CONFIRMED else result.verdict.reason
    strength = moderate if result.support is Support.CONFIRMED else Strength.SUPPORTING
    return (
        not_met(Code.PS2, strong, f"not confirmed: {reason}"),
        met(Code.PM6, strength, f"assumed de novo: {result.verdict.reason}; {reason}"),
    )


def _family_history(evidence: AcmgEvidence) -> str:
    """Why a de novo variant does not count: an unaffected proband, or a parent not known to be unaffected."""
    assert evidence.pedigree is not None
    if evidence.pedigree.proband.affected is not AffectedStatus.AFFECTED:
        return "the proband is not recorded as affected"
    parents = [evidence.pedigree.mother, evidence.pedigree.father]
    if any(parent and parent.affected is not AffectedStatus.UNAFFECTED for parent in parents):
        return "a parent is not recorded as unaffected"
    return ""


def pm3(evidence: AcmgEvidence) -> Criterion:
    """In trans with a pathogenic variant, or homozygous (supporting), in a gene with recessive disease."""
    code, strength = Code.PM3, Strength.MODERATE
    if evidence.gene is None or not evidence.gene.modes:
        return not_evaluated(code, strength, "the gene's mode of inheritance is not known")
    if not evidence.gene.modes & _RECESSIVE:
        return not_met(code, strength, "no recessive disease is known for the gene")
    if evidence.partners is None:
        return not_evaluated(code, strength, "other variants of the gene were not examined")
    trans = [partner for partner in evidence.partners if partner.phase is Phase.TRANS]
    return _pm3_in_trans(trans) if trans else _pm3_alone(evidence, evidence.partners)


def _pm3_in_trans(trans: list[TransPartner]) -> Criterion:
    best = max(trans, key=lambda partner: (partner.support, partner.key))
    if best.support is Support.CONFIRMED:
        text = f"in trans with the pathogenic variant {best.key}, confirmed"
        return met(Code.PM3, Strength.MODERATE, text)
    return met(Code.PM3, Strength.SUPPORTING, f"assumed in trans with the pathogenic variant {best.key}")


def _pm3_alone(evidence: AcmgEvidence, partners: tuple[TransPartner, ...]) -> Criterion:
    code, strength = Code.PM3, Strength.MODERATE
    if any(partner.phase is Phase.UNKNOWN for partner in partners):
        return not_evaluated(code, strength, "a pathogenic variant of the gene is present, phase unknown")
    if evidence.inheritance is not None:
        recessive = evidence.inheritance.mode(Mode.AUTOSOMAL_RECESSIVE)
        if recessive.verdict.state is VerdictState.PASS:
            return met(code, Strength.SUPPORTING, f"homozygous: {recessive.verdict.reason}")
    return not_met(code, strength, "no pathogenic variant in trans, not homozygous")


def pp1(_evidence: AcmgEvidence) -> Criterion:
    return not_evaluated(
        Code.PP1, Strength.SUPPORTING, "cosegregation needs counted meioses in a larger family"
    )


def pp4(evidence: AcmgEvidence, thresholds: AcmgThresholds) -> Criterion:
    code, strength = Code.PP4, Strength.SUPPORTING
    if evidence.phenotype is None:
        return not_evaluated(code, strength, "no phenotype terms, or no phenotype annotation for the gene")
    score = evidence.phenotype
    text = (
        f"{score.disease_name} ({score.disease_id}) has posterior {score.posterior:.2f} among known diseases"
    )
    if score.posterior >= thresholds.pp4_posterior:
        return met(code, strength, f"the phenotype is specific: {text}")
    return not_met(code, strength, f"the phenotype is not specific: {text}")


def bs2(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.BS2, Strength.STRONG
    if evidence.healthy_adult_genotype is None:
        return not_evaluated(
            code, strength, "no genotypes of healthy adults with full penetrance to judge by"
        )
    if evidence.healthy_adult_genotype:
        return met(code, strength, "seen in a healthy adult in the genotype that would cause disease")
    return not_met(code, strength, "not seen in healthy adults examined")


def bs4(_evidence: AcmgEvidence) -> Criterion:
    return not_evaluated(
        Code.BS4, Strength.STRONG, "lack of segregation needs phenocopies and penetrance judged by a reader"
    )


def bp2(evidence: AcmgEvidence) -> Criterion:
    """In cis with a pathogenic variant, or in trans with one in a gene whose disease is dominant only."""
    code, strength = Code.BP2, Strength.SUPPORTING
    if evidence.partners is None:
        return not_evaluated(code, strength, "other variants of the gene were not examined")
    cis = [
        item.key
        for item in evidence.partners
        if item.phase is Phase.CIS and item.support is Support.CONFIRMED
    ]
    if cis:
        return met(code, strength, f"in cis with the pathogenic variant {cis[0]}")
    modes = evidence.gene.modes if evidence.gene is not None else frozenset()
    trans = [item.key for item in evidence.partners if item.phase is Phase.TRANS]
    if trans and modes and modes <= _DOMINANT:
        return met(code, strength, f"in trans with the pathogenic variant {trans[0]} in a dominant gene")
    if any(partner.phase is not Phase.TRANS for partner in evidence.partners):
        return not_evaluated(
            code, strength, "a pathogenic variant of the gene is present, phase not confirmed"
        )
    return not_met(code, strength, "no pathogenic variant of the gene speaks against this one")


def bp5(evidence: AcmgEvidence) -> Criterion:
    code, strength = Code.BP5, Strength.SUPPORTING
    if evidence.alternative_cause is None:
        return not_evaluated(code, strength, "no other cause of the case is recorded")
    return met(code, strength, f"the case is explained by {evidence.alternative_cause}")
