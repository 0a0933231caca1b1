from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.caller import Caller, CallerKind, system_caller
from cohesin.platform.spaces import service
from tests.served import Signed, World
from tests.slices.members import grant

BASE = "/api/v1/secure/spaces"


async def make(who: Signed, name: str = "Lab", **more: Any) -> dict[str, Any]:
    answer = await who.post(f"{BASE}/", json={"name": name, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def listed(who: Signed, **query: Any) -> list[str]:
    answer = await who.get(f"{BASE}/", params={"type": "custom", **query})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if "limit" not in query and "offset" not in query:
        assert body["pagination"]["total"] == len(body["data"])
    return [space["name"] for space in body["data"]]


async def test_every_tenant_has_one_default_space_that_stays(world: World, owner: Signed) -> None:
    found = (await owner.get(f"{BASE}/")).json()["data"]
    assert [(space["type"], space["status"], space["language"]) for space in found] == [
        ("default", "active", "en")
    ]
    path = f"{BASE}/{found[0]['id']}"
    assert (await owner.delete(path)).status_code == 409
    assert (await owner.patch(path, json={"type": "custom"})).status_code == 409
    assert (await owner.post(f"{BASE}/", json={"name": "Another", "type": "default"})).status_code == 409
    custom = await make(owner)
    assert (await owner.patch(f"{BASE}/{custom['id']}", json={"type": "default"})).status_code == 409
    system = (await world.admin.get(f"{BASE}/", params={"type": "default"})).json()
    assert system["pagination"]["total"] == 1


async def test_create_and_read_back_everything(owner: Signed) -> None:
    category = (
        await owner.post("/api/v1/secure/taxonomy/categories/", json={"key": "wet", "name": "Wet"})
    ).json()["data"]
    tag = (await owner.post("/api/v1/secure/taxonomy/tags/curated", json={"tag_name": "Sequencing"})).json()[
        "data"
    ]
    request = {
        "name": "Laboratory",
        "description": "Ground floor",
        "language": "en",
        "status": "maintenance",
        "settings": {"visibility": "private", "floor": 0},
        "homeLocation": {"latitude": 47.5, "longitude": 8.5},
        "category_ids": [category["id"], category["id"]],
        "tag_ids": [tag["id"]],
        "translations_i18n": {
            "de": {"name": "Labor", "description": "Erdgeschoss"},
            "fr": {"name": "Laboratoire"},
        },
    }
    made = await make(owner, **request)
    assert made["categories"] == [{"id": category["id"], "key": "wet", "name": "Wet"}]
    assert made["tags"] == [{"id": tag["id"], "name": "sequencing"}]
    assert made["translations_i18n"] == {
        "de": {"name": "Labor", "description": "Erdgeschoss"},
        "fr": {"name": "Laboratoire", "description": None},
    }
    assert made["settings"] == request["settings"]
    assert made["homeLocation"] == request["homeLocation"]
    assert (made["type"], made["status"], made["created_by"]) == ("custom", "maintenance", owner.user_id)
    assert (made["totalVisits"], made["lastVisitedAt"], made["distanceMeters"], made["customOrder"]) == (
        0,
        None,
        None,
        1,
    )
    assert (await owner.get(f"{BASE}/{made['id']}")).json()["data"] == made


async def test_patch_leaves_what_is_absent_and_clears_null(owner: Signed) -> None:
    tag = (await owner.post("/api/v1/secure/taxonomy/tags/curated", json={"tag_name": "x"})).json()["data"]
    made = await make(
        owner,
        description="d",
        settings={"a": 1},
        homeLocation={"latitude": 1, "longitude": 2},
        tag_ids=[tag["id"]],
        translations_i18n={"de": {"name": "Labor"}},
    )
    path = f"{BASE}/{made['id']}"
    after = (await owner.patch(path, json={"name": "Renamed"})).json()["data"]
    assert {**after, "name": 0, "updated_at": 0} == {**made, "name": 0, "updated_at": 0}
    cleared = (
        await owner.patch(
            path,
            json={
                "description": None,
                "settings": None,
                "homeLocation": None,
                "tag_ids": None,
                "translations_i18n": None,
            },
        )
    ).json()["data"]
    assert [
        cleared[name] for name in ("description", "settings", "homeLocation", "tags", "translations_i18n")
    ] == [None, {}, None, [], {}]
    assert (await owner.patch(path, json={"name": None})).status_code == 400
    assert (await owner.patch(path, json={"colour": "red"})).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x"}, 400),
        ({"name": "ok", "status": "open"}, 400),
        ({"name": "ok", "homeLocation": {"latitude": 91, "longitude": 0}}, 400),
        ({"name": "ok", "homeLocation": {"latitude": 1}}, 400),
        ({"name": "ok", "unknown": 1}, 400),
        ({"name": "ok", "type": "system"}, 403),
        ({"name": "ok", "category_ids": [str(uuid4())]}, 404),
        ({"name": "ok", "tag_ids": [str(uuid4())]}, 404),
        ({"name": "ok", "type_definition_id": str(uuid4())}, 404),
        ({"name": "ok", "settings": {"visibility": "public"}}, 422),
        ({"name": "ok", "language": "de", "translations_i18n": {"de": {"name": "no"}}}, 422),
        ({"name": "ok", "translations_i18n": {"german": {"name": "no"}}}, 422),
    ],
)
async def test_create_refuses(owner: Signed, body: dict, status: int) -> None:
    assert (await owner.post(f"{BASE}/", json=body)).status_code == status
    assert await listed(owner) == []


