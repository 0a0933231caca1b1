"""One finding as FHIR R4 Observations: the variant itself, and what it implies for the patient."""

from __future__ import annotations

from typing import Any

from cohesin.clinical.rendering.snapshot import Classification, Criterion, CriterionState, Finding
from cohesin_genomics.model import Assembly, Zygosity

LOINC = "http://loinc.org"
_UCUM = "http://unitsofmeasure.org"
_HGVS = "http://varnomen.hgvs.org"
_GUIDE = "http://hl7.org/fhir/uv/genomics-reporting"

_PRESENT = ("LA9633-4", "Present")
_PRESENCE = {Zygosity.REFERENCE: ("LA9634-2", "Absent"), Zygosity.NO_CALL: ("LA18198-4", "No call")}
_ALLELIC_STATE = {
    Zygosity.HETEROZYGOUS: ("LA6706-1", "Heterozygous"),
    Zygosity.HOMOZYGOUS: ("LA6705-3", "Homozygous"),
    Zygosity.HEMIZYGOUS: ("LA6707-9", "Hemizygous"),
}
_ASSEMBLIES = {Assembly.GRCH37: ("LA14029-5", "GRCh37"), Assembly.GRCH38: ("LA26806-2", "GRCh38")}
_SIGNIFICANCE = {
    Classification.PATHOGENIC: ("LA6668-3", "Pathogenic"),
    Classification.LIKELY_PATHOGENIC: ("LA26332-9", "Likely pathogenic"),
    Classification.UNCERTAIN: ("LA26333-7", "Uncertain significance"),
    Classification.LIKELY_BENIGN: ("LA26334-5", "Likely benign"),
    Classification.BENIGN: ("LA6675-8", "Benign"),
}


def variant_observation(finding: Finding, base: dict[str, Any]) -> dict[str, Any]:
    """The variant as observed. Coordinates are 1-based and inclusive, and say so."""
    frequency = finding.frequency.allele_frequency if finding.frequency else None
    components = [
        _concept("48018-6", "Gene studied [ID]", {"text": finding.gene}),
        _named("51958-7", "Transcript reference sequence [ID]", finding.transcript),
        _hgvs("48004-6", "DNA change (c.HGVS)", finding.hgvs_c),
        _hgvs("48005-3", "Amino acid change (pHGVS)", finding.hgvs_p),
        _hgvs("81290-9", "Genomic DNA change (gHGVS)", finding.hgvs_g),
        _concept("62374-4", "Human reference sequence assembly", _answer(_ASSEMBLIES[finding.assembly])),
        _concept("48000-4", "Chromosome", {"text": finding.contig}),
        _concept("92822-6", "Genomic coord system", _answer(("LA30102-0", "1-based character counting"))),
        {**_coded("81254-5", "Genomic allele start-end"), "valueRange": _range(finding)},
        {**_coded("69547-8", "Genomic ref allele [ID]"), "valueString": finding.ref},
        {**_coded("69551-0", "Genomic alt allele [ID]"), "valueString": finding.alt},
        _allelic_state(finding),
        _quantity("82121-5", "Allelic read depth", finding.alt_depth),
        _quantity("92821-8", "Population allele frequency", frequency),
        _worded("Molecular consequence", finding.consequence),
    ]
    return {
        **base,
        "meta": profile("variant"),
        "code": codeable(LOINC, "69548-6", "Genetic variant assessment"),
        "valueCodeableConcept": _answer(_PRESENCE.get(finding.zygosity, _PRESENT)),
        "component": components,
    }


