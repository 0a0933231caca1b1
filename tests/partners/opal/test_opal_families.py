"""Families that contradict themselves, and what is said of each member's call."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cohesin.clinical.reports import review, service
from cohesin.clinical.reports.case_request import PersonFile
from cohesin.clinical.reports.entity import VariantFilters
from cohesin.clinical.reports.tasks import person_of, single_parents
from cohesin.kernel.caller import system_caller
from cohesin.kernel.tasks import REGISTRY
from tests.partners.opal.laboratory import Laboratory


async def test_a_male_mother_fails_the_report_with_a_reason(lab: Laboratory, trio: dict[str, Path]) -> None:
    project = await lab.project()
    genomes = {
        role: await lab.genome(project, path, genome_sex="male" if role == "mother" else "unspecified")
        for role, path in trio.items()
    }
    body = {"report_type": "Trio", "genome_id": genomes["proband"], "mother_genome_id": genomes["mother"],
            "father_genome_id": genomes["father"]}  # fmt: skip
    number = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    await lab.work()
    assert (await lab.ok("GET", f"/reports/{number}"))["status"] == "FAILED"
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        report = await service.access_report(uow, number)
    assert report.failure_reason == "the mother is given as male"


async def test_a_trios_variants_hold_every_members_call(lab: Laboratory, trio: dict[str, Path]) -> None:
    project = await lab.project()
    genomes = {role: await lab.genome(project, path) for role, path in trio.items()}
    body = {"report_type": "panel_trio", "panel_id": await lab.panel("PER3, POLR1A"), "genome_id": genomes["proband"],
            "mother_genome_id": genomes["mother"], "father_genome_id": genomes["father"]}  # fmt: skip
    number = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    await lab.work()
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        report = await service.access_report(uow, number)
        found, total = await review.list_variants(uow, report, VariantFilters(sort="rank"), evidence=True)
    assert total > 0
    assert [one.rank for one in found] == list(range(1, total + 1))
    for one in found:
        assert set(one.evidence["members"]) == {"proband", "mother", "father"}
        assert {mode["mode"] for mode in one.evidence["modes"]} >= {"de_novo", "compound_heterozygous"}
    assert report.run_facts["panel_genes"] == ["PER3", "POLR1A"]
    assert "POLR1A" not in report.run_facts["genes_not_covered"]


async def test_genomes_that_end_at_once_start_their_report_once(
    lab: Laboratory, trio: dict[str, Path]
) -> None:
    project = await lab.project()
    genomes = {role: await lab.genome(project, path) for role, path in trio.items()}
    body = {"report_type": "Trio", "genome_id": genomes["proband"], "mother_genome_id": genomes["mother"],
            "father_genome_id": genomes["father"]}  # fmt: skip
    number = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    jobs = await lab.jobs()
    await asyncio.gather(*(REGISTRY[name](lab.context(job), **args) for job, name, args in jobs))
    for job, _, _ in jobs:
        await lab.end_job(job)
    assert await lab.work() == ["clinical.process_report"]
    assert (await lab.ok("GET", f"/reports/{number}"))["status"] == "READY TO REVIEW"


def person(slot: str, **facts: object) -> PersonFile:
    file = {
        "slot": slot,
        "sex": None,
        "affected": None,
        "relationship": None,
        "genome_sex": "unspecified",
        **facts,
    }
    return person_of(file, "v", "a", None)


def test_roles_sexes_and_states_of_people() -> None:
    assert person("proband").affected == "affected"
    assert (person("mother").role, person("mother").affected) == ("mother", "unaffected")
    assert person("mother", affected=True).affected == "affected"
    assert person("family_1", relationship="father", genome_sex="male").sex == "male"
    assert person("family_1", sex="f", genome_sex="male").sex == "female"
    assert (person("family_2", relationship="other").role, person("family_2").affected) == (
        "relative",
        "unknown",
    )
    assert person_of({"slot": "duo_relation", "sex": "u", "affected": False, "relationship": None, "genome_sex": "male"},
                     "v", "a", "Mother").role == "mother"  # fmt: skip
    two = [person("family_1", relationship="mother"), person("family_2", relationship="mother")]
    assert [one.role for one in single_parents(two)] == ["mother", "relative"]
