"""A report's interpretation, run in a process of its own: files in, rows of variants out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl

from cohesin.clinical.reports.candidates import (
    Selection,
    select_candidates,
    select_structural,
    transcript_fields,
)
from cohesin.clinical.reports.case_request import CaseAnswer, CaseRefusedError, CaseRequest
from cohesin.clinical.science import knowledge_for, phenotype_model
from cohesin_genomics import __version__
from cohesin_genomics.annotation import annotate, genomic_name
from cohesin_genomics.interpretation.carriage import AbsentCall, MemberCall, zygosity_in
from cohesin_genomics.interpretation.case import Candidate, CaseInput, Interpretation, interpret
from cohesin_genomics.interpretation.knowledge import GeneKnowledge, ProteinEvidence, SiteCoverage
from cohesin_genomics.interpretation.panel import GenePanel
from cohesin_genomics.interpretation.pedigree import (
    AffectedStatus,
    InvalidPedigreeError,
    Member,
    Pedigree,
    Role,
    sex_of,
)
from cohesin_genomics.interpretation.ranking import stated_mode
from cohesin_genomics.knowledge.store import Knowledge
from cohesin_genomics.model import Assembly, Sex, Variant, VerdictState, Zygosity
from cohesin_genomics.store.query import Genome, KeyState, open_genome

_MODE_CODES: Final = frozenset({"AD", "AR", "XL", "XLD", "XLR", "YL", "MT"})


class EmbeddedFacts:
    """The embedded knowledge as the interpretation asks for it; what it does not hold is None, "not assessed"."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge

    def find_gene(self, symbol: str) -> GeneKnowledge | None:
        modes = self._knowledge.inheritance_of(symbol) & _MODE_CODES
        return GeneKnowledge(symbol, modes, True if symbol in self._knowledge.lof_mechanism else None)

    def frequency_coverage(self, variant: Variant) -> SiteCoverage:
        """A list of sites cannot tell an absent allele from an uncovered place."""
        return SiteCoverage.UNKNOWN

    def find_protein_evidence(self, variant: Variant) -> ProteinEvidence | None:
        return None


def interpret_case(request: CaseRequest) -> CaseAnswer:
    """Select, annotate, interpret and rank a case's candidates.

    Raises:
        CaseRefusedError: the family contradicts itself.
    """
    knowledge = knowledge_for(Assembly(request.assembly), request.reference)
    genomes = {person.id: open_genome(Path(person.variants)) for person in request.people}
    proband = next(person for person in request.people if person.role == Role.PROBAND)
    genes = None if request.panel is None else frozenset(request.panel.genes)
    annotation = pl.read_parquet(proband.annotation)
    selection = select_candidates(genomes[proband.id], annotation, knowledge, genes, request.limits)
    case = _case(request, selection, genomes, knowledge)
    try:
        found = interpret(
            case, EmbeddedFacts(knowledge), phenotype_model() if request.phenotype_terms else None
        )
    except InvalidPedigreeError as error:
        raise CaseRefusedError("; ".join(fault.message for fault in error.faults)) from None
    if request.panel is not None:
        found = [one for one in found if one.panel.state is not VerdictState.FAIL]
    kept = found[: request.limits.kept_at_most]
    rows = [_row(rank, one, case, selection, knowledge) for rank, one in enumerate(kept, start=1)]
    if len(found) > len(kept):
        selection.left_out["ranked beyond the number that is kept"] = len(found) - len(kept)
    return CaseAnswer(
        variants=rows,
        structural=select_structural(genomes[proband.id], knowledge, genes),
        facts=_facts(request, selection, knowledge),
    )


def _case(
    request: CaseRequest, selection: Selection, genomes: dict[str, Genome], knowledge: Knowledge
) -> CaseInput:
    carried = [variant for variant in selection.variants if variant in selection.rows]
    proband = next(person.id for person in request.people if person.role == Role.PROBAND)
    annotations = annotate(carried, knowledge, transcript_fields(genomes[proband], selection.rows))
    calls = {person: genome.calls_for(carried) for person, genome in genomes.items()}
    candidates = []
    for variant, annotation in zip(carried, annotations, strict=True):
        members: dict[str, MemberCall] = {}
        for person, known in calls.items():
            found = known[variant]
            members[person] = (
                AbsentCall.NO_RECORD if found.state is KeyState.ABSENT or found.call is None else found.call
            )
        candidates.append(Candidate(annotation=annotation, calls=members))
    people = tuple(
        Member(person.id, Role(person.role), Sex(person.sex), AffectedStatus(person.affected))
        for person in request.people
    )
    panel = request.panel
    return CaseInput(
        pedigree=Pedigree(people),
        candidates=tuple(candidates),
        phenotype_terms=request.phenotype_terms,
        panel=None
        if panel is None
        else GenePanel(panel.id, panel.name, panel.version, frozenset(panel.genes)),
        current_symbols=_current_symbols(candidates, knowledge),
    )