async def test_another_tenant_sees_nothing(owner: Signed, stranger: Signed) -> None:
    mine = await make(owner)
    theirs = await make(stranger)
    tag = (await stranger.post("/api/v1/secure/taxonomy/tags/curated", json={"tag_name": "x"})).json()["data"]
    category = (
        await stranger.post("/api/v1/secure/taxonomy/categories/", json={"key": "x", "name": "X"})
    ).json()["data"]
    path = f"{BASE}/{theirs['id']}"
    for method, sub, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "taken"}),
        ("DELETE", "", None),
        ("GET", "/members", None),
        ("POST", "/members", {"userId": owner.user_id, "role": "reader"}),
        ("DELETE", f"/members/{stranger.user_id}", None),
        ("GET", "/tags", None),
        ("POST", "/tags", {"tag_name": "x"}),
        ("DELETE", f"/tags/{tag['id']}", None),
        ("GET", "/categories", None),
        ("POST", "/categories", {"category_id": category["id"]}),
        ("PATCH", "/promotion", {}),
        ("POST", "/order-top", None),
        ("POST", "/visit-metrics/track", None),
        ("POST", "/visit-metrics/reset", {}),
    ):
        assert (await owner.request(method, path + sub, json=body)).status_code == 404, (method, sub)
    own = f"{BASE}/{mine['id']}"
    assert (await owner.patch(own, json={"tag_ids": [tag["id"]]})).status_code == 404
    assert (await owner.patch(own, json={"category_ids": [category["id"]]})).status_code == 404
    assert (await owner.post(f"{own}/categories", json={"category_id": category["id"]})).status_code == 404
    assert (
        await owner.post(f"{own}/members", json={"userId": stranger.user_id, "role": "reader"})
    ).status_code == 404
    assert (await owner.get(f"{BASE}/", params={"tagId": tag["id"]})).status_code == 404
    assert (await owner.get(f"{BASE}/", params={"categoryId": category["id"]})).status_code == 404
    assert await listed(owner) == ["Lab"]


