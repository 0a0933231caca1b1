"""Sending spreadsheets and reading them, for tests."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import openpyxl

from tests.served import Signed

SECURE = "/api/v1/secure"
BASES = {
    "spaces": f"{SECURE}/spaces",
    "categories": f"{SECURE}/taxonomy/categories",
    "tags": f"{SECURE}/taxonomy/tags",
    "groups": f"{SECURE}/groups",
}
LISTS = {**BASES, "categories": f"{BASES['categories']}/", "tags": f"{BASES['tags']}/"}
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
FORMATS = tuple(MEDIA)


async def export(who: Signed, entity: str, kind: str = "csv", **query: Any) -> bytes:
    answer = await who.get(f"{BASES[entity]}/export", params={"format": kind, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == MEDIA[kind]
    assert answer.headers["content-disposition"] == f'attachment; filename="{entity}.{kind}"'
    return answer.content


async def send(
    who: Signed, entity: str, content: bytes, name: str = "rows.csv", **options: Any
) -> httpx.Response:
    return await who.post(
        f"{BASES[entity]}/import", files={"file": (name, content)}, data={"options": json.dumps(options)}
    )


async def take_in(who: Signed, entity: str, content: bytes, name: str = "rows.csv", **options: Any) -> dict:
    answer = await send(who, entity, content, name, **options)
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"]
    assert found["entityType"] == entity
    return found


def table(content: bytes, kind: str = "csv") -> list[dict[str, Any]]:
    if kind == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        return [dict(zip(header, row, strict=True)) for row in rows]
    text = io.StringIO(content.decode(), newline="")
    return list(csv.DictReader(text, delimiter="\t" if kind == "tsv" else ","))


def sheet(*rows: dict[str, Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def stored(who: Signed, entity: str) -> list[dict[str, Any]]:
    """Every object in full, without what any write changes."""
    ids = [row["id"] for row in table(await export(who, entity))]
    found = [(await who.get(f"{BASES[entity]}/{one}")).json()["data"] for one in ids]
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in found]


async def fill(who: Signed) -> None:
    """Something of each entity: Unicode, formulas, lists, maps, translations, and what is empty."""

    async def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await who.post(f"{SECURE}/{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    root = await post(
        "taxonomy/categories/",
        {
            "key": "root",
            "name": "=1+1",
            "description": "'@x",
            "translations_i18n": {"de": {"name": "Wurzel", "description": "Ä\n\tö"}, "fr": {"name": "-R"}},
        },
    )
    twin = await post("taxonomy/categories/", {"key": "twin", "name": "Zwilling 木", "filter_id": "+f"})
    await post("taxonomy/categories/", {"key": "twin", "name": "_x0041_", "parent_id": root["id"]})
    tag = await post("taxonomy/tags/curated", {"tag_name": "@Cell, Line"})
    answer = await who.patch(
        f"{BASES['tags']}/{tag['id']}/translations",
        json={"translations": [{"locale": "de", "name": "Zelle"}]},
    )
    assert answer.status_code == 200
    await post("groups/create", {"name": "=cmd|'/c'!A1", "permissions": ["spaces:read", "tags:*"]})
    await post("groups/create", {"name": "Ünï 木", "description": '+49, "x"\r\ny; \t'})
    await post(
        "spaces/",
        {
            "name": "-Keller",
            "description": 'a, b; "c"',
            "homeLocation": {"latitude": -0.30000000000000004, "longitude": 170.5},
            "settings": {"visibility": "private", "ä": [1, 2.5, None, {"x": "=y"}]},
            "category_ids": [root["id"], twin["id"]],
            "tag_ids": [tag["id"]],
            "translations_i18n": {"de": {"name": "Keller"}, "de-CH": {"name": "Chäller", "description": "x"}},
        },
    )
    await post("spaces/", {"name": "00123"})
    await post("spaces/", {"name": "true"})
