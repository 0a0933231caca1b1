"""What comes with an ability, tried on spaces, tenants and groups alike."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import psycopg
import pytest

from cohesin.abilities.languages import preferred_languages
from cohesin.abilities.tables import ability_tables
from cohesin.kernel.caller import system_caller
from cohesin.kernel.http.call import Call
from tests.conftest import Database
from tests.served import Signed, World
from tests.slices.members import grant, group_named
from tests.slices.test_spaces import BASE, make

TAGS = "/api/v1/secure/taxonomy/tags"
CATEGORIES = "/api/v1/secure/taxonomy/categories"


async def category(who: Signed, key: str, **more: Any) -> dict[str, Any]:
    answer = await who.post(f"{CATEGORIES}/", json={"key": key, "name": key.title(), **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_tags_of_a_space(owner: Signed) -> None:
    path = f"{BASE}/{(await make(owner))['id']}/tags"
    link = (await owner.post(path, json={"tag_name": "  Rare   Disease "})).json()["data"]
    assert (link["entity_type"], link["created_by"]) == ("space", owner.user_id)
    listed = (await owner.get(path)).json()
    assert (listed["returnedCount"], listed["total"]) == (1, 1)
    tag = listed["data"][0]
    assert (tag["name"], tag["display_name"], tag["usage_count"], tag["persistent"]) == (
        "rare disease",
        "Rare Disease",
        1,
        False,
    )
    assert (tag["owner_id"], tag["owner_type"], tag["language"]) == (owner.user_id, "user", "en")
    assert (await owner.post(path, json={"tag_name": "RARE disease"})).status_code == 409
    assert (await owner.post(path, json={"tag_name": " "})).status_code == 400
    assert (await owner.post(path, json={"tag_name": "x" * 101})).status_code == 400
    assert (await owner.delete(f"{path}/{tag['id']}")).status_code == 204
    assert (await owner.delete(f"{path}/{tag['id']}")).status_code == 404
    assert (await owner.get(f"{TAGS}/{tag['id']}")).status_code == 404


async def test_one_name_once_whoever_owns_the_tag(world: World, owner: Signed) -> None:
    person = await world.make_member(owner)
    await grant(world, person, "spaces:write")
    first, second = await make(owner, "First"), await make(owner, "Second")
    mine = (await owner.post(f"{BASE}/{first['id']}/tags", json={"tag_name": "x"})).json()["data"]
    theirs = (await person.post(f"{BASE}/{second['id']}/tags", json={"tag_name": "x"})).json()["data"]
    assert mine["tag_id"] != theirs["tag_id"]
    assert (await person.post(f"{BASE}/{first['id']}/tags", json={"tag_name": "X"})).status_code == 409
    both = (await owner.get(f"{TAGS}/", params={"search": "x"})).json()
    assert [(tag["usage_count"], tag["name"]) for tag in both["data"]] == [(1, "x"), (1, "x")]


async def test_equal_tags_at_once_are_one(owner: Signed) -> None:
    spaces = [await make(owner, f"Space {number}") for number in range(4)]
    answers = await asyncio.gather(
        *(owner.post(f"{BASE}/{space['id']}/tags", json={"tag_name": "Same"}) for space in spaces)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["data"]["tag_id"] for answer in answers}) == 1
    one = f"{BASE}/{spaces[0]['id']}/tags"
    answers = await asyncio.gather(*(owner.post(one, json={"tag_name": "Twice"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_a_tag_never_goes_under_a_link_being_made(owner: Signed) -> None:
    spaces = [await make(owner, f"Space {number}") for number in range(6)]

    async def flicker(space: dict[str, Any]) -> None:
        path = f"{BASE}/{space['id']}/tags"
        for _ in range(4):
            link = await owner.post(path, json={"tag_name": "hot"})
            assert link.status_code == 200
            assert (await owner.delete(f"{path}/{link.json()['data']['tag_id']}")).status_code == 204

    await asyncio.gather(*(flicker(space) for space in spaces))
    assert (await owner.get(f"{TAGS}/", params={"search": "hot"})).json()["total"] == 0


async def test_categories_of_a_space(owner: Signed) -> None:
    path = f"{BASE}/{(await make(owner))['id']}/categories"
    wet = await category(owner, "wet", description="Bench", translations_i18n={"de": {"name": "Nass"}})
    link = await owner.post(path, json={"category_id": wet["id"]})
    assert (link.status_code, link.json()["data"]["category_id"]) == (200, wet["id"])
    assert (await owner.post(path, json={"category_id": wet["id"]})).status_code == 409
    assert (await owner.post(path, json={"category_id": str(uuid4())})).status_code == 404
    assert (await owner.post(path, json={})).status_code == 400
    german = (await owner.get(path, params={"language": "de"})).json()
    assert [(row["name"], row["description"], row["usage_count"]) for row in german["data"]] == [
        ("Nass", "Bench", 1)
    ]
    assert (await owner.delete(f"{path}/{wet['id']}")).status_code == 204
    assert (await owner.delete(f"{path}/{wet['id']}")).status_code == 404
    assert (await owner.get(path)).json() == {"data": [], "returnedCount": 0, "total": 0}


async def test_writers_only(world: World, owner: Signed) -> None:
    space = await make(owner)
    wet = await category(owner, "wet")
    reader = await world.make_member(owner)
    path = f"{BASE}/{space['id']}"
    for method, sub, body in (
        ("POST", "/tags", {"tag_name": "x"}),
        ("DELETE", f"/tags/{uuid4()}", None),
        ("POST", "/categories", {"category_id": wet["id"]}),
        ("DELETE", f"/categories/{wet['id']}", None),
        ("PATCH", "/promotion", {"promotionRank": 1}),
        ("POST", "/order-top", None),
        ("POST", "/visit-metrics/reset", {}),
    ):
        assert (await reader.request(method, path + sub, json=body)).status_code == 403, sub
    for sub in ("/tags", "/categories"):
        assert (await reader.get(path + sub)).status_code == 200
    assert (await reader.post(f"{path}/visit-metrics/track")).status_code == 200


async def test_visits_are_never_lost(owner: Signed) -> None:
    space = await make(owner)
    path = f"{BASE}/{space['id']}"
    assert (await owner.get(path)).json()["data"]["totalVisits"] == 0
    answers = await asyncio.gather(*(owner.post(f"{path}/visit-metrics/track") for _ in range(40)))
    assert sorted(answer.json()["data"]["totalVisits"] for answer in answers) == list(range(1, 41))
    seen = (await owner.get(path)).json()["data"]
    assert seen["totalVisits"] == 40
    reset = (await owner.post(f"{path}/visit-metrics/reset", json={"reason": "New year"})).json()["data"]
    assert (reset["entityId"], reset["totalVisits"], reset["lastResetReason"]) == (space["id"], 0, "New year")
    assert (reset["lastResetByActorType"], reset["lastResetByActorId"], reset["lastVisitedByActorId"]) == (
        "user",
        owner.user_id,
        owner.user_id,
    )
    assert reset["lastVisitedAt"] == seen["lastVisitedAt"]
    again = (await owner.post(f"{path}/visit-metrics/reset")).json()["data"]
    assert again["lastResetReason"] is None
    assert (await owner.post(f"{path}/visit-metrics/reset", json={"reason": "x" * 501})).status_code == 400


async def test_promotion_windows(owner: Signed) -> None:
    path = f"{BASE}/{(await make(owner))['id']}/promotion"
    now = datetime.now(UTC).replace(microsecond=0)
    start, end = (
        now.isoformat().replace("+00:00", "Z"),
        (now + timedelta(days=1)).isoformat().replace("+00:00", "Z"),
    )
    body = {
        "promotionType": "Effect1",
        "promotionRank": 3,
        "promotionStartDate": start,
        "promotionEndDate": end,
    }
    promoted = (await owner.patch(path, json=body)).json()["data"]
    assert {name: promoted[name] for name in body} == body
    kept = (await owner.patch(path, json={"promotionRank": 4})).json()["data"]
    assert {name: kept[name] for name in body} == {**body, "promotionRank": 4}
    assert (await owner.patch(path, json={"promotionStartDate": end})).status_code == 422
    cleared = (
        await owner.patch(
            path,
            json={
                "promotionType": "None",
                "promotionRank": None,
                "promotionStartDate": None,
                "promotionEndDate": None,
            },
        )
    ).json()["data"]
    assert [cleared[name] for name in body] == ["None", None, None, None]
    for bad in (
        {"promotionRank": 0},
        {"promotionType": "Gold"},
        {"promotionStartDate": "2026"},
        {"promotionStartDate": "2026-01-01T00:00:00"},
        {"other": 1},
    ):
        assert (await owner.patch(path, json=bad)).status_code == 400, bad


async def test_order_top_at_once_gives_every_order_once(owner: Signed, stranger: Signed) -> None:
    spaces = [await make(owner, f"Space {number}") for number in range(6)]
    answers = await asyncio.gather(*(owner.post(f"{BASE}/{space['id']}/order-top") for space in spaces))
    assert sorted(answer.json()["data"]["customOrder"] for answer in answers) == list(range(2, 8))
    other = await make(stranger)
    assert (await stranger.post(f"{BASE}/{other['id']}/order-top")).json()["data"]["customOrder"] == 2


async def test_tenants_and_groups_are_owners_too(world: World, owner: Signed, stranger: Signed) -> None:
    member = await world.make_member(owner)
    group = await group_named(world, owner, "Members")
    foreign = await group_named(world, stranger, "Members")
    wet = await category(owner, "wet")
    for kind, entity_id, other in (
        ("tenant", owner.tenant_id, stranger.tenant_id),
        ("group", group, foreign),
    ):
        request = {"entity_type": kind, "entity_id": entity_id}
        link = await owner.post(f"{TAGS}/link", json={**request, "tag_name": kind})
        assert link.status_code == 201, link.text
        assert (await owner.post(f"{CATEGORIES}/{wet['id']}/link", json=request)).status_code == 201
        assert (await member.post(f"{TAGS}/link", json={**request, "tag_name": "mine"})).status_code == 403
        tags = (await member.get(f"{TAGS}/entity", params=request)).json()["data"]
        assert [tag["name"] for tag in tags] == [kind]
        assert (await member.get(f"{CATEGORIES}/entity", params=request)).json()["total"] == 1
        for wrong in (other, str(uuid4())):
            unknown = {"entity_type": kind, "entity_id": wrong}
            assert (await owner.post(f"{TAGS}/link", json={**unknown, "tag_name": "x"})).status_code == 404
            assert (await owner.post(f"{CATEGORIES}/{wet['id']}/link", json=unknown)).status_code == 404
            assert (await owner.get(f"{TAGS}/entity", params=unknown)).status_code == 404
    assert (await owner.get(f"{CATEGORIES}/{wet['id']}")).json()["data"]["usage_count"] == 2
    groups = (await owner.get("/api/v1/secure/groups/", params={"categoryId": wet["id"]})).json()["data"]
    assert [row["id"] for row in groups] == [group]
    tag_id = (await owner.get(f"{TAGS}/entity", params={"entity_type": "group", "entity_id": group})).json()[
        "data"
    ][0]["id"]
    groups = (await owner.get("/api/v1/secure/groups/", params={"tagId": tag_id})).json()["data"]
    assert [row["id"] for row in groups] == [group]
    kinds = {
        row["entity_type"] for row in (await member.get(f"{CATEGORIES}/{wet['id']}/entities")).json()["data"]
    }
    assert kinds == {"tenant", "group"}


async def test_links_cannot_cross_tenants_in_the_database(
    world: World, owner: Signed, stranger: Signed
) -> None:
    space = await make(stranger)
    tag = (await owner.post(f"{TAGS}/curated", json={"tag_name": "x"})).json()["data"]
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
            await uow.conn.execute(
                """INSERT INTO platform.tag_links (tenant_id, entity_type, entity_id, tag_id, tag_name, id, created_at)
                   VALUES ($1, 'space', $2, $3, 'x', $2, now())""",
                uow.tenant_id,
                UUID(space["id"]),
                UUID(tag["id"]),
            )


def test_any_table_takes_abilities_over(database: Database) -> None:
    """Another owner gets tables of its own, bound to it by foreign key and to its tenant by row security."""
    owner = "CREATE TABLE platform.probes (tenant_id uuid, id uuid, PRIMARY KEY (tenant_id, id))"
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute(owner)
        connection.execute(
            ability_tables("platform.probes", "probe", ["tags", "categories", "translations", "visits"])
        )
        forced = connection.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'probe\\_%' AND relkind = 'r' AND relforcerowsecurity ORDER BY 1"
        ).fetchall()
        assert [row[0] for row in forced] == [
            "probe_categories",
            "probe_tags",
            "probe_translations",
            "probe_visits",
        ]
        keys = connection.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE confrelid = 'platform.probes'::regclass AND confdeltype = 'c'"
        ).fetchall()
        assert sorted(row[0] for row in keys) == [f"platform.{row[0]}" for row in forced]
        connection.rollback()


@pytest.mark.parametrize(
    ("asked", "accept", "wanted"),
    [
        (None, None, []),
        ("de-CH", "fr", ["de-CH", "de"]),
        (None, "fr-ch, en;q=0.2, de;q=0.8, *;q=0.1, it;q=0", ["fr-CH", "fr", "de", "en"]),
        (None, "nonsense;;, de;q=2", []),
    ],
)
def test_wanted_languages(asked: str | None, accept: str | None, wanted: list[str]) -> None:
    headers = [(b"accept-language", accept.encode())] if accept else []
    assert preferred_languages(asked, Call({"headers": headers}, None)) == wanted
