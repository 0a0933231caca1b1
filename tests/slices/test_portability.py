"""Spreadsheets out and in again, for every entity that has them."""

from __future__ import annotations

import csv
from typing import Any
from uuid import UUID, uuid4

import pytest

from cohesin.abilities.portability.cells import neutralised, restored
from cohesin.kernel.caller import system_caller
from tests.served import Signed, World
from tests.slices.members import grant
from tests.slices.spreadsheets import BASES, FORMATS, export, fill, send, sheet, stored, table, take_in

each_entity = pytest.mark.parametrize("entity", list(BASES))
each_format = pytest.mark.parametrize("kind", FORMATS)


@each_entity
@each_format
async def test_an_export_imports_back_to_the_same(owner: Signed, entity: str, kind: str) -> None:
    await fill(owner)
    before = await stored(owner, entity)
    content = await export(owner, entity, kind)
    assert len(table(content, kind)) == len(before) >= 1
    for strategy, field in (("skip", "skipped"), ("replace", "updated"), ("merge", "updated")):
        done = await take_in(owner, entity, content, f"x.{kind}", mergeStrategy=strategy)
        assert (done["errors"], done["warnings"], done["success"]) == ([], [], True), strategy
        assert done["stats"][field] == done["totalRows"] == len(before)
        assert await stored(owner, entity) == before
        assert await export(owner, entity) == await export(owner, entity, "csv")


@each_entity
async def test_what_was_changed_since_comes_back(owner: Signed, entity: str) -> None:
    await fill(owner)
    content = await export(owner, entity)
    before = await stored(owner, entity)
    one = table(content)[-1]["id"]
    changes = {
        "spaces": (
            "PATCH",
            "",
            {"name": "Other", "homeLocation": {"latitude": 1, "longitude": 2}, "tag_ids": []},
        ),
        "categories": ("PATCH", "", {"name": "Other", "description": "Other", "translations_i18n": {}}),
        "tags": ("PATCH", "/translations", {"translations": [{"locale": "de", "name": "Other"}]}),
        "groups": ("PUT", "", {"name": "Other", "permissions": []}),
    }
    method, path, body = changes[entity]
    assert (await owner.request(method, f"{BASES[entity]}/{one}{path}", json=body)).status_code == 200
    assert await stored(owner, entity) != before
    assert (await take_in(owner, entity, content, mergeStrategy="skip"))["stats"]["updated"] == 0
    assert await stored(owner, entity) != before
    assert (await take_in(owner, entity, content, mergeStrategy="replace"))["success"]
    assert await stored(owner, entity) == before


@each_entity
async def test_rows_without_id_are_made_with_their_events(
    world: World, owner: Signed, stranger: Signed, entity: str
) -> None:
    await fill(owner)
    rows = table(await export(owner, entity))
    kept = [
        {
            name: value
            for name, value in row.items()
            if name not in ("id", "owner_id", "parent_id", "categories", "tags")
        }
        for row in rows
        if row.get("type") != "default" and row["name"] not in ("Administrators", "Members", "_x0041_")
    ]
    done = await take_in(stranger, entity, sheet(*kept))
    assert (done["errors"], done["stats"]["created"]) == ([], len(kept))
    again = table(await export(stranger, entity))
    mine = [
        {name: row[name] for name in kept[0]} for row in again if row["name"] in {k["name"] for k in kept}
    ]
    assert mine == kept
    async with world.services.units.open(system_caller(UUID(stranger.tenant_id))) as uow:
        made = await uow.conn.fetchval(
            "SELECT count(*) FROM kernel.events WHERE tenant_id = $1 AND type LIKE '%.created' AND actor_id = $2",
            UUID(stranger.tenant_id),
            UUID(stranger.user_id),
        )
    assert made == len(kept)


@each_entity
async def test_a_dry_run_tells_all_and_changes_nothing(world: World, owner: Signed, entity: str) -> None:
    await fill(owner)
    before = await export(owner, entity)
    new = {"name": "fresh", "key": "fresh", "permissions": ""}
    header = before.decode().partition("\r\n")[0].split(",")
    content = sheet(
        {name: value for name, value in new.items() if name in header}, {"name": ""} | {"id": "x"}
    )
    done = await take_in(owner, entity, content, dryRun=True)
    assert (done["dryRun"], done["stats"]["created"], done["stats"]["errors"]) == (True, 1, 1)
    assert await export(owner, entity) == before
    async with world.services.units.open(system_caller(UUID(owner.tenant_id))) as uow:
        assert not await uow.conn.fetchval(
            "SELECT count(*) FROM kernel.events WHERE tenant_id = $1 AND data::text LIKE '%fresh%'",
            UUID(owner.tenant_id),
        )


