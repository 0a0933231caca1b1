"""Keys, errors and the shapes of requests: P01 to P22."""

from __future__ import annotations

import base64
from uuid import UUID

import pytest

from cohesin.kernel.caller import system_caller
from cohesin.partners.opal.keys import disable_key
from tests.partners.opal.laboratory import Laboratory, open_laboratory
from tests.served import World

READS = [
    "/projects", "/genomes", "/panels", "/assay_types", "/condition_genes", "/reports", "/jobs", "/genomes/1",
    "/reports/1/variants", "/reports/1/pdf_report",
]  # fmt: skip


@pytest.mark.parametrize("path", READS)
async def test_every_call_needs_a_key(world: World, path: str) -> None:
    refused = await world.client.get(f"/opal{path}")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic ")
    assert set(refused.json()) == {"description", "error", "code"}
    assert (refused.json()["error"], refused.json()["code"]) == ("Unauthorized", 401)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic !!!",
        "Bearer x",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:x").decode(),
    ],
)
async def test_a_malformed_login_is_401(world: World, header: str) -> None:
    assert (await world.client.get("/opal/projects", headers={"Authorization": header})).status_code == 401


async def test_the_login_comes_before_anything_else(lab: Laboratory) -> None:
    wrong = (lab.key.login, "wrong")
    assert (await lab.request("GET", "/reports", auth=wrong, params={"limit": "x"})).status_code == 401
    assert (await lab.request("POST", "/reports", auth=wrong, content=b"{")).status_code == 401
    assert (await lab.request("GET", "/reports/0", auth=wrong)).status_code == 401
    assert (
        await lab.request("GET", "/reports", auth=(f"{lab.key.login}x", lab.key.password))
    ).status_code == 401


async def test_a_switched_off_key_and_a_read_only_key_get_403(world: World, lab: Laboratory) -> None:
    reader = await open_laboratory(world, read_only=True, owner=lab.owner)
    assert (await reader.get("/projects")).status_code == 200
    for method, path in (("POST", "/projects"), ("PUT", "/genomes/1"), ("DELETE", "/genomes/1"), ("POST", "/reports"),
                         ("PATCH", "/reports/1/update_status"), ("PUT", "/reports/1/variants")):  # fmt: skip
        refused = await reader.request(method, path, body={})
        assert refused.status_code == 403, (method, path)
    async with world.services.units.open(system_caller(UUID(lab.owner.tenant_id))) as uow:
        await disable_key(uow, reader.key.login)
    assert (await reader.get("/projects")).status_code == 403
    assert (await lab.get("/projects")).status_code == 200


async def test_a_password_is_kept_as_a_digest_only(world: World, lab: Laboratory) -> None:
    async with world.services.units.open(system_caller(lab.tenant_id)) as uow:
        stored = await uow.conn.fetchrow("SELECT * FROM partners.opal_keys WHERE id = $1", lab.key.id)
        events = await uow.conn.fetch(
            "SELECT data, changes FROM kernel.events WHERE entity_id = $1", lab.key.id
        )
    assert lab.key.password not in str(dict(stored))
    assert lab.key.password not in str([dict(row) for row in events])


async def test_each_key_is_a_user_of_its_own(world: World, lab: Laboratory) -> None:
    other = await open_laboratory(world, owner=lab.owner)
    one = (await lab.ok("POST", "/jobs", body={"accession_id": "A"}))["created_by"]
    two = (await other.ok("POST", "/jobs", body={"accession_id": "A"}))["created_by"]
    assert {one, two} == {lab.key.user_number, other.key.user_number}
    assert one != two


async def test_another_workspace_is_404_in_a_path_and_422_in_a_body(world: World, lab: Laboratory) -> None:
    other = await open_laboratory(world)
    project, panel = await other.project(), await other.panel("CFTR")
    report = (await other.ok("POST", "/reports", body={"report_type": "panel", "panel_id": panel}))[
        "clinical_report"
    ]
    for method, path in (
        ("GET", f"/projects/{project}/genomes"), ("GET", f"/panels/{panel}/regions"), ("PUT", f"/panels/{panel}"),
        ("GET", f"/reports/{report['id']}"), ("GET", f"/reports/{report['id']}/variants"),
        ("PUT", f"/reports/{report['id']}"), ("POST", f"/reports/{report['id']}/patient_fields"),
        ("GET", f"/reports/{report['id']}/pdf_preview"), ("GET", f"/reports/{report['id']}/structural_variants"),
    ):  # fmt: skip
        assert (await lab.request(method, path, body={})).status_code == 404, path
    refused = await lab.request("POST", "/reports", body={"report_type": "panel", "panel_id": panel})
    assert refused.status_code == 422
    assert "panel_id" in refused.json()["fields"]
    refused = await lab.request("POST", "/reports", body={"report_type": "Solo", "project_id": project})
    assert refused.status_code == 422
    assert (await lab.ok("GET", "/reports"))["total"] == 0


