"""Connect: correlation ids, the error envelope, the health check (C10-C16, C80)."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.conftest import Cluster
from tests.connect_lab import REPORTS, Organisation, serving
from tests.served import World, test_settings

HEADER = "X-Correlation-Id"
STATUSES = {
    "AUTH_REQUIRED": 401,
    "FORBIDDEN": 403,
    "NOT_FOUND": 404,
    "BAD_REQUEST": 400,
    "RATE_LIMITED": 429,
    "INTERNAL_ERROR": 500,
}


async def test_c10_c14_every_answer_has_an_id_and_every_failure_one_shape(
    world: World, organisation: Organisation
) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    link = (await organisation.get(f"{REPORTS}/{report}/download-url")).json()["downloadUrl"]
    reader = await organisation.make_key("reports:read")
    answers = [
        await world.client.get("/v1/health"),
        await organisation.get(REPORTS),
        await organisation.get(f"{REPORTS}/{report}"),
        await world.client.get(link),
        await world.client.get(REPORTS),
        await organisation.get(f"{REPORTS}/{report}/download-url", key=reader),
        await organisation.get(f"{REPORTS}/{uuid4()}"),
        await organisation.get(f"{REPORTS}?limit=0"),
        await world.client.get(link + "0"),
        await world.client.get("/v1/unknown"),
    ]
    ids = [UUID(answer.headers[HEADER]) for answer in answers]
    assert len(set(ids)) == len(ids)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 401, 403, 404, 400, 403, 404]
    for answer in answers[4:]:
        assert set(answer.json()) == {"error"}
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "correlationId"}
        assert STATUSES[error["code"]] == answer.status_code
        assert error["message"]


@pytest.mark.parametrize(
    "sent", ["3f0c1c52-9d0b-4a51-8a37-0a4f6f1f7c11", "3F0C1C52-9d0b-4A51-8A37-0A4F6F1F7C11"]
)
async def test_c11_c13_an_own_id_comes_back_unchanged(world: World, sent: str) -> None:
    for path in ("/v1/health", REPORTS, "/v1/unknown"):
        answer = await world.client.get(path, headers={HEADER: sent})
        assert answer.headers.get_list(HEADER) == [sent]
        body = answer.json()
        assert body.get("error", body)["correlationId"] == sent


@pytest.mark.parametrize(
    "sent",
    ["abc", "", "3f0c1c529d0b4a518a370a4f6f1f7c11", "{3f0c1c52-9d0b-4a51-8a37-0a4f6f1f7c11}", "a" * 5000],
)
async def test_c12_what_is_no_uuid_is_replaced(world: World, sent: str) -> None:
    for path in ("/v1/health", "/v1/unknown"):
        answer = await world.client.get(path, headers={HEADER: sent})
        assert UUID(answer.headers[HEADER])
        assert answer.headers[HEADER] != sent
        body = answer.json()
        assert body.get("error", body)["correlationId"] == answer.headers[HEADER]


async def test_c12_two_ids_are_none(world: World) -> None:
    sent = str(uuid4())
    answer = await world.client.get("/v1/health", headers=[(HEADER, sent), (HEADER, sent)])
    assert answer.headers[HEADER] != sent
    assert answer.json()["correlationId"] == answer.headers[HEADER]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "QUERY"])
async def test_c15_another_method_is_an_unknown_path(
    world: World, organisation: Organisation, method: str
) -> None:
    headers = {"Authorization": f"Bearer {organisation.key}"}
    for path in (
        "/v1/health",
        REPORTS,
        f"{REPORTS}/{uuid4()}",
        f"{REPORTS}/{uuid4()}/download-url",
        f"/v1/files/{uuid4()}",
    ):
        answer = await world.client.request(method, path, headers=headers)
        assert answer.status_code == 404, (method, path)
        assert UUID(answer.headers[HEADER])
        assert "allow" not in answer.headers
        assert method == "HEAD" or answer.json()["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/unknown",
        "/v1/reports/a/b",
        "/v1/reports/a/download-url/c",
        "/v1/files",
        "/v1/healthy",
    ],
)
async def test_c15_an_unknown_path_is_refused_in_connects_shape(world: World, path: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        answer = await world.client.request(method, path)
        assert answer.status_code == 404
        assert UUID(answer.headers[HEADER])
        if method == "HEAD":  # has no body
            continue
        assert answer.json()["error"] == {
            "code": "NOT_FOUND",
            "message": "Not found.",
            "correlationId": answer.headers[HEADER],
        }


async def test_c15_paths_that_only_begin_alike_are_not_connects(world: World) -> None:
    assert "X-Correlation-Id" not in (await world.client.get("/v10")).headers


async def test_c16_c80_without_its_database_connect_answers_500_and_says_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    database = cluster.create("connect_down", migrated=True)
    try:
        async with serving(test_settings(database, tmp_path)) as client:
            assert (await client.get("/v1/health")).json()["ok"] is True
            cluster.drop("connect_down")
            answers = [await client.get("/v1/health")]
            answers += [await client.get(REPORTS, headers={"Authorization": "Bearer " + KEY})]
            for answer in answers:
                assert answer.status_code == 500
                assert answer.json()["error"] == {
                    "code": "INTERNAL_ERROR",
                    "message": "Something failed on our side.",
                    "correlationId": answer.headers[HEADER],
                }
    finally:
        cluster.drop("connect_down")


async def test_c80_without_its_object_store_health_is_500(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    settings = world.settings.model_copy(update={"storage_url": folder.as_uri()})
    async with serving(settings) as client:
        assert (await client.get("/v1/health")).status_code == 200
        folder.rmdir()
        answer = await client.get("/v1/health")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"


async def test_c80_health_needs_no_key_and_minds_no_bad_one(world: World) -> None:
    answer = await world.client.get("/v1/health", headers={"Authorization": "Bearer nonsense"})
    assert answer.json() == {"ok": True, "correlationId": answer.headers[HEADER]}


KEY = "cgx_pk_0123456789abcdefghijABCDEFGHIJ0146KfXa"
