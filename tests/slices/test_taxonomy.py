from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from cohesin.kernel.caller import system_caller
from tests.served import Signed, World
from tests.slices.members import grant, group_named
from tests.slices.test_abilities import CATEGORIES, TAGS, category
from tests.slices.test_spaces import BASE as SPACES
from tests.slices.test_spaces import make


async def chain(who: Signed, length: int, prefix: str = "c") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(length):
        parent = {"parent_id": found[-1]["id"]} if found else {}
        found.append(await category(who, f"{prefix}{number}", **parent))
    return found


async def tag_space(who: Signed, space: dict[str, Any], name: str) -> str:
    answer = await who.post(
        f"{TAGS}/link", json={"entity_type": "space", "entity_id": space["id"], "tag_name": name}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["tag_id"]


async def test_categories_read_back(owner: Signed) -> None:
    made = await category(
        owner,
        "wet-lab",
        description="Bench",
        filter_id="space",
        translations_i18n={"de": {"name": "Nass", "description": "Bank"}},
    )
    assert (made["language"], made["level"], made["parent_id"], made["usage_count"]) == ("en", 0, None, 0)
    assert made["translations_i18n"] == {"de": {"name": "Nass", "description": "Bank"}}
    assert (await owner.get(f"{CATEGORIES}/{made['id']}")).json()["data"] == made
    path = f"{CATEGORIES}/{made['id']}"
    renamed = (await owner.patch(path, json={"name": "Wet"})).json()["data"]
    assert {**renamed, "name": 0, "updated_at": 0} == {**made, "name": 0, "updated_at": 0}
    cleared = (
        await owner.patch(path, json={"description": None, "filter_id": None, "translations_i18n": {}})
    ).json()["data"]
    assert [cleared[name] for name in ("description", "filter_id", "translations_i18n")] == [None, None, {}]
    assert (await owner.patch(path, json={"name": None})).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key": "Upper", "name": "n"}, 400),
        ({"key": "", "name": "n"}, 400),
        ({"key": "k"}, 400),
        ({"key": "k", "name": ""}, 400),
        ({"key": "k", "name": "n", "filter_id": ""}, 400),
        ({"key": "k", "name": "n", "translations_i18n": {"de": {}}}, 400),
        ({"key": "k", "name": "n", "parent_id": str(uuid4())}, 404),
        ({"key": "k", "name": "n", "language": "12"}, 422),
        ({"key": "k", "name": "n", "translations_i18n": {"en": {"name": "x"}}}, 422),
        ({"key": "k", "name": "n", "translations_i18n": {"deutsch": {"name": "x"}}}, 422),
    ],
)
async def test_categories_refuse(owner: Signed, body: dict, status: int) -> None:
    assert (await owner.post(f"{CATEGORIES}/", json=body)).status_code == status
    assert (await owner.get(f"{CATEGORIES}/")).json() == {"data": [], "returnedCount": 0, "total": 0}