async def test_unknown_paths_and_methods(lab: Laboratory) -> None:
    missing = await lab.get("/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, 404)
    wrong = await lab.request("DELETE", "/projects")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "GET, POST"
    assert set(wrong.json()) == {"description", "error", "code"}
    for path in ("/genomes/0", "/genomes/x", "/genomes/99999999999999999999", "/reports/-1"):
        assert (await lab.get(path)).status_code == 404, path


async def test_bodies_are_json_whatever_they_are_called(lab: Laboratory) -> None:
    for headers in (
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ):
        made = await lab.request(
            "POST", "/jobs", content=b'{"accession_id": "A", "unknown": 1}', headers=headers
        )
        assert made.status_code == 200
    for bad in (b"", b"{", b"accession_id=A", b"\xff\xfe"):
        assert (await lab.request("POST", "/jobs", content=bad)).status_code == 400, bad
    for wrong in (b"[]", b"{}", b'{"accession_id": null}', b'{"accession_id": " "}', b'{"accession_id": 5}'):
        assert (await lab.request("POST", "/jobs", content=wrong)).status_code == 422, wrong


async def test_projects_take_a_form_and_json(lab: Laboratory) -> None:
    form = await lab.request(
        "POST",
        "/projects/",
        data={"project_name": "Demo", "description": "Try out", "share_role": "CONTRIBUTOR"},
    )
    assert form.json() == {
        "id": form.json()["id"],
        "project_name": "Demo",
        "description": "Try out",
        "share_role": "CONTRIBUTOR",
    }
    made = await lab.ok("POST", "/projects", body={"project_name": "Demo"})
    assert (made["description"], made["share_role"]) == ("", "NONE")
    for wrong in (
        {"project_name": " "},
        {"project_name": ""},
        {},
        {"project_name": "x", "share_role": "OWNER"},
    ):
        assert (await lab.request("POST", "/projects", body=wrong)).status_code == 422
    listed = await lab.ok("GET", "/projects/")
    assert listed["total"] == 2
    assert [one["id"] for one in listed["objects"]] == sorted(one["id"] for one in listed["objects"])


@pytest.mark.parametrize("query", ["?", "?&", "?limit=5&", "?&offset=0", "?surprise=1"])
async def test_odd_queries_are_fine(lab: Laboratory, query: str) -> None:
    assert (await lab.request("GET", f"/reports/{query}")).status_code == 200


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": -1}, {"offset": -1}, {"limit": "x"}, {"report_type": "x"},
                                    {"report_status": "LOST"}, {"order_by": "id"}, {"genome_id": "x"}])  # fmt: skip
async def test_bad_query_values_are_400(lab: Laboratory, params: dict) -> None:
    assert (await lab.get("/reports", **params)).status_code == 400


async def test_jobs_are_found_by_uuid(lab: Laboratory) -> None:
    job = await lab.ok("POST", "/jobs", body={"accession_id": "ACC"})
    assert await lab.ok("GET", "/jobs", params={"uuid": job["uuid"]}) == job
    assert (await lab.ok("GET", "/jobs"))["objects"] == [job]
    assert (await lab.get("/jobs", uuid="00000000-0000-4000-8000-000000000000")).status_code == 404
    assert (await lab.get("/jobs", uuid="no")).status_code == 400


async def test_condition_genes_know_a_pair_once(lab: Laboratory) -> None:
    body = {"CUI": "C0037050", "gene_symbol": "NCOR1", "condition": "Something"}
    first = await lab.ok("POST", "/condition_genes/", body=body)
    again = await lab.ok("POST", "/condition_genes/", body={**body, "CUI": "c0037050", "condition": "Else"})
    assert again == first
    no_concept = {**body, "CUI": None}
    assert await lab.ok("POST", "/condition_genes/", body=no_concept) == await lab.ok(
        "POST", "/condition_genes/", body=no_concept
    )
    assert (await lab.ok("GET", "/condition_genes", params={"cui": "c0037050", "gene_symbol": "ncor1"}))[
        "objects"
    ] == [first]
    assert (await lab.ok("GET", "/condition_genes", params={"gene_symbol": "NCOR"}))["total"] == 0
    assert (
        await lab.request("POST", "/condition_genes", body={"gene_symbol": "X", "condition": "Y"})
    ).status_code == 422
