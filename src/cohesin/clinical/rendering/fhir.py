"""The report as a FHIR R4 collection, in the manner of the HL7 Genomics Reporting implementation guide.

Codes are LOINC's where LOINC has one; what it has no code for is named in plain text rather than under a
guessed code. Ids are derived from the report's id and version, so the same snapshot gives the same bundle.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cohesin.clinical.rendering.fhir_findings import (
    LOINC,
    absent_free,
    codeable,
    implication_observation,
    laboratory_category,
    profile,
    variant_observation,
)
from cohesin.clinical.rendering.snapshot import ReportSnapshot, ReportStatus
from cohesin.clinical.rendering.summary import Result, Summary, summarise_findings

_STATUS = {
    ReportStatus.DRAFT: "preliminary",
    ReportStatus.FINAL: "final",
    ReportStatus.AMENDED: "amended",
}
_OVERALL = {
    Result.POSITIVE: ("LA6576-8", "Positive"),
    Result.NEGATIVE: ("LA6577-6", "Negative"),
    Result.UNCERTAIN: ("LA9663-1", "Inconclusive"),
}
_GENDERS = frozenset({"male", "female", "other", "unknown"})


def render_fhir(snapshot: ReportSnapshot) -> dict[str, Any]:
    """A `Bundle` of type collection: DiagnosticReport, Patient, Organization and their Observations.

    Each finding is a variant Observation and a diagnostic implication derived from it; one more Observation
    gives the overall interpretation with method, limits and data releases.
    """
    summary = summarise_findings(snapshot.findings)
    base = _observation_base(snapshot)
    observations = [("overall", _overall(snapshot, summary, base))]
    for number, finding in enumerate(snapshot.findings, start=1):
        variant = _url(snapshot, f"variant/{number}")
        observations.append((f"variant/{number}", variant_observation(finding, base)))
        observations.append((f"implication/{number}", implication_observation(finding, base, variant)))
    resources = [
        ("report", _diagnostic_report(snapshot, summary, [name for name, _ in observations])),
        ("patient", _patient(snapshot)),
        ("laboratory", _organization(snapshot)),
        *observations,
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"value": f"{snapshot.report_id}/{snapshot.version}"},
        "timestamp": _issued(snapshot),
        "entry": [
            {"fullUrl": _url(snapshot, name), "resource": {**resource, "id": _id(snapshot, name)}}
            for name, resource in resources
        ],
    }
    result: dict[str, Any] = absent_free(bundle)
    return result


def _id(snapshot: ReportSnapshot, name: str) -> str:
    path = f"{snapshot.report_id}/{snapshot.version}/{name}"
    return str(uuid5(NAMESPACE_URL, f"cohesin:clinical-report/{path}"))


def _url(snapshot: ReportSnapshot, name: str) -> str:
    return f"urn:uuid:{_id(snapshot, name)}"


def _issued(snapshot: ReportSnapshot) -> str:
    approval = snapshot.approval
    return (approval.approved_at if approval else snapshot.created_at).isoformat(timespec="seconds")


def _iso_date(text: str | None) -> str | None:
    """The date in `text` if it is an ISO date; FHIR takes no other, and a guess would be worse than none."""
    try:
        return date.fromisoformat(text.strip()).isoformat() if text else None
    except ValueError:
        return None


def _observation_base(snapshot: ReportSnapshot) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": _STATUS[snapshot.status],
        "category": laboratory_category(),
        "subject": {"reference": _url(snapshot, "patient")},
        "effectiveDateTime": _iso_date(snapshot.patient_value("Date Specimen Collected")),
        "issued": _issued(snapshot),
        "performer": [{"reference": _url(snapshot, "laboratory")}],
    }


def _patient(snapshot: ReportSnapshot) -> dict[str, Any]:
    gender = (snapshot.patient_value("Patient Sex") or "").strip().lower()
    given = snapshot.patient_value("First Name")
    return {
        "resourceType": "Patient",
        "name": [{"family": snapshot.patient_value("Last Name"), "given": [given] if given else None}],
        "birthDate": _iso_date(snapshot.patient_value("Patient DOB")),
        "gender": gender if gender in _GENDERS else None,
    }


def _organization(snapshot: ReportSnapshot) -> dict[str, Any]:
    laboratory = snapshot.laboratory
    return {
        "resourceType": "Organization",
        "name": laboratory.name,
        "telecom": [{"system": "phone", "value": laboratory.phone}] if laboratory.phone else None,
        "address": [{"line": list(laboratory.address_lines)}] if laboratory.address_lines else None,
    }


def _diagnostic_report(snapshot: ReportSnapshot, summary: Summary, results: list[str]) -> dict[str, Any]:
    approval = snapshot.approval
    conclusion = (summary.statement, summary.additional, snapshot.comment)
    return {
        "resourceType": "DiagnosticReport",
        "meta": profile("genomic-report"),
        "identifier": [
            {"type": {"text": "Report"}, "value": f"{snapshot.report_id}/{snapshot.version}"},
            {"type": {"text": "Accession number"}, "value": snapshot.accession_number},
        ],
        "status": _STATUS[snapshot.status],
        "category": laboratory_category(),
        "code": {
            "coding": [{"system": LOINC, "code": "51969-4", "display": "Genetic analysis report"}],
            "text": snapshot.title,
        },
        "subject": {"reference": _url(snapshot, "patient")},
        "effectiveDateTime": _iso_date(snapshot.patient_value("Date Specimen Collected")),
        "issued": _issued(snapshot),
        "performer": [{"reference": _url(snapshot, "laboratory")}],
        "resultsInterpreter": [{"display": f"{approval.name}, {approval.role}"}] if approval else None,
        "result": [{"reference": _url(snapshot, name)} for name in results],
        "conclusion": " ".join(part for part in conclusion if part),
    }


def _overall(snapshot: ReportSnapshot, summary: Summary, base: dict[str, Any]) -> dict[str, Any]:
    code, display = _OVERALL[summary.result]
    notes = [
        *(f"Phenotype: {term.label} ({term.id})" for term in snapshot.phenotypes),
        *(f"Not assessed: {limit}" for limit in snapshot.not_assessed),
        *(f"Data release: {it.name} {it.release} ({it.scope}; {it.licence})" for it in snapshot.releases),
        f"Assembly {snapshot.assembly.value}; Cohesin genomics library {snapshot.library_version}",
        *(f"Parameter: {fact.name} {fact.value}" for fact in snapshot.parameters),
        *(f"Quality control: {fact.name} {fact.value}" for fact in snapshot.quality),
    ]
    if snapshot.genes_not_covered:
        notes.append(f"Genes of the panel not fully covered: {', '.join(snapshot.genes_not_covered)}")
    return {
        **base,
        "code": codeable(LOINC, "51968-6", "Genetic variation's overall interpretation"),
        "valueCodeableConcept": codeable(LOINC, code, display),
        "method": {"text": snapshot.method} if snapshot.method else None,
        "note": [{"text": note} for note in notes],
    }
