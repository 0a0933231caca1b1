"""The FHIR and plain JSON forms of a report, and the summary they share with the PDF."""

from __future__ import annotations

import json

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from cohesin.clinical.rendering.fhir import render_fhir
from cohesin.clinical.rendering.plain import render_json
from cohesin.clinical.rendering.snapshot import Classification, Fact, ReportSnapshot, Section
from cohesin.clinical.rendering.summary import Result, summarise_findings
from cohesin_genomics.model import Zygosity
from tests.unit.report_samples import BENIGN, EMPTY, F508DEL, TRIO, VUS, long_report


def resources(bundle, kind):
    return [entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == kind]


def component(observation, code):
    return next(
        part
        for part in observation["component"]
        if any(c["code"] == code for c in part["code"].get("coding", ()))
    )


@pytest.mark.parametrize("snapshot", [TRIO, EMPTY, long_report()], ids=["trio", "empty", "long"])
def test_the_bundle_is_valid_fhir_and_its_references_resolve(snapshot):
    bundle = render_fhir(snapshot)
    Bundle.model_validate(bundle)
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls) == 4 + 2 * len(snapshot.findings)
    text = json.dumps(bundle)
    for part in text.split('"reference": "')[1:]:
        assert part.split('"')[0] in urls
    assert render_fhir(snapshot) == bundle


def test_the_bundle_carries_the_report():
    bundle = render_fhir(TRIO)
    (patient,) = resources(bundle, "Patient")
    assert patient["name"] == [{"family": "Nowak-García", "given": ["Łucja"]}]
    assert (patient["birthDate"], patient["gender"]) == ("2021-03-14", "female")
    (report,) = resources(bundle, "DiagnosticReport")
    assert (report["status"], report["issued"]) == ("final", "2026-11-23T14:05:00+00:00")
    assert report["effectiveDateTime"] == "2026-11-02"
    assert len(report["result"]) == 7
    overall, variant, implication, *_ = resources(bundle, "Observation")
    assert overall["valueCodeableConcept"]["coding"][0]["code"] == "LA6576-8"
    notes = [note["text"] for note in overall["note"]]
    assert "Data release: gnomAD v4.1 (Exomes, coding regions; CC0)" in notes
    assert "Not assessed: Deep intronic and regulatory regions." in notes
    assert component(variant, "48004-6")["valueCodeableConcept"]["coding"][0]["code"] == "c.1521_1523del"
    assert component(variant, "53034-5")["valueCodeableConcept"]["coding"][0]["code"] == "LA6705-3"
    span = component(variant, "81254-5")["valueRange"]
    assert (span["low"]["value"], span["high"]["value"]) == (117559590, 117559593)
    assert component(implication, "53037-8")["valueCodeableConcept"]["coding"][0]["code"] == "LA6668-3"
    criteria = {part["code"].get("text"): part.get("valueString") for part in implication["component"]}
    assert criteria["ACMG/AMP criterion PP3"] == "not evaluated: no in-silico scores loaded"
    assert criteria["ACMG/AMP criterion PM4"].startswith("met, moderate: In-frame deletion")


def test_what_is_unknown_is_left_out_of_fhir_never_invented():
    patient = (Fact("Patient DOB", "March 2021"), Fact("Patient Sex", "F?"), Fact("Last Name", "Doe"))
    unclassified = msgspec.structs.replace(
        VUS, classification=None, zygosity=Zygosity.NO_CALL, alt_depth=None
    )
    bundle = render_fhir(msgspec.structs.replace(TRIO, patient=patient, findings=(unclassified,)))
    Bundle.model_validate(bundle)
    (found,) = resources(bundle, "Patient")
    assert "birthDate" not in found
    assert "gender" not in found
    _, variant, implication = resources(bundle, "Observation")
    assert variant["valueCodeableConcept"]["coding"][0]["display"] == "No call"
    codes = {coding["code"] for part in variant["component"] for coding in part["code"].get("coding", ())}
    assert codes.isdisjoint({"53034-5", "82121-5", "92821-8"})
    assert component(implication, "53037-8")["valueCodeableConcept"] == {"text": "Not classified"}
    assert {"text": "ClinVar: not assessed"} in implication["note"]


def test_a_draft_is_preliminary_in_fhir():
    (report,) = resources(render_fhir(EMPTY), "DiagnosticReport")
    assert report["status"] == "preliminary"
    assert "resultsInterpreter" not in report


@pytest.mark.parametrize("snapshot", [TRIO, EMPTY], ids=["trio", "empty"])
def test_plain_json_gives_the_snapshot_back(snapshot):
    encoded = render_json(snapshot)
    assert render_json(snapshot) == encoded
    document = json.loads(encoded)
    assert document.pop("summary")["result"] == summarise_findings(snapshot.findings).result
    assert msgspec.convert(document, ReportSnapshot) == snapshot


def test_benign_and_no_findings_are_negative_and_exclude_nothing():
    for findings in ((), (msgspec.structs.replace(BENIGN, section=Section.PRIMARY),)):
        summary = summarise_findings(findings)
        assert summary.result is Result.NEGATIVE
        assert "does not exclude" in summary.statement
        assert summary.additional is None


def test_an_unclassified_or_uncertain_primary_variant_is_uncertain():
    for finding in (VUS, msgspec.structs.replace(VUS, classification=None)):
        summary = summarise_findings((finding,))
        assert summary.result is Result.UNCERTAIN
        assert "One variant of uncertain significance is reported in DNAH5." in summary.statement


def test_a_pathogenic_primary_variant_is_positive_without_a_diagnosis():
    summary = summarise_findings((F508DEL, VUS, msgspec.structs.replace(F508DEL, gene="ABCA3")))
    assert summary.result is Result.POSITIVE
    assert "Two pathogenic or likely pathogenic variants are reported in CFTR and ABCA3." in summary.statement
    assert "Whether this explains the indication depends on zygosity" in summary.statement


def test_a_pathogenic_secondary_finding_does_not_make_the_report_positive():
    likely = msgspec.structs.replace(
        F508DEL, section=Section.SECONDARY, classification=Classification.LIKELY_PATHOGENIC
    )
    summary = summarise_findings((likely, BENIGN))
    assert summary.result is Result.NEGATIVE
    assert summary.additional == (
        "Two findings beyond the indication are reported separately, 1 of them pathogenic or likely pathogenic."
    )