def implication_observation(finding: Finding, base: dict[str, Any], variant_url: str) -> dict[str, Any]:
    """What the variant implies: class, conditions, inheritance, the criteria and the clinician's words."""
    classification = finding.classification
    significance = _answer(_SIGNIFICANCE[classification]) if classification else {"text": "Not classified"}
    inheritance = {
        "code": _to_be_determined("condition-inheritance", "Condition Inheritance"),
        "valueCodeableConcept": {"text": finding.inheritance},
    }
    components = [
        _concept("53037-8", "Genetic variation clinical significance [Imp]", significance),
        *(_concept("81259-4", "Associated phenotype", {"text": name}) for name in finding.conditions),
        inheritance if finding.inheritance else None,
        _worded("Report section", finding.section.value),
        *(_worded(f"ACMG/AMP criterion {item.code}", _criterion(item)) for item in finding.criteria),
    ]
    notes = [finding.interpretation, _clinvar_note(finding)]
    return {
        **base,
        "meta": profile("diagnostic-implication"),
        "code": _to_be_determined("diagnostic-implication", "Diagnostic Implication"),
        "derivedFrom": [{"reference": variant_url}],
        "component": components,
        "note": [{"text": note} for note in notes if note],
    }


def laboratory_category() -> list[dict[str, Any]]:
    return [
        codeable("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory", "Laboratory"),
        codeable("http://terminology.hl7.org/CodeSystem/v2-0074", "GE", "Genetics"),
    ]


def profile(name: str) -> dict[str, Any]:
    return {"profile": [f"{_GUIDE}/StructureDefinition/{name}"]}


def codeable(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def absent_free(value: Any) -> Any:
    """The same document without nulls and without lists or objects they leave empty, which FHIR forbids."""
    if isinstance(value, dict):
        kept = {key: absent_free(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "")} or None
    if isinstance(value, list):
        return [item for item in map(absent_free, value) if item is not None] or None
    return value


def _coded(code: str, display: str) -> dict[str, Any]:
    return {"code": codeable(LOINC, code, display)}


def _concept(code: str, display: str, value: dict[str, Any]) -> dict[str, Any]:
    return {**_coded(code, display), "valueCodeableConcept": value}


def _named(code: str, display: str, text: str | None) -> dict[str, Any] | None:
    return _concept(code, display, {"text": text}) if text else None


def _hgvs(code: str, display: str, text: str | None) -> dict[str, Any] | None:
    coding = [{"system": _HGVS, "code": text}]
    return _concept(code, display, {"coding": coding, "text": text}) if text else None


def _quantity(code: str, display: str, number: float | None) -> dict[str, Any] | None:
    if number is None:
        return None
    return {**_coded(code, display), "valueQuantity": {"value": number, "system": _UCUM, "code": "1"}}


def _answer(answer: tuple[str, str]) -> dict[str, Any]:
    return codeable(LOINC, *answer)


def _to_be_determined(code: str, display: str) -> dict[str, Any]:
    """A code of the guide's own interim system, for what LOINC does not name yet."""
    return codeable(f"{_GUIDE}/CodeSystem/tbd-codes-cs", code, display)


def _range(finding: Finding) -> dict[str, Any]:
    return {"low": {"value": finding.position}, "high": {"value": finding.position + len(finding.ref) - 1}}


def _allelic_state(finding: Finding) -> dict[str, Any] | None:
    state = _ALLELIC_STATE.get(finding.zygosity)
    return _concept("53034-5", "Allelic state", _answer(state)) if state else None


def _worded(name: str, text: str) -> dict[str, Any] | None:
    """A component LOINC has no code for, named in plain text."""
    return {"code": {"text": name}, "valueString": text} if text else None


def _criterion(criterion: Criterion) -> str:
    words = [criterion.state.value.replace("_", " ")]
    if criterion.state is CriterionState.MET:
        words.append(criterion.strength.replace("_", " "))
    return ", ".join(words) + (f": {criterion.evidence}" if criterion.evidence else "")


def _clinvar_note(finding: Finding) -> str:
    if finding.clinvar is None:
        return "ClinVar: not assessed"
    clinvar = finding.clinvar
    return f"ClinVar variation {clinvar.variation_id}: {clinvar.significance}, {clinvar.stars} of 4 stars"