async def test_visibility_and_roles(world: World, owner: Signed) -> None:
    member, manager, reader, writer = [await world.make_member(owner) for _ in range(4)]
    await grant(world, writer, "spaces:write", "spaces:delete")
    await grant(world, reader, "spaces:write")
    open_space = await make(owner, "Open")
    hidden = await make(owner, "Hidden", settings={"visibility": "private"})
    for space in (open_space, hidden):
        for person, role in ((manager, "manager"), (reader, "reader")):
            answer = await owner.post(
                f"{BASE}/{space['id']}/members", json={"userId": person.user_id, "role": role}
            )
            assert answer.status_code == 201
    seen = {"owner": owner, "member": member, "manager": manager, "reader": reader, "writer": writer}
    expected = {
        "owner": {"Open": True, "Hidden": True},
        "member": {"Open": False},
        "manager": {"Open": True, "Hidden": True},
        "reader": {"Open": False, "Hidden": False},
        "writer": {"Open": True},
    }
    for name, person in seen.items():
        rows = (await person.get(f"{BASE}/", params={"type": "custom"})).json()["data"]
        assert {row["name"]: row["manageable"] for row in rows} == expected[name], name
        assert set(await listed(person, manageable=True)) == {
            key for key, value in expected[name].items() if value
        }
        for space in (open_space, hidden):
            path = f"{BASE}/{space['id']}"
            visible = space["name"] in expected[name]
            assert (await person.get(path)).status_code == (200 if visible else 404)
            writes = (await person.patch(path, json={"description": name})).status_code
            assert writes == (404 if not visible else 200 if expected[name][space["name"]] else 403)
    assert (await member.post(f"{BASE}/", json={"name": "Mine"})).status_code == 403
    mine = (
        await writer.post(f"{BASE}/", json={"name": "Mine", "settings": {"visibility": "private"}})
    ).json()["data"]
    assert mine["manageable"] is True
    assert (await writer.get(f"{BASE}/{mine['id']}")).status_code == 200
    assert (await member.get(f"{BASE}/{mine['id']}")).status_code == 404
    assert (await writer.delete(f"{BASE}/{mine['id']}")).status_code == 204


async def test_keys_need_the_permission(world: World, owner: Signed) -> None:
    space, hidden = await make(owner), await make(owner, "Hidden", settings={"visibility": "private"})
    tenant_id = UUID(owner.tenant_id)
    for held, read, write in (
        ({"read"}, 200, 403),
        ({"write"}, 403, 200),
        (set(), 403, 403),
        ({"read", "write"}, 200, 200),
    ):
        permissions = {"spaces": {"read": "read" in held, "write": "write" in held}}
        made = await owner.post("/api/v1/secure/api-keys/", json={"name": "Key", "permissions": permissions})
        headers = {"X-API-Key": made.json()["fullKey"]}
        path = f"{BASE}/{space['id']}"
        assert (await world.client.get(path, headers=headers)).status_code == read
        assert (await world.client.get(f"{BASE}/", headers=headers)).status_code == read
        assert (
            await world.client.patch(path, json={"description": "x"}, headers=headers)
        ).status_code == write
        assert (
            await world.client.post(f"{path}/tags", json={"tag_name": str(held)}, headers=headers)
        ).status_code == write
        assert (await world.client.delete(path, headers=headers)).status_code == 403
        private = (await world.client.get(f"{BASE}/{hidden['id']}", headers=headers)).status_code
        assert private == (404 if read == 200 else 403)
        caller = Caller(
            kind=CallerKind.API_KEY,
            id=uuid4(),
            tenant_id=tenant_id,
            permissions=frozenset(f"spaces:{action}" for action in held),
        )
        async with world.services.units.open(caller) as uow:
            assert await service.can(uow, UUID(space["id"]), "read") is (read == 200)
            assert await service.can(uow, UUID(space["id"]), "write") is (write == 200)
            assert await service.can(uow, UUID(hidden["id"]), "read") is None
            assert await service.can(uow, uuid4(), "read") is None


async def test_rights_know_spaces(world: World, owner: Signed) -> None:
    iam = "/api/v1/secure/iam"
    manager, reader, writer, member = [await world.make_member(owner) for _ in range(4)]
    await grant(world, writer, "spaces:write")
    hidden = await make(owner, "Hidden", settings={"visibility": "private"})
    shared = await make(owner, "Shared")
    for person, role in ((manager, "manager"), (reader, "reader")):
        await owner.post(f"{BASE}/{hidden['id']}/members", json={"userId": person.user_id, "role": role})

    async def can(who: Signed, space: dict[str, Any], action: str) -> Any:
        query = {"entity_type": "space", "entity_id": space["id"], "action": action}
        answer = await who.get(f"{iam}/can", params=query)
        return answer.json()["allowed"] if answer.status_code == 200 else answer.status_code

    table = {
        "owner": (owner, True, True, True, True),
        "manager": (manager, True, True, True, False),
        "reader": (reader, True, False, True, False),
        "writer": (writer, 404, 404, True, True),
        "member": (member, 404, 404, True, False),
    }
    for name, (who, *expected) in table.items():
        found = [await can(who, space, action) for space in (hidden, shared) for action in ("read", "write")]
        assert found == expected, name
    mine = (await reader.get(f"{iam}/me/spaces")).json()["data"]
    assert mine == [{"space_id": hidden["id"], "space_name": "Hidden", "role": "reader"}]
    manageable = (await manager.get(f"{iam}/me/spaces/manageable")).json()["data"]
    assert [space["id"] for space in manageable] == [hidden["id"]]