async def test_merge_keeps_what_is_empty_and_replace_clears_it(owner: Signed) -> None:
    await fill(owner)
    row = next(row for row in table(await export(owner, "spaces")) if row["name"] == "'-Keller")
    thin = {
        "id": row["id"],
        "name": "Cellar",
        "description": "",
        "latitude": "3",
        "settings": '{"n": 1}',
        "name_de": "",
    }
    assert (await take_in(owner, "spaces", sheet(thin), mergeStrategy="merge"))["success"]
    merged = (await owner.get(f"{BASES['spaces']}/{row['id']}")).json()["data"]
    assert (merged["name"], merged["description"]) == ("Cellar", 'a, b; "c"')
    assert merged["homeLocation"] == {"latitude": 3, "longitude": 170.5}
    assert (merged["settings"]["n"], merged["settings"]["visibility"]) == (1, "private")
    assert set(merged["translations_i18n"]) == {"de", "de-CH"}
    assert (await take_in(owner, "spaces", sheet(thin), mergeStrategy="replace"))["success"]
    replaced = (await owner.get(f"{BASES['spaces']}/{row['id']}")).json()["data"]
    assert (replaced["description"], replaced["settings"]) == (None, {"n": 1})
    assert set(replaced["translations_i18n"]) == {"de-CH"}
    assert len(replaced["categories"]) == 2


async def test_rows_meet_what_has_their_key(owner: Signed) -> None:
    await fill(owner)
    content = sheet({"name": "ÜNÏ 木", "description": "new"}, {"name": "B"}, {"name": "b"})
    done = await take_in(owner, "groups", content)
    assert done["stats"] == {"created": 1, "updated": 0, "skipped": 1, "duplicates": 2, "errors": 1}
    assert [(error["row"], error["code"], error["identifier"]) for error in done["errors"]] == [
        (4, "DUPLICATE_ENTRY", "b")
    ]
    tags = await take_in(
        owner, "tags", sheet({"name": "@cell, LINE", "display_name": "@Cell, line"}), mergeStrategy="merge"
    )
    assert (tags["stats"]["updated"], tags["errors"]) == (1, [])
    keys = await take_in(owner, "categories", sheet({"key": "root", "name": "R"}), mergeStrategy="merge")
    assert keys["stats"]["updated"] == 1


@pytest.mark.parametrize(
    ("entity", "row", "column", "code"),
    [
        ("spaces", {"name": "", "description": "x"}, "name", "REQUIRED_FIELD"),
        ("spaces", {"name": "x"}, "name", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "id": "7"}, "id", "INVALID_UUID"),
        ("spaces", {"name": "ok", "id": str(uuid4())}, "id", "REFERENCE_NOT_FOUND"),
        ("spaces", {"name": "ok", "latitude": "north"}, "latitude", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "latitude": "91", "longitude": "0"}, "latitude", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "latitude": "9"}, "longitude", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "settings": "[1]"}, "settings", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "settings": '{"a": NaN}'}, "settings", "INVALID_FORMAT"),
        ("spaces", {"name": "ok", "settings": '{"visibility": 1}'}, "settings", "VALIDATION_ERROR"),
        ("spaces", {"name": "ok", "categories": "nowhere"}, "categories", "REFERENCE_NOT_FOUND"),
        ("spaces", {"name": "ok", "tags": "nothing"}, "tags", "REFERENCE_NOT_FOUND"),
        ("spaces", {"name": "ok", "type": "system"}, None, "VALIDATION_ERROR"),
        ("spaces", {"name": "ok", "name_en": "x"}, "name_en", "VALIDATION_ERROR"),
        ("spaces", {"name": "ok", "description_de": "x"}, "name_de", "REQUIRED_FIELD"),
        ("categories", {"name": "ok", "key": "Not A Key"}, "key", "INVALID_FORMAT"),
        ("categories", {"name": "ok", "key": "k", "parent_id": str(uuid4())}, None, "REFERENCE_NOT_FOUND"),
        ("tags", {"name": "x" * 101}, "name", "INVALID_FORMAT"),
        ("tags", {"name": "ok", "persistent": "perhaps"}, "persistent", "INVALID_FORMAT"),
        ("groups", {"name": "ok", "permissions": "everything"}, "permissions", "INVALID_FORMAT"),
    ],
)
async def test_a_faulty_row_is_named_and_leaves_nothing(
    owner: Signed, entity: str, row: dict, column: str | None, code: str
) -> None:
    before = await export(owner, entity)
    done = await take_in(owner, entity, sheet(row))
    assert done["success"] is False
    assert (done["stats"]["errors"], done["stats"]["created"]) == (1, 0)
    (error,) = done["errors"]
    assert (error["row"], error.get("column"), error["code"]) == (2, column, code)
    if column is not None and row.get(column):
        assert error["value"] == row[column]
    assert await export(owner, entity) == before