async def test_keys_are_unique_among_siblings_also_at_once(owner: Signed) -> None:
    body = {"key": "same", "name": "Same"}
    answers = await asyncio.gather(*(owner.post(f"{CATEGORIES}/", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    root = next(answer.json()["data"] for answer in answers if answer.status_code == 201)
    below = await category(owner, "same", parent_id=root["id"])
    assert (await owner.post(f"{CATEGORIES}/", json={**body, "parent_id": root["id"]})).status_code == 409
    assert (await owner.patch(f"{CATEGORIES}/{below['id']}", json={"parent_id": None})).status_code == 409


async def test_the_tree_has_ten_levels_and_no_cycles(owner: Signed) -> None:
    found = await chain(owner, 10)
    assert [row["level"] for row in found] == list(range(10))
    too_deep = {"key": "x", "name": "X", "parent_id": found[-1]["id"]}
    assert (await owner.post(f"{CATEGORIES}/", json=too_deep)).status_code == 422
    for under in (0, 1, 9):
        answer = await owner.patch(f"{CATEGORIES}/{found[0]['id']}", json={"parent_id": found[under]["id"]})
        assert answer.status_code == 422
    other = await category(owner, "other")
    assert (
        await owner.patch(f"{CATEGORIES}/{found[0]['id']}", json={"parent_id": other["id"]})
    ).status_code == 422
    moved = await owner.patch(f"{CATEGORIES}/{found[5]['id']}", json={"parent_id": other["id"]})
    assert moved.json()["data"]["level"] == 1
    assert (await owner.get(f"{CATEGORIES}/{found[9]['id']}")).json()["data"]["level"] == 5
    root = await owner.patch(f"{CATEGORIES}/{found[5]['id']}", json={"parent_id": None})
    assert (root.json()["data"]["level"], root.json()["data"]["parent_id"]) == (0, None)


async def test_moves_at_once_make_no_cycle(owner: Signed) -> None:
    ring = [await category(owner, f"c{number}") for number in range(6)]
    answers = await asyncio.gather(
        *(
            owner.patch(f"{CATEGORIES}/{one['id']}", json={"parent_id": ring[place - 1]["id"]})
            for place, one in enumerate(ring)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [422]
    assert (await owner.get(f"{CATEGORIES}/")).json()["total"] == 6
    tree = (await owner.get(f"{CATEGORIES}/tree")).json()["data"]
    depth = 0
    while tree:
        assert len(tree) == 1
        tree, depth = tree[0]["children"], depth + 1
    assert depth == 6


async def test_the_tree_nests_localises_and_filters(owner: Signed) -> None:
    root = await category(owner, "root", translations_i18n={"de": {"name": "Wurzel"}})
    beta = await category(owner, "beta", parent_id=root["id"], filter_id="f")
    await category(owner, "alpha", parent_id=root["id"])
    leaf = await category(owner, "leaf", parent_id=beta["id"], filter_id="f")
    tree = (await owner.get(f"{CATEGORIES}/tree", params={"language": "de"})).json()["data"]
    assert [(node["name"], node["translations_i18n"]["de"]["name"]) for node in tree] == [
        ("Wurzel", "Wurzel")
    ]
    assert [child["key"] for child in tree[0]["children"]] == ["alpha", "beta"]
    assert [child["id"] for child in tree[0]["children"][1]["children"]] == [leaf["id"]]
    branch = (await owner.get(f"{CATEGORIES}/tree", params={"root_id": beta["id"]})).json()["data"]
    assert [(node["key"], [child["key"] for child in node["children"]]) for node in branch] == [
        ("beta", ["leaf"])
    ]
    filtered = (await owner.get(f"{CATEGORIES}/tree", params={"filter_id": "f"})).json()["data"]
    assert [(node["key"], [child["key"] for child in node["children"]]) for node in filtered] == [
        ("beta", ["leaf"])
    ]
    assert (await owner.get(f"{CATEGORIES}/tree", params={"root_id": str(uuid4())})).status_code == 404


async def test_list_filters_and_pages(owner: Signed, stranger: Signed) -> None:
    found = await chain(owner, 3)
    foreign = await category(stranger, "foreign")

    async def keys(**query: Any) -> list[str]:
        body = (await owner.get(f"{CATEGORIES}/", params=query)).json()
        assert body["returnedCount"] == len(body["data"])
        return [row["key"] for row in body["data"]]

    assert await keys() == ["c2", "c1", "c0"]
    assert await keys(parent_id=found[0]["id"]) == ["c1"]
    assert await keys(level=2) == ["c2"]
    assert await keys(search="C1") == ["c1"]
    assert await keys(filter_id="none") == []
    assert await keys(limit=1, offset=1) == ["c1"]
    assert (await owner.get(f"{CATEGORIES}/", params={"limit": 1})).json()["total"] == 3
    assert (await owner.get(f"{CATEGORIES}/", params={"parent_id": foreign["id"]})).status_code == 404
    assert (await owner.get(f"{CATEGORIES}/", params={"limit": 501})).status_code == 400
    for method, sub, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", {}),
        ("GET", "/entities", None),
        ("PATCH", "/i18n", {"locale": "de", "name": "x"}),
        ("POST", "/link", {"entity_type": "tenant", "entity_id": owner.tenant_id}),
        ("DELETE", "/unlink", {"entity_type": "tenant", "entity_id": owner.tenant_id}),
    ):
        assert (
            await owner.request(method, f"{CATEGORIES}/{foreign['id']}{sub}", json=body)
        ).status_code == 404, sub
    assert (
        await owner.post(f"{CATEGORIES}/", json={"key": "k", "name": "n", "parent_id": foreign["id"]})
    ).status_code == 404


async def test_delete_needs_a_replacement_for_what_is_linked(owner: Signed) -> None:
    old, new, parent = (
        await category(owner, "old"),
        await category(owner, "new"),
        await category(owner, "parent"),
    )
    child = await category(owner, "child", parent_id=parent["id"])
    one, two = (
        await make(owner, "One", category_ids=[old["id"], new["id"]]),
        await make(owner, "Two", category_ids=[old["id"]]),
    )
    path = f"{CATEGORIES}/{old['id']}"
    assert (await owner.delete(path)).status_code == 409
    assert (await owner.request("DELETE", path, json={})).status_code == 409
    assert (
        await owner.request("DELETE", path, json={"replacement_category_id": str(uuid4())})
    ).status_code == 404
    assert (
        await owner.request("DELETE", path, json={"replacement_category_id": old["id"]})
    ).status_code == 422
    gone = await owner.request("DELETE", path, json={"replacement_category_id": new["id"]})
    assert gone.json()["data"] == {"deleted": True, "relinked_count": 1, "replacement_category_id": new["id"]}
    assert (await owner.get(f"{CATEGORIES}/{new['id']}")).json()["data"]["usage_count"] == 2
    for space in (one, two):
        linked = (await owner.get(f"{SPACES}/{space['id']}")).json()["data"]["categories"]
        assert [row["id"] for row in linked] == [new["id"]]
    assert (await owner.delete(f"{CATEGORIES}/{parent['id']}")).status_code == 409
    plain = await owner.delete(f"{CATEGORIES}/{child['id']}")
    assert plain.json()["data"] == {"deleted": True, "relinked_count": 0, "replacement_category_id": None}
    assert (await owner.delete(f"{CATEGORIES}/{child['id']}")).status_code == 404
    assert (await owner.delete(f"{CATEGORIES}/{parent['id']}")).status_code == 200


async def test_delete_against_links_at_once_loses_none(owner: Signed) -> None:
    spaces = [await make(owner, f"Space {number}") for number in range(4)]
    wet = await category(owner, "wet")
    answers = await asyncio.gather(
        *(
            owner.post(f"{SPACES}/{space['id']}/categories", json={"category_id": wet["id"]})
            for space in spaces[:2]
        ),
        owner.delete(f"{CATEGORIES}/{wet['id']}"),
        *(
            owner.post(f"{SPACES}/{space['id']}/categories", json={"category_id": wet["id"]})
            for space in spaces[2:]
        ),
    )
    deleted = answers[2].status_code
    linked = [answer.status_code for place, answer in enumerate(answers) if place != 2]
    assert (deleted, set(linked)) == (200, {404}) or (deleted == 409 and 200 in linked)


async def test_category_texts(owner: Signed) -> None:
    wet = await category(owner, "wet")
    path = f"{CATEGORIES}/{wet['id']}/i18n"
    first = (await owner.patch(path, json={"locale": "de", "name": "Nass", "description": "Bank"})).json()[
        "data"
    ]
    again = (await owner.patch(path, json={"locale": "de", "name": "Nässe"})).json()["data"]
    assert (again["id"], again["category_id"], again["name"], again["description"]) == (
        first["id"],
        wet["id"],
        "Nässe",
        None,
    )
    assert (await owner.get(f"{CATEGORIES}/{wet['id']}")).json()["data"]["translations_i18n"] == {
        "de": {"name": "Nässe", "description": None}
    }
    assert (await owner.patch(path, json={"locale": "en", "name": "Wet"})).status_code == 422
    assert (await owner.patch(path, json={"locale": "es", "name": "x"})).status_code == 400
    assert (
        await owner.patch(f"{CATEGORIES}/{uuid4()}/i18n", json={"locale": "de", "name": "x"})
    ).status_code == 404
    assert (await owner.patch(f"{CATEGORIES}/{wet['id']}", json={"language": "de"})).status_code == 422


async def test_categories_are_for_administrators(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    await grant(world, member, "categories:write", "tags:write")
    wet = await category(owner, "wet")
    assert (await member.get(f"{CATEGORIES}/")).status_code == 200
    assert (await member.post(f"{CATEGORIES}/", json={"key": "k", "name": "n"})).status_code == 403
    for method, sub, body in (
        ("PATCH", "", {"name": "x"}),
        ("DELETE", "", None),
        ("PATCH", "/i18n", {"locale": "de", "name": "x"}),
    ):
        assert (await member.request(method, f"{CATEGORIES}/{wet['id']}{sub}", json=body)).status_code == 403
    for path in ("cleanup", "curated", "bulk-update"):
        assert (await member.post(f"{TAGS}/{path}", json={})).status_code == 403


async def test_link_and_unlink_by_entity(owner: Signed) -> None:
    wet, space = await category(owner, "wet"), await make(owner)
    request = {"entity_type": "space", "entity_id": space["id"]}
    link = await owner.post(f"{CATEGORIES}/{wet['id']}/link", json={**request, "preferredLanguage": "de"})
    assert link.status_code == 201
    assert (await owner.post(f"{CATEGORIES}/{wet['id']}/link", json=request)).status_code == 409
    assert (await owner.get(f"{CATEGORIES}/{wet['id']}/entities", params={"entity_type": "space"})).json()[
        "data"
    ] == [link.json()["data"]]
    assert (await owner.get(f"{CATEGORIES}/{wet['id']}/entities", params={"entity_type": "group"})).json()[
        "data"
    ] == []
    assert (await owner.get(f"{CATEGORIES}/entity", params=request)).json()["data"][0]["id"] == wet["id"]
    assert (await owner.get(f"{CATEGORIES}/entity")).status_code == 400
    assert (
        await owner.request("DELETE", f"{CATEGORIES}/{wet['id']}/unlink", json=request)
    ).status_code == 204
    assert (
        await owner.request("DELETE", f"{CATEGORIES}/{wet['id']}/unlink", json=request)
    ).status_code == 404
    missing = {"entity_type": "space", "entity_id": str(uuid4())}
    assert (await owner.post(f"{CATEGORIES}/{wet['id']}/link", json=missing)).status_code == 404


async def test_reverse_lookup_hides_private_spaces(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    wet = await category(owner, "wet")
    spaces = [
        await make(owner, name, settings={"visibility": name}, category_ids=[wet["id"]])
        for name in ("private", "tenant")
    ]
    tag_id = [await tag_space(owner, space, "x") for space in spaces][0]
    for path in (f"{CATEGORIES}/{wet['id']}/entities", f"{TAGS}/{tag_id}/entities"):
        assert len((await owner.get(path)).json()["data"]) == 2
        assert [row["entity_id"] for row in (await member.get(path)).json()["data"]] == [spaces[1]["id"]]


async def test_curated_tags_are_reused_and_stay(world: World, owner: Signed, stranger: Signed) -> None:
    curated = (await owner.post(f"{TAGS}/curated", json={"tag_name": " Whole  Genome "})).json()["data"]
    assert (curated["name"], curated["display_name"], curated["persistent"]) == (
        "whole genome",
        "Whole Genome",
        True,
    )
    assert (curated["owner_type"], curated["owner_id"]) == (
        "group",
        await group_named(world, owner, "Administrators"),
    )
    assert (await owner.post(f"{TAGS}/curated", json={"tag_name": "whole genome"})).status_code == 409
    members = await group_named(world, owner, "Members")
    other = await owner.post(f"{TAGS}/curated", json={"tag_name": "whole genome", "group_id": members})
    assert (other.status_code, other.json()["data"]["owner_id"]) == (201, members)
    for wrong in (await group_named(world, stranger, "Members"), str(uuid4())):
        assert (
            await owner.post(f"{TAGS}/curated", json={"tag_name": "y", "group_id": wrong})
        ).status_code == 404
    space = await make(owner)
    assert await tag_space(owner, space, "WHOLE genome") == curated["id"]
    unlink = {"entity_type": "space", "entity_id": space["id"]}
    assert (await owner.request("DELETE", f"{TAGS}/{curated['id']}/unlink", json=unlink)).status_code == 204
    assert (await owner.request("DELETE", f"{TAGS}/{curated['id']}/unlink", json=unlink)).status_code == 404
    assert (await owner.get(f"{TAGS}/{curated['id']}")).json()["data"]["usage_count"] == 0


async def test_unlinking_the_last_use_deletes_a_plain_tag(owner: Signed) -> None:
    one, two = await make(owner, "One"), await make(owner, "Two")
    tag_id = await tag_space(owner, one, "plain")
    assert await tag_space(owner, two, "Plain") == tag_id
    assert (await owner.get(f"{TAGS}/{tag_id}")).json()["data"]["usage_count"] == 2
    for space, status in ((one, 200), (two, 404)):
        request = {"entity_type": "space", "entity_id": space["id"]}
        assert (await owner.request("DELETE", f"{TAGS}/{tag_id}/unlink", json=request)).status_code == 204
        assert (await owner.get(f"{TAGS}/{tag_id}")).status_code == status


async def test_bulk_link_is_all_or_nothing(owner: Signed) -> None:
    space = await make(owner)
    request = {"entity_type": "space", "entity_id": space["id"]}
    linked = await owner.post(f"{TAGS}/link/bulk", json={**request, "tag_names": ["b", "A", " B ", "c"]})
    assert linked.status_code == 201
    names = {
        tag["id"]: tag["name"] for tag in (await owner.get(f"{TAGS}/entity", params=request)).json()["data"]
    }
    assert [names[link["tag_id"]] for link in linked.json()["data"]] == ["b", "a", "c"]
    assert (
        await owner.post(f"{TAGS}/link/bulk", json={**request, "tag_names": ["new", "a"]})
    ).status_code == 409
    assert (await owner.get(f"{TAGS}/")).json()["total"] == 3
    for bad in ([], ["x"] * 51, [""]):
        assert (await owner.post(f"{TAGS}/link/bulk", json={**request, "tag_names": bad})).status_code == 400


async def test_bulk_update_and_cleanup(owner: Signed) -> None:
    space = await make(owner)
    used = await tag_space(owner, space, "used")
    unused = (await owner.post(f"{TAGS}/curated", json={"tag_name": "unused"})).json()["data"]["id"]
    updates = [{"id": unused, "persistent": False}, {"id": str(uuid4()), "persistent": True}]
    assert (await owner.post(f"{TAGS}/bulk-update", json={"updates": updates})).status_code == 404
    assert (await owner.get(f"{TAGS}/{unused}")).json()["data"]["persistent"] is True
    updates = [{"id": unused, "persistent": False}, {"id": used, "persistent": True}]
    updated = (await owner.post(f"{TAGS}/bulk-update", json={"updates": updates})).json()["data"]
    assert [(tag["id"], tag["persistent"]) for tag in updated] == [(unused, False), (used, True)]
    assert (await owner.get(f"{TAGS}/{unused}")).status_code == 200
    await owner.post(f"{TAGS}/bulk-update", json={"updates": [{"id": used, "persistent": False}]})
    assert (await owner.post(f"{TAGS}/cleanup")).json() == {"data": {"deleted_count": 1}}
    assert (await owner.get(f"{TAGS}/{unused}")).status_code == 404
    assert (await owner.get(f"{TAGS}/{used}")).status_code == 200
    for bad in ([], [{"persistent": True}], [{"id": used}] * 101):
        assert (await owner.post(f"{TAGS}/bulk-update", json={"updates": bad})).status_code == 400


async def test_upgrade_translate_and_delete(world: World, owner: Signed) -> None:
    member = await world.make_member(owner)
    space = await make(owner)
    tag_id = await tag_space(owner, space, "Blood")
    path = f"{TAGS}/{tag_id}"
    assert (await member.patch(f"{path}/upgrade")).status_code == 403
    for _ in range(2):
        assert (await owner.patch(f"{path}/upgrade")).json()["data"]["persistent"] is True
    texts = {
        "translations": [
            {"locale": "de", "name": "Blut"},
            {"locale": "fr", "name": "Sang"},
            {"locale": "en", "name": "Blood!"},
        ]
    }
    assert (await member.patch(f"{path}/translations", json=texts)).status_code == 403
    tag = (await owner.patch(f"{path}/translations", json=texts)).json()["data"]
    assert (tag["name"], tag["display_name"]) == ("blood", "Blood!")
    assert tag["translations_i18n"] == {"de": {"name": "Blut"}, "fr": {"name": "Sang"}}
    german = (await owner.get(f"{TAGS}/", params={"language": "de-CH"})).json()["data"]
    assert [row["display_name"] for row in german] == ["Blut"]
    assert (await owner.get(f"{TAGS}/", params={"search": "sang"})).json()["total"] == 1
    twice = {"translations": [{"locale": "de", "name": "a"}, {"locale": "de", "name": "b"}]}
    assert (await owner.patch(f"{path}/translations", json=twice)).status_code == 422
    assert (await member.delete(path)).status_code == 403
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 404
    assert (await owner.get(f"{SPACES}/{space['id']}/tags")).json()["total"] == 0


async def test_tags_list_and_cloud(world: World, owner: Signed, stranger: Signed) -> None:
    spaces = [await make(owner, f"Space {number}") for number in range(3)]
    for count, name in ((3, "three"), (1, "one")):
        for space in spaces[:count]:
            await tag_space(owner, space, name)
    await owner.post(
        f"{TAGS}/link", json={"entity_type": "tenant", "entity_id": owner.tenant_id, "tag_name": "one"}
    )
    await owner.post(f"{TAGS}/curated", json={"tag_name": "zero"})
    foreign = await tag_space(stranger, await make(stranger), "three")
    cloud = (await owner.get(f"{TAGS}/cloud")).json()["data"]
    assert [(tag["tag_name"], tag["count"]) for tag in cloud] == [("three", 3), ("one", 2)]
    cloud = (await owner.get(f"{TAGS}/cloud", params={"entity_type": "space", "limit": 1})).json()["data"]
    assert [(tag["tag_name"], tag["count"]) for tag in cloud] == [("three", 3)]
    assert [tag["name"] for tag in (await owner.get(f"{TAGS}/")).json()["data"]] == ["zero", "one", "three"]
    assert (await owner.get(f"{TAGS}/", params={"persistent": True})).json()["total"] == 1
    assert (await owner.get(f"{TAGS}/", params={"owner_id": owner.user_id})).json()["total"] == 2
    assert (
        await owner.get(f"{TAGS}/", params={"owner_id": await group_named(world, owner, "Administrators")})
    ).json()["total"] == 1
    assert (await owner.get(f"{TAGS}/", params={"owner_id": stranger.user_id})).status_code == 404
    for method, sub, body in (
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/entities", None),
        ("PATCH", "/upgrade", None),
        ("PATCH", "/translations", {"translations": []}),
        ("DELETE", "/unlink", {"entity_type": "tenant", "entity_id": owner.tenant_id}),
    ):
        assert (await owner.request(method, f"{TAGS}/{foreign}{sub}", json=body)).status_code == 404, sub
    updates = {"updates": [{"id": foreign, "persistent": True}]}
    assert (await owner.post(f"{TAGS}/bulk-update", json=updates)).status_code == 404


async def test_what_no_slice_declares_is_not_found(owner: Signed) -> None:
    request = {"entity_type": "space", "entity_id": str(uuid4()), "tag_name": "x"}
    assert (await owner.post(f"{TAGS}/link", json=request)).status_code == 404
    assert (await owner.post(f"{TAGS}/link", json={**request, "entity_type": "planet"})).status_code == 400


async def test_every_change_is_in_the_log(world: World, owner: Signed) -> None:
    space = await make(owner)
    wet = await category(owner, "wet")
    await owner.patch(f"{CATEGORIES}/{wet['id']}", json={"name": "Wetter"})
    tag_id = await tag_space(owner, space, "x")
    await owner.patch(f"{TAGS}/{tag_id}/upgrade")
    await owner.delete(f"{TAGS}/{tag_id}")
    await owner.delete(f"{CATEGORIES}/{wet['id']}")
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        rows = await uow.conn.fetch(
            "SELECT type FROM kernel.events WHERE actor_id = $1 ORDER BY sequence", UUID(owner.user_id)
        )
    types = [row["type"] for row in rows]
    assert types[types.index("space.created") :] == [
        "space.created",
        "category.created",
        "category.updated",
        "tag.created",
        "space.tag_linked",
        "tag.updated",
        "tag.deleted",
        "category.deleted",
    ]
