"""Launching, attaching, states, finding, patient fields: P55 to P97."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.partners.opal.laboratory import Laboratory
from tests.partners.opal.test_opal_genomes import SMALL


async def launch(lab: Laboratory, **body: Any) -> dict[str, Any]:
    return (await lab.ok("POST", "/reports/", body=body))["clinical_report"]


async def genomes_of(lab: Laboratory, count: int) -> list[int]:
    project = await lab.project()
    return [
        (await lab.upload(project, SMALL, genome_label=f"g{n}", external_id=f"Ext-{n}")).json()["genome_id"]
        for n in range(count)
    ]


async def test_a_launch_without_genomes_waits_for_them(lab: Laboratory) -> None:
    panel = await lab.panel("CFTR")
    report = await launch(lab, report_type="panel", panel_id=panel, accession_id="ACC-1", filter_id=727, genome_id=None,
                          include_cosmic="true", hpo_terms="null")  # fmt: skip
    assert (report["status"], report["test_type"], report["version"]) == ("WAITING FOR SAMPLE", "panel", 1)
    assert (report["filter_id"], report["filter_name"], report["include_cosmic"]) == (727, "None", True)
    assert (report["created_by"], report["panel_id"], report["hpo_terms"]) == (
        lab.key.user_number,
        panel,
        None,
    )
    assert report == (await lab.ok("GET", f"/reports/{report['id']}"))
    other = await launch(lab, report_type="panel", panel_id=panel, accession_id="ACC-1", filter_id=727)
    assert other["id"] != report["id"]


REFUSED = [
    {"report_type": "panel"}, {"report_type": "panel", "panel_id": None}, {"report_type": "Sextet"}, {},
    {"report_type": "panel", "panel_id": 999999999}, {"report_type": "Solo", "genome_id": 999999999},
    {"report_type": "Solo", "hpo_terms": "HP:1"}, {"report_type": "Solo", "hpo_terms": ["HP:0001251", "x"]},
    {"report_type": "Duo", "family_2": {"sex": "m"}}, {"report_type": "Solo", "vaast_report_id": 1},
    {"report_type": "Solo", "project_id": 999999999}, {"report_type": "Solo", "proband_sex": "x"},
    {"report_type": "Solo", "background": "HALF"}, {"report_type": "Solo", "genome_id": "x"},
    {"report_type": "Duo", "family_1": {"relationship": "cousin"}}, {"report_type": "Solo", "genome_id": True},
]  # fmt: skip


@pytest.mark.parametrize("body", REFUSED)
async def test_launches_that_break_a_rule_are_422(lab: Laboratory, body: dict) -> None:
    assert (await lab.request("POST", "/reports", body=body)).status_code == 422
    assert (await lab.ok("GET", "/reports"))["total"] == 0


async def test_somatic_panels_need_a_disease(lab: Laboratory) -> None:
    panel = await lab.panel("CFTR")
    body = {"report_type": "somatic_panel", "panel_id": panel}
    assert (await lab.request("POST", "/reports", body=body)).status_code == 422
    assert (await launch(lab, **body, disease_id="DOID:1"))["disease_id"] == "DOID:1"
    assert (await launch(lab, **body, disease_id=7))["disease_id"] == "7"


async def test_both_names_of_the_patients_genome(lab: Laboratory) -> None:
    one, two = await genomes_of(lab, 2)
    assert (await launch(lab, report_type="Solo", genome_id=one, proband_genome_id=str(one)))[
        "genome_id"
    ] == one
    body = {"report_type": "Solo", "genome_id": one, "proband_genome_id": two}
    assert (await lab.request("POST", "/reports", body=body)).status_code == 422


@pytest.mark.parametrize(
    "terms", ["HP:0001251,HP:0000639", '["HP:0001251", "HP:0000639"]', ["HP:0001251", "HP:0000639"]]
)
async def test_terms_in_every_form(lab: Laboratory, terms: Any) -> None:
    assert (await launch(lab, report_type="exome", hpo_terms=terms))["hpo_terms"] == [
        "HP:0001251",
        "HP:0000639",
    ]


CLASSIC = [
    ("Solo", ["genome_id"]), ("exome", ["genome_id"]), ("Duo", ["genome_id", "duo_relation_genome_id"]),
    ("Trio", ["genome_id", "mother_genome_id", "father_genome_id"]),
    ("Quad", ["genome_id", "mother_genome_id", "father_genome_id", "sibling_genome_id"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "keys"), CLASSIC)
async def test_a_report_waits_until_every_genome_of_its_kind_is_there(
    lab: Laboratory, kind: str, keys: list[str]
) -> None:
    genomes = dict(zip(keys, await genomes_of(lab, len(keys)), strict=True))
    report = await launch(lab, report_type=kind)
    for count, (key, genome) in enumerate(genomes.items(), start=1):
        body = {key: genome} | (
            {"sibling_sex": "female", "sibling_affected": "false"} if key == "sibling_genome_id" else {}
        )
        report = (await lab.ok("PUT", f"/reports/{report['id']}/", body=body))["clinical_report"]
        assert report["status"] == ("WAITING" if count == len(keys) else "WAITING FOR SAMPLE"), key
        assert report["version"] == count + 1
    assert {key: report[key] for key in keys} == genomes
    whole = await launch(lab, report_type=kind, **genomes)
    assert whole["status"] == "WAITING"


@pytest.mark.parametrize(("kind", "count"), [("Duo", 1), ("Trio", 2), ("Quad", 3), ("Quintet", 4)])
async def test_flexible_families(lab: Laboratory, kind: str, count: int) -> None:
    proband, *family = await genomes_of(lab, count + 1)
    slots: dict[str, Any] = {f"family_{n}": {"genome_id": str(genome), "sex": "m", "affected": "True", "relationship": "other", "label": "L"}
             for n, genome in enumerate(family, start=1)}  # fmt: skip
    empty = {f"family_{n}": {"genome_id": None, "sex": None} for n in range(count + 1, 5)}
    report = await launch(
        lab, report_type=kind, proband={"genome_id": proband, "sex": "female"}, **slots, **empty
    )
    assert report["status"] == "WAITING"
    assert report["members"][0] == {
        "role": "proband",
        "genome_id": proband,
        "sex": "f",
        "affected": None,
        "relationship": "self",
        "label": None,
    }
    assert report["members"][1] == {
        "role": "family_1",
        "genome_id": family[0],
        "sex": "m",
        "affected": True,
        "relationship": "other",
        "label": "L",
    }
    assert len(report["members"]) == count + 1
    part = await launch(lab, report_type=kind, proband={"genome_id": proband})
    assert part["status"] == "WAITING FOR SAMPLE"
    gap = {"family_2": {"genome_id": family[-1]}}
    assert (await lab.request("PUT", f"/reports/{part['id']}", body=gap)).status_code == 422


async def test_attaching_keeps_what_is_absent(lab: Laboratory) -> None:
    one, two = await genomes_of(lab, 2)
    report = await launch(lab, report_type="Trio", genome_id=one, filter_id=5, duo_relation=None)
    path = f"/reports/{report['id']}"
    kept = (await lab.ok("PUT", path, body={"mother_genome_id": two, "genome_id": None}))["clinical_report"]
    assert (kept["genome_id"], kept["mother_genome_id"], kept["filter_id"], kept["version"]) == (
        one,
        two,
        5,
        2,
    )
    assert (await lab.ok("PUT", path, body={"filter_id": None}))["clinical_report"]["filter_id"] is None
    assert (await lab.request("PUT", path, body={"sibling_genome_id": two})).status_code == 422
    assert (await lab.request("PUT", path, body={"vaast_report_id": 5})).status_code == 422
    assert (await lab.request("PUT", path, body={"father_genome_id": 999999999})).status_code == 422
    assert (await lab.request("PUT", "/reports/999999999", body={})).status_code == 404
    duo = await launch(lab, report_type="Duo", genome_id=one)
    body = {"duo_relation_genome_id": two, "duo_relation": "father", "duo_relation_affected": "false"}
    done = (await lab.ok("PUT", f"/reports/{duo['id']}", body=body))["clinical_report"]
    assert (done["duo_relation"], done["duo_affected"], done["status"]) == ("father", False, "WAITING")


async def ready(lab: Laboratory, path: Path) -> int:
    genome = await lab.genome(await lab.project(), path)
    report = await launch(lab, report_type="panel", panel_id=await lab.panel("PER3"), genome_id=genome)
    await lab.work()
    return report["id"]


async def test_states_move_by_their_rules(lab: Laboratory, trio: dict[str, Path]) -> None:
    waiting = (await launch(lab, report_type="Solo"))["id"]
    assert (await lab.status(waiting, "READY TO REVIEW")).status_code == 422
    number = await ready(lab, trio["proband"])
    before = await lab.ok("GET", f"/reports/{number}")
    same = (await lab.status(number, "ready to review")).json()["clinical_report"]
    assert same["version"] == before["version"]
    for word in ("custom_1", "CUSTOM_4", "Ready For Interpretation", "READY TO REVIEW"):
        assert (await lab.status(number, word)).json()["clinical_report"]["status"] == word.upper()
    for word in ("WAITING", "PROCESSING", "FAILED", "status_name", "CUSTOM_5", ""):
        assert (await lab.status(number, word)).status_code == 422
    assert (await lab.status(number, "APPROVED")).status_code == 422
    sent = (await lab.status(number, "WAITING FOR APPROVAL")).json()["clinical_report"]
    assert sent["submitted_for_review_by"] == lab.key.user_number
    assert sent["version"] == before["version"] + 5
    back = (await lab.status(number, "CUSTOM_2")).json()["clinical_report"]
    assert back["submitted_for_review_on"] == sent["submitted_for_review_on"]
    await lab.status(number, "WAITING FOR APPROVAL")
    assert (await lab.status(number, "APPROVED")).json()["clinical_report"]["status"] == "APPROVED"
    assert (await lab.status(number, "APPROVED")).status_code == 200
    assert (await lab.status(number, "READY TO REVIEW")).status_code == 422
    assert (await lab.request("PUT", f"/reports/{number}", body={})).status_code == 422
    assert (await lab.status(999999999, "READY TO REVIEW")).status_code == 404


@pytest.mark.parametrize("patch", [[], {}, [{"op": "add", "path": "/status", "value": "x"}], [{"op": "replace", "path": "/x", "value": "x"}],
                                   [{"op": "replace", "path": "/status"}], [{"op": "replace", "path": "/status", "value": "APPROVED"}] * 2])  # fmt: skip
async def test_other_patches_are_400(lab: Laboratory, patch: Any) -> None:
    report = await launch(lab, report_type="Solo")
    assert (
        await lab.request("PATCH", f"/reports/{report['id']}/update_status", body=patch)
    ).status_code == 400


async def test_two_approvals_at_once_freeze_one_document(lab: Laboratory, trio: dict[str, Path]) -> None:
    number = await ready(lab, trio["proband"])
    before = (await lab.status(number, "WAITING FOR APPROVAL")).json()["clinical_report"]["version"]
    answers = await asyncio.gather(*(lab.status(number, "APPROVED") for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["clinical_report"]["version"] for answer in answers} == {before + 1}
    async with lab.world.services.units.open() as uow:
        await uow.enter_tenant(lab.tenant_id)
        assert await uow.conn.fetchval("SELECT count(*) FROM clinical.frozen_documents") == 1
        assert (
            await uow.conn.fetchval(
                "SELECT count(*) FROM kernel.events WHERE type = 'clinical_report.approved'"
            )
            == 1
        )


async def test_a_trio_starts_by_itself_when_the_last_genome_is_done(
    lab: Laboratory, trio: dict[str, Path]
) -> None:
    project = await lab.project()
    genomes = {role: await lab.genome(project, path) for role, path in trio.items()}
    report = await launch(lab, report_type="Trio", genome_id=genomes["proband"], mother_genome_id=genomes["mother"],
                          father_genome_id=genomes["father"], hpo_terms=["HP:0001250"])  # fmt: skip
    done = await lab.work()
    assert done.count("clinical.process_report") == 1
    report = await lab.ok("GET", f"/reports/{report['id']}", params={"extended": "True"})
    assert report["status"] == "READY TO REVIEW"
    assert report["variant_report_id"] == genomes["proband"]
    assert report["mother_variant_report_id"] == genomes["mother"]
    assert report["variant_count"] == len(report["variants"]) > 0
    modes = {one["inheritance_mode"] for one in report["variants"]}
    assert modes & {"DE_NOVO", "AUTOSOMAL_RECESSIVE", "COMPOUND_HETEROZYGOUS", "AUTOSOMAL_DOMINANT"}
    assert report["patient_fields"] == []


async def test_reports_are_found_by_any_member(lab: Laboratory) -> None:
    one, two, three = await genomes_of(lab, 3)
    trio = await launch(
        lab,
        report_type="Trio",
        genome_id=one,
        mother_genome_id=two,
        father_genome_id=three,
        accession_id="Acc-77",
    )
    solo = await launch(lab, report_type="Solo", genome_id=one, accession_id="B")
    empty = await launch(lab, report_type="exome")

    async def ids(**params: Any) -> list[int]:
        return [report["id"] for report in (await lab.ok("GET", "/reports/", params=params))["objects"]]

    assert await ids() == [empty["id"], solo["id"], trio["id"]]
    assert await ids(genome_id=two) == [trio["id"]]
    assert await ids(genome_name="G2") == [trio["id"]]
    assert await ids(external_id="xt-0") == [solo["id"], trio["id"]]
    assert await ids(accession_id="acc") == [trio["id"]]
    assert await ids(accession_id="acc", genome_id=999) == []
    assert await ids(report_type="Solo") == [solo["id"]]
    assert await ids(report_type="Variant Report") == []
    assert await ids(report_status="WAITING FOR SAMPLE") == [empty["id"]]
    assert await ids(report_status="waiting") == [solo["id"], trio["id"]]
    assert await ids(report_status="RUNNING") == []
    assert await ids(order_by="run_date") == [empty["id"], solo["id"], trio["id"]]
    assert await ids(order_by="report_type") == [solo["id"], trio["id"], empty["id"]]
    assert await ids(order_by="report_status") == [trio["id"], solo["id"], empty["id"]]
    page = await lab.ok("GET", "/reports", params={"limit": 1, "offset": 1})
    assert ([one["id"] for one in page["objects"]], page["total"]) == ([solo["id"]], 3)


async def test_patient_fields(lab: Laboratory) -> None:
    report = await launch(lab, report_type="Solo", accession_id="ACC")
    path = f"/reports/{report['id']}/patient_fields"
    first = await lab.ok("POST", path, body={"Last Name": "Example", "First Name": "Robin", "Patient DOB": "5/6/90", "Patient Age": 35,
                                              "Date Specimen Collected": "2/1/26", "Accession ID": "OTHER", "Consent": True})  # fmt: skip
    assert first[0] == {"Last Name": "Example"}
    assert {"Patient Age": "35"} in first
    assert {"Consent": "true"} in first
    again = await lab.ok(
        "POST", path, body={"First Name": "Kim", "Patient Age": None, "Consent": "", "Patient Sex": "Female"}
    )
    assert [next(iter(field)) for field in again] == [
        "Last Name",
        "First Name",
        "Patient DOB",
        "Date Specimen Collected",
        "Accession ID",
        "Patient Sex",
    ]
    shown = await lab.ok("GET", f"/reports/{report['id']}")
    assert shown["accession_id"] == "ACC"
    assert shown["sample_collected_date"] == "2026-02-01T00:00:00"
    assert shown["sample_received_date"] is None
    patient = shown["patient_dict"]
    assert (patient["first_name"], patient["sex"]) == ("Kim", "Female")
    assert (patient["dob_year"], patient["dob_month"], patient["dob_day"]) == (1990, 5, 6)
    await lab.ok("POST", path, body={"Patient DOB": "about 1990"})
    assert (await lab.ok("GET", f"/reports/{report['id']}"))["patient_dict"]["dob_year"] is None
    assert {"Patient DOB": "about 1990"} in await lab.ok("GET", path)
    form = await lab.request("POST", path, data={"Specimen Type": "Blood & more"})
    assert {"Specimen Type": "Blood & more"} in form.json()
    labelled = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await lab.request("POST", path, content=b'{"X": "1"}', headers=labelled)).status_code == 200
    assert (await lab.request("POST", path, body={"X": {"y": 1}})).status_code == 422
    assert (await lab.request("POST", path, content=b"{")).status_code == 400
    assert (await lab.get(f"/reports/{report['id']}", extended="maybe")).status_code == 400


async def test_times_stand_eight_hours_behind_without_an_offset(lab: Laboratory) -> None:
    report = await launch(lab, report_type="Solo")
    async with lab.world.services.units.open() as uow:
        await uow.enter_tenant(lab.tenant_id)
        stored = await uow.conn.fetchval("SELECT created_at - interval '8 hours' FROM clinical.reports")
    assert report["created_on"] == stored.strftime("%Y-%m-%dT%H:%M:%S")