async def test_members_again_take_the_new_role(world: World, owner: Signed) -> None:
    space = await make(owner)
    person = await world.make_member(owner)
    path = f"{BASE}/{space['id']}/members"
    first = await owner.post(path, json={"userId": person.user_id, "role": "reader"})
    again = await owner.post(path, json={"userId": person.user_id, "role": "manager"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert (await owner.get(path)).json()["data"] == [again.json()["data"]]
    assert first.json()["data"]["id"] == again.json()["data"]["id"]
    assert (await owner.post(path, json={"userId": person.user_id, "role": "owner"})).status_code == 400
    assert (await owner.post(path, json={"userId": str(uuid4()), "role": "reader"})).status_code == 404
    assert (await owner.delete(f"{path}/{person.user_id}")).status_code == 204
    assert (await owner.delete(f"{path}/{person.user_id}")).status_code == 404


async def test_a_deleted_space_is_gone_with_its_links(owner: Signed) -> None:
    space = await make(owner)
    path = f"{BASE}/{space['id']}"
    link = (await owner.post(f"{path}/tags", json={"tag_name": "Once"})).json()["data"]
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 404
    assert (await owner.get(path)).status_code == 404
    assert (await owner.get(f"/api/v1/secure/taxonomy/tags/{link['tag_id']}")).status_code == 404
    assert await listed(owner) == []


async def test_what_is_in_use_stays(owner: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    space = await make(owner)

    async def occupied(uow: Any, space_id: UUID) -> bool:
        return str(space_id) == space["id"]

    monkeypatch.setattr(service, "_occupancies", [occupied])
    assert (await owner.delete(f"{BASE}/{space['id']}")).status_code == 409
    other = await make(owner, "Other")
    assert (await owner.delete(f"{BASE}/{other['id']}")).status_code == 204


async def test_system_spaces_are_for_system_administrators(world: World) -> None:
    space = await make(world.admin, "Platform", type="system")
    assert (await world.admin.delete(f"{BASE}/{space['id']}")).status_code == 409
    assert (await world.admin.patch(f"{BASE}/{space['id']}", json={"type": "custom"})).status_code == 200
    assert (await world.admin.delete(f"{BASE}/{space['id']}")).status_code == 204


async def test_search_finds_words_in_any_order_case_accent_and_language(owner: Signed) -> None:
    await make(
        owner,
        "Genève Nord",
        description="Bâtiment principal",
        translations_i18n={"de": {"name": "Genf Hauptgebäude"}},
    )
    await make(owner, "Zürich 100%")
    assert await listed(owner, search="nord GENEVE") == ["Genève Nord"]
    assert await listed(owner, search="batiment") == ["Genève Nord"]
    assert await listed(owner, search="hauptgebaude genf") == ["Genève Nord"]
    assert await listed(owner, search="100%") == ["Zürich 100%"]
    assert await listed(owner, search="_") == []
    assert await listed(owner, search="geneve zurich") == []
    assert len(await listed(owner, search="  ")) == 2


async def test_filters_together(owner: Signed) -> None:
    category = (
        await owner.post("/api/v1/secure/taxonomy/categories/", json={"key": "c", "name": "C"})
    ).json()["data"]
    both = await make(owner, "Both", category_ids=[category["id"]], status="pending")
    link = (await owner.post(f"{BASE}/{both['id']}/tags", json={"tag_name": "Deep  Sea"})).json()["data"]
    await make(owner, "Category", category_ids=[category["id"]])
    await make(owner, "Plain")
    assert set(await listed(owner, categoryId=category["id"])) == {"Both", "Category"}
    assert await listed(owner, categoryId=category["id"], status="active") == ["Category"]
    assert await listed(owner, tagId=link["tag_id"]) == ["Both"]
    assert await listed(
        owner, tag=" DEEP sea", categoryId=category["id"], status="pending", search="both"
    ) == ["Both"]
    assert await listed(owner, tag="none") == []
    now = datetime.now(UTC)
    assert len(await listed(owner, created_from=(now - timedelta(hours=1)).isoformat())) == 3
    assert await listed(owner, created_to=(now - timedelta(hours=1)).isoformat()) == []
    assert await listed(owner, created_from=both["created_at"], created_to=both["created_at"]) == ["Both"]
    for bad, status in (
        ({"created_from": now.isoformat(), "created_to": (now - timedelta(days=1)).isoformat()}, 422),
        ({"sort": "settings"}, 400),
        ({"limit": 101}, 400),
        ({"offset": 10**30}, 400),
        ({"language": "german"}, 400),
        ({"created_from": "2026"}, 400),
        ({"radiusMeters": 5}, 400),
        ({"latitude": 5}, 400),
        ({"radiusMeters": 0, "latitude": 5, "longitude": 5}, 400),
        ({"typeDefinitionId": str(uuid4())}, 404),
        ({"tagId": str(uuid4())}, 404),
        ({"tagId": "x"}, 400),
    ):
        assert (await owner.get(f"{BASE}/", params=bad)).status_code == status, bad


async def test_language_localises_and_falls_back(owner: Signed) -> None:
    space = await make(
        owner,
        "Base",
        description="text",
        translations_i18n={
            "de": {"name": "Deutsch", "description": "Text"},
            "fr-CH": {"name": "Romand"},
        },
    )
    path = f"{BASE}/{space['id']}"

    async def read(language: str | None = None, accept: str | None = None) -> tuple[str, str]:
        params = {"language": language} if language else {}
        headers = {"Accept-Language": accept} if accept else {}
        data = (await owner.get(path, params=params, headers=headers)).json()["data"]
        row = (await owner.get(f"{BASE}/", params={**params, "type": "custom"}, headers=headers)).json()[
            "data"
        ][0]
        assert (row["name"], row["description"]) == (data["name"], data["description"])
        return data["name"], data["description"]

    assert await read() == ("Base", "text")
    assert await read("de") == ("Deutsch", "Text")
    assert await read("de-CH") == ("Deutsch", "Text")
    assert await read("fr-CH") == ("Romand", "text")
    assert await read("fr") == ("Base", "text")
    assert await read(accept="it, de;q=0.5") == ("Deutsch", "Text")
    assert await read(accept="de;q=0.2, en;q=0.9") == ("Base", "text")
    assert await read("en", accept="de") == ("Base", "text")


def haversine(a: tuple[float, float], b: tuple[float, float]) -> float:
    (lat_1, lon_1), (lat_2, lon_2) = [(math.radians(x), math.radians(y)) for x, y in (a, b)]
    # The spherical law of cosines by vectors: another way to the same distance.
    u, v = [
        (math.cos(p) * math.cos(q), math.cos(p) * math.sin(q), math.sin(p))
        for p, q in ((lat_1, lon_1), (lat_2, lon_2))
    ]
    cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    return 6371008.8 * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(u, v, strict=True)))


async def test_nearby_is_right_everywhere(owner: Signed) -> None:
    places = {
        "Fiji west": (-17.0, 179.9),
        "Fiji east": (-17.0, -179.9),
        "Pole 10E": (89.9, 10.0),
        "Pole 170W": (89.9, -170.0),
        "Zurich": (47.3769, 8.5417),
        "Bern": (46.948, 7.4474),
    }
    for name, (latitude, longitude) in places.items():
        await make(owner, name, homeLocation={"latitude": latitude, "longitude": longitude})
    await make(owner, "Nowhere")

    async def near(place: tuple[float, float], radius: float) -> dict[str, float]:
        query = {"latitude": place[0], "longitude": place[1], "radiusMeters": radius, "limit": 100}
        rows = (await owner.get(f"{BASE}/", params=query)).json()["data"]
        assert [row["distanceMeters"] for row in rows] == sorted(row["distanceMeters"] for row in rows)
        return {row["name"]: row["distanceMeters"] for row in rows}

    for place, radius in (
        (places["Fiji west"], 50_000),
        ((90.0, 0.0), 20_000),
        (places["Zurich"], 100_000),
        ((0.0, 0.0), 20037508),
    ):
        expected = {
            name: haversine(place, spot) for name, spot in places.items() if haversine(place, spot) <= radius
        }
        assert await near(place, radius) == pytest.approx(expected, abs=0.01)
    exact = (await near(places["Zurich"], 100_000))["Bern"]
    assert "Bern" in await near(places["Zurich"], exact)
    assert "Bern" not in await near(places["Zurich"], exact - 0.001)
    every = (await owner.get(f"{BASE}/", params={"latitude": 0, "longitude": 0, "type": "custom"})).json()[
        "data"
    ]
    assert len(every) == 7
    assert {row["name"] for row in every if row["distanceMeters"] is None} == {"Nowhere"}


async def test_equal_distance_orders_by_custom_order(owner: Signed) -> None:
    spot = {"latitude": 1.0, "longitude": 1.0}
    first, second = (
        await make(owner, "First", homeLocation=spot),
        await make(owner, "Second", homeLocation=spot),
    )
    query = {"latitude": 1, "longitude": 1, "radiusMeters": 1}
    for space in (first, second):
        await owner.post(f"{BASE}/{space['id']}/order-top")
        assert (await listed(owner, **query))[0] == space["name"]


async def test_lists_order_by_promotion_then_order_then_name(owner: Signed) -> None:
    spaces = {name: await make(owner, name) for name in ("beta", "Alpha", "Gamma", "delta")}
    assert await listed(owner) == ["Alpha", "beta", "delta", "Gamma"]
    await owner.post(f"{BASE}/{spaces['Gamma']['id']}/order-top")
    assert await listed(owner) == ["Gamma", "Alpha", "beta", "delta"]
    now = datetime.now(UTC)
    windows = {
        "delta": (2, None, None),
        "beta": (1, now + timedelta(days=1), None),
        "Alpha": (1, None, now - timedelta(days=1)),
    }
    for name, (rank, start, end) in windows.items():
        body = {
            "promotionRank": rank,
            "promotionStartDate": start and start.isoformat(),
            "promotionEndDate": end and end.isoformat(),
        }
        assert (await owner.patch(f"{BASE}/{spaces[name]['id']}/promotion", json=body)).status_code == 200
    assert await listed(owner) == ["delta", "Gamma", "Alpha", "beta"]
    assert await listed(owner, sort="name", order="desc") == ["Gamma", "delta", "beta", "Alpha"]
    assert await listed(owner, sort="customOrder", order="desc", limit=1) == ["Gamma"]
    assert await listed(owner, sort="created_at", order="asc", limit=2, offset=1) == ["Alpha", "Gamma"]


async def test_changes_at_once_all_count_and_only_one_deletes(owner: Signed) -> None:
    space = await make(owner)
    bodies = [{"name": f"Name {number}"} for number in range(5)]
    answers = await asyncio.gather(*(owner.patch(f"{BASE}/{space['id']}", json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    answers = await asyncio.gather(*(owner.delete(f"{BASE}/{space['id']}") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]


async def test_every_change_is_in_the_log(world: World, owner: Signed) -> None:
    space = await make(owner)
    await owner.patch(f"{BASE}/{space['id']}", json={"name": "Renamed"})
    await owner.delete(f"{BASE}/{space['id']}")
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        rows = await uow.conn.fetch(
            "SELECT type, changes, actor_id FROM kernel.events WHERE entity_id = $1 ORDER BY sequence",
            UUID(space["id"]),
        )
    assert [row["type"] for row in rows] == ["space.created", "space.updated", "space.deleted"]
    assert rows[1]["changes"] == {"name": {"before": "Lab", "after": "Renamed"}}
    assert {str(row["actor_id"]) for row in rows} == {owner.user_id}