async def test_valid_rows_beside_faulty_ones(owner: Signed) -> None:
    content = sheet({"name": "Good"}, {"name": "x" * 300}, {"name": "Better"})
    strict = await take_in(owner, "groups", content, skipErrors=False)
    assert (strict["success"], strict["stats"]["created"], strict["stats"]["errors"]) == (False, 0, 1)
    assert "Good" not in (await export(owner, "groups")).decode()
    loose = await take_in(owner, "groups", content)
    assert (loose["stats"]["created"], loose["stats"]["errors"]) == (2, 1)
    assert {"Good", "Better"} <= {row["name"] for row in table(await export(owner, "groups"))}


async def test_options_for_what_is_missing(owner: Signed) -> None:
    await fill(owner)
    category = next(row for row in table(await export(owner, "categories")) if row["key"] == "root")
    done = await take_in(
        owner,
        "spaces",
        sheet({"name": "New", "tags": 'brand new,"Cell, Line"', "odd": "1"}),
        createMissingTags=True,
        defaultCategoryId=category["id"],
    )
    assert (done["errors"], done["warnings"]) == ([], ["Column `odd` is not known and was left out."])
    made = next(row for row in table(await export(owner, "spaces")) if row["name"] == "New")
    assert (made["categories"], set(next(csv.reader([made["tags"]])))) == (
        "root",
        {"brand new", "cell, line"},
    )


async def test_exports_are_pages_of_what_one_may_read(world: World, owner: Signed, stranger: Signed) -> None:
    await fill(owner)
    whole = table(await export(owner, "spaces"))
    page = table(await export(owner, "spaces", limit=2, offset=1))
    assert [row["id"] for row in page] == [row["id"] for row in whole[1:3]]
    assert "name_de" in whole[0]
    german = (await export(owner, "spaces", language="de")).decode().partition("\r\n")[0].split(",")
    assert ("name_de" in german, "name_de-CH" in german) == (True, False)
    member = await world.make_member(owner)
    assert "'-Keller" not in {row["name"] for row in table(await export(member, "spaces"))}
    assert not {row["id"] for row in table(await export(stranger, "spaces"))} & {row["id"] for row in whole}
    answer = await owner.get(f"{BASES['spaces']}/export", params={"format": "pdf"})
    assert answer.status_code == 400


async def test_imports_grant_nothing(world: World, owner: Signed, stranger: Signed) -> None:
    await fill(owner)
    before = {entity: await export(owner, entity) for entity in BASES}
    for entity in BASES:
        done = await take_in(stranger, entity, before[entity], mergeStrategy="replace")
        assert {error["code"] for error in done["errors"]} == {"REFERENCE_NOT_FOUND"}
        assert done["stats"]["errors"] == done["totalRows"]
    member = await world.make_member(owner)
    for entity in ("categories", "tags", "groups"):
        assert (await send(member, entity, before[entity])).status_code == 403
    rows = [row for row in table(before["spaces"]) if row["name"] != "'-Keller"]
    done = await take_in(member, "spaces", sheet(*rows, {"name": "New"}), mergeStrategy="replace")
    assert {error["code"] for error in done["errors"]} == {"VALIDATION_ERROR"}
    assert done["stats"]["errors"] == len(rows) + 1
    await grant(world, member, "groups:write", "groups:read")
    done = await take_in(member, "groups", sheet({"name": "Kings", "permissions": "*"}))
    assert (done["stats"]["created"], done["errors"][0]["code"]) == (0, "VALIDATION_ERROR")
    assert {entity: await export(owner, entity) for entity in ("spaces", "categories", "tags")} == {
        entity: before[entity] for entity in ("spaces", "categories", "tags")
    }


async def test_a_key_covers_the_file(owner: Signed) -> None:
    def form(name: str) -> dict[str, Any]:
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\r\n'
        return {
            "content": head + name.encode() + b"\r\n\r\n--b--\r\n",
            "headers": {"Content-Type": "multipart/form-data; boundary=b", "Idempotency-Key": key},
        }

    key, path = uuid4().hex, f"{BASES['spaces']}/import"
    first, again = [await owner.post(path, **form("Once")) for _ in range(2)]
    assert (first.status_code, first.content) == (200, again.content)
    assert (await owner.post(path, **form("Twice"))).status_code == 409
    assert [row["name"] for row in table(await export(owner, "spaces"))].count("Once") == 1


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'", "'x", "-", "@a", "\tx", "\rx", "+1", "x=1", ""])
def test_no_text_begins_a_formula_and_every_text_comes_back(text: str) -> None:
    assert neutralised(text)[:1] not in tuple("=+-@\t\r")
    assert restored(neutralised(text)) == text