def _current_symbols(candidates: list[Candidate], knowledge: Knowledge) -> dict[str, str]:
    """Symbols that files and ClinVar use, mapped to the approved ones that panels hold."""
    symbols = {one.gene for item in candidates for one in item.annotation.consequences if one.gene}
    resolved = (knowledge.resolve_symbol(symbol) for symbol in symbols)
    return {
        one.text: one.approved for one in resolved if one.approved is not None and one.approved != one.text
    }


def _row(
    rank: int, one: Interpretation, case: CaseInput, selection: Selection, knowledge: Knowledge
) -> dict[str, Any]:
    variant, annotation = one.annotation.variant, one.annotation
    own = selection.rows[variant]
    worst = annotation.worst
    calls = next(item.calls for item in case.candidates if item.annotation is annotation)
    gene = EmbeddedFacts(knowledge).find_gene(one.gene) if one.gene else None
    sexes = {member.id: sex_of(member) for member in case.pedigree.members}
    return {
        "contig": variant.contig,
        "contig_order": own["contig_code"],
        "position": variant.position,
        "ref": variant.ref,
        "alt": variant.alt,
        "end_position": variant.position + len(variant.ref) - 1,
        "gene": one.gene,
        "rsid": own["rsid"] or annotation.rsid,
        "zygosity": str(zygosity_in(variant, Zygosity(own["zygosity"]), sexes[case.pedigree.proband.id])),
        "quality": own["qual"],
        "filter": own["filter"],
        "consequence": worst.terms[0] if worst else None,
        "impact": worst.impact if worst else None,
        "transcript": (worst.transcript or None) if worst else None,
        "hgvs_c": worst.hgvs_c if worst else None,
        "hgvs_p": worst.hgvs_p if worst else None,
        "hgvs_g": genomic_name(variant, knowledge),
        "frequency": annotation.frequency.allele_frequency if annotation.frequency else None,
        "inheritance": None if (mode := stated_mode(one.modes, gene)) is None else str(mode),
        "rank": rank,
        "score": one.ranked.score,
        "proposed_class": str(one.classification.classification),
        "evidence": {**_evidence(one, calls, sexes), "gene_modes": sorted(gene.modes) if gene else []},
    }


def _evidence(one: Interpretation, calls: dict[str, MemberCall], sexes: dict[str, Sex]) -> dict[str, Any]:
    """Everything the run found, in plain values, as it stands in the database from then on."""
    variant = one.annotation.variant
    members = {
        person: {"state": str(call)}
        if isinstance(call, AbsentCall)
        else {
            "state": "called",
            **msgspec.to_builtins(call),
            "zygosity": str(zygosity_in(variant, call.zygosity, sexes[person])),
        }
        for person, call in calls.items()
    }
    compounds = [
        {
            "with": (pair.second if pair.first == variant else pair.first).key,
            "phase": str(pair.phase),
            "state": str(pair.result.verdict.state),
            "reason": pair.result.verdict.reason,
        }
        for pair in one.compounds
    ]
    found: dict[str, Any] = msgspec.to_builtins(
        {
            "transcripts": one.annotation.consequences,
            "clinvar": one.annotation.clinvar,
            "population": one.annotation.frequency,
            "modes": one.modes,
            "quality": one.inheritance.quality,
            "mendelian_inconsistencies": one.inheritance.mendelian_inconsistencies,
            "panel": one.panel,
            "phenotype": one.phenotype,
            "components": one.ranked.components,
            "criteria": one.criteria,
            "proposal": one.classification,
        },
        enc_hook=str,
    )
    return {"members": members, "compounds": compounds, **found}


def _facts(request: CaseRequest, selection: Selection, knowledge: Knowledge) -> dict[str, Any]:
    """What the run was made with and what it could not look at."""
    covered = knowledge.models.genes
    panel_genes = request.panel.genes if request.panel else ()
    terms = phenotype_model().resolve(request.phenotype_terms) if request.phenotype_terms else None
    limits = request.limits
    return {
        "assembly": request.assembly,
        "library_version": __version__,
        "releases": msgspec.to_builtins(knowledge.releases),
        "panel_genes": list(panel_genes),
        "panel_version": request.panel.version if request.panel else None,
        "genes_not_covered": [gene for gene in panel_genes if gene not in covered],
        "phenotypes": [{"id": term, "label": _label(term)} for term in terms.used] if terms else [],
        "phenotypes_not_used": [f"{term.id}: {term.reason}" for term in terms.rejected] if terms else [],
        "left_out": selection.left_out,
        "parameters": {
            "left out above population frequency": f"{limits.common if request.panel else limits.rare:g}",
            "interpreted at most": str(limits.annotated_at_most),
            "kept at most": str(limits.kept_at_most),
        },
    }


def _label(term: str) -> str:
    found = phenotype_model().term(term)
    return found.name if found is not None else term
