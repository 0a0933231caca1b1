"""Panels and assay types: P43 to P48."""

from __future__ import annotations

import asyncio

from cohesin.clinical.assay_types.service import create_assay_type
from cohesin.kernel.caller import system_caller
from tests.partners.opal.laboratory import Laboratory


async def test_panels_are_found_by_part(lab: Laboratory) -> None:
    body = {"name": "Ataxia", "description": "Ataxia genes 100%", "test_code": "T-44", "methodology": "words"}
    made = await lab.ok("POST", "/panels/", body=body)
    await lab.ok("POST", "/panels", body={"name": "Other", "description": "Genes", "test_code": "T-4"})
    for params, hits in (({"name": "atax"}, 1), ({"description": "GENES"}, 2), ({"test_code": "T-4"}, 1),
                         ({"name": "atax", "test_code": "T-4"}, 0), ({"description": "0%"}, 1), ({"name": "%"}, 0)):  # fmt: skip
        assert (await lab.ok("GET", "/panels/", params=params))["total"] == hits, params
    assert made["fda_disclosure"] is None
    for wrong in ({}, {"name": "x"}, {"name": "x", "description": None}, {"name": " ", "description": "y"}):
        assert (await lab.request("POST", "/panels", body=wrong)).status_code == 422
    edited = await lab.ok(
        "PUT", f"/panels/{made['id']}", body={"name": "Ataxia 2", "description": None, "test_code": None}
    )
    assert edited == {**made, "name": "Ataxia 2"}
    assert (await lab.request("PUT", "/panels/999999999", body={})).status_code == 404


async def test_each_symbol_goes_to_one_place(lab: Laboratory) -> None:
    panel = (await lab.ok("POST", "/panels/", body={"name": "P", "description": "D"}))["id"]
    first = await lab.ok(
        "POST", f"/panels/{panel}/regions", body={"gene_symbols": "atxn1, CFTR ,NOTAGENE, CAP,,cftr"}
    )
    assert first["added"] == ["ATXN1", "CFTR"]
    assert first["already_added"] == []
    assert first["not_found"] == ["NOTAGENE"]
    assert set(first["ambiguous"]) == {"CAP"}
    assert len(first["ambiguous"]["CAP"]) > 1
    again = await lab.ok("POST", f"/panels/{panel}/regions", body={"gene_symbols": ["CFTR", "BRCA1"]})
    assert (again["added"], again["already_added"]) == (["BRCA1"], ["CFTR"])
    assert await lab.ok("GET", f"/panels/{panel}/regions") == [
        {"symbol": "ATXN1"},
        {"symbol": "BRCA1"},
        {"symbol": "CFTR"},
    ]
    assert (
        await lab.request("POST", f"/panels/{panel}/regions", body={"gene_symbols": 5})
    ).status_code == 422
    assert (
        await lab.request("POST", "/panels/999999999/regions", body={"gene_symbols": "CFTR"})
    ).status_code == 404


async def test_two_who_add_a_gene_at_once_add_it_once(lab: Laboratory) -> None:
    panel = (await lab.ok("POST", "/panels/", body={"name": "P", "description": "D"}))["id"]
    answers = await asyncio.gather(
        *(lab.ok("POST", f"/panels/{panel}/regions", body={"gene_symbols": "CFTR"}) for _ in range(3))
    )
    assert sorted(len(answer["added"]) for answer in answers) == [0, 0, 1]
    assert sorted(len(answer["already_added"]) for answer in answers) == [0, 1, 1]


async def test_assay_types_and_quality_values(lab: Laboratory) -> None:
    async with lab.world.services.units.open(system_caller(lab.tenant_id)) as uow:
        made = await create_assay_type(uow, "Exome", ["Cluster density", "Cluster PF"])
    listed = await lab.ok("GET", "/assay_types/")
    assert listed["objects"] == [await lab.ok("GET", f"/assay_types/{made.number}")]
    assert listed["objects"][0]["quality_control_fields"] == ["Cluster density", "Cluster PF"]
    assert (await lab.get("/assay_types/999999999")).status_code == 404
    body = {"report_type": "Solo", "assay_type_id": str(made.number)}
    report = (await lab.ok("POST", "/reports", body=body))["clinical_report"]
    assert report["assay_type_id"] == made.number
    path = f"/reports/{report['id']}/qc_data"
    assert await lab.ok("POST", path, body={"Cluster density": "170", "Cluster PF": 0.82}) == [
        {"Cluster density": "170"},
        {"Cluster PF": 0.82},
    ]
    refused = await lab.request("POST", path, body={"Cluster density": 1, "Colour": 2})
    assert refused.status_code == 422
    assert await lab.ok("POST", path, body={"Cluster density": 171}) == [
        {"Cluster density": 171},
        {"Cluster PF": 0.82},
    ]
    for wrong in ({}, {"Cluster PF": True}, {"Cluster PF": None}, []):
        assert (await lab.request("POST", path, body=wrong)).status_code == 422
    assert (
        await lab.request("POST", "/reports", body={"report_type": "Solo", "assay_type_id": 999999})
    ).status_code == 422
    free = (await lab.ok("POST", "/reports", body={"report_type": "Solo"}))["clinical_report"]["id"]
    assert await lab.ok("POST", f"/reports/{free}/qc_data", body={"Anything": 1}) == [{"Anything": 1}]
    assert await lab.ok("GET", f"/reports/{free}/qc_data/") == [{"Anything": 1}]
