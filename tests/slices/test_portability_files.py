"""Files and forms that an import takes and refuses."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from tests.served import Signed
from tests.slices.spreadsheets import BASES, export, send, table, take_in


def xlsx(*rows: list[Any]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return content.getvalue()


def repacked(content: bytes, **parts: bytes) -> bytes:
    out = io.BytesIO()
    named = {"sheet": "xl/worksheets/sheet1.xml", "extra": "xl/extra.xml"}
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in {named[part] for part in parts}:
                new.writestr(name, old.read(name))
        for part, text in parts.items():
            new.writestr(named[part], text)
    return out.getvalue()


GOOD = xlsx(["name"], ["From Excel"])
BOMB = (
    b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]><worksheet>&a;</worksheet>"
)


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("rows.xlsx", b"no zip", 422),
        ("rows.xlsx", b"PK\x03\x04broken", 422),
        ("rows.xlsx", repacked(GOOD, sheet=BOMB), 422),
        ("rows.xlsx", repacked(GOOD, sheet=BOMB.decode().encode("utf-16")), 422),
        ("rows.xlsx", repacked(GOOD, extra=b"0" * (65 * 1024 * 1024)), 422),
        ("rows.csv", b"", 422),
        ("rows.csv", b"\xff\xfe\x00", 422),
        ("rows.csv", b"nothing,known\r\n1,2\r\n", 422),
        ("rows.csv", b"name,name\r\n1,2\r\n", 422),
        ("rows.csv", b'name\r\n"open', 422),
        ("rows.csv", b"name\r\n" + b"x\r\n" * 10_001, 422),
        ("rows.csv", b"name\r\n" + b"x" * (10 * 1024 * 1024), 413),
        ("rows.csv", b"name\r\n" + b"x" * (11 * 1024 * 1024), 413),
        ("rows.csv", GOOD, 415),
        ("rows.pdf", b"%PDF-1.7", 415),
        ("rows.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 415),
    ],
    ids=range(16),
)
async def test_files_that_are_refused(owner: Signed, name: str, content: bytes, status: int) -> None:
    answer = await send(owner, "groups", content, name)
    assert answer.status_code == status, answer.text
    assert len(table(await export(owner, "groups"))) == 2


async def test_forms_that_are_refused(owner: Signed) -> None:
    path = f"{BASES['groups']}/import"
    file = {"file": ("rows.csv", b"name\r\nA\r\n")}
    assert (await owner.post(path, json={"file": "x"})).status_code == 415
    assert (await owner.post(path, files={"other": ("a.csv", b"name")})).status_code == 400
    for options in ("{", '{"mergeStrategy": "guess"}', '{"dryRun": "yes"}', "[]"):
        answer = await owner.post(path, files=file, data={"options": options})
        assert answer.status_code == 400, options
        assert answer.json()["details"]["errors"][0]["path"].startswith("options")
    broken = {"Content-Type": "multipart/form-data; boundary=b"}
    assert (await owner.post(path, content=b"--b\r\nnot a form", headers=broken)).status_code == 400
    assert (
        await owner.post(path, content=b"x", headers={"Content-Type": "multipart/form-data"})
    ).status_code == 400
    assert (await owner.post(path, files=file)).json()["data"]["stats"]["created"] == 1


async def test_far_away_cells_cost_nothing(owner: Signed) -> None:
    sheet_xml = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    answer = await send(owner, "groups", repacked(GOOD, sheet=sheet_xml), "x.xlsx")
    assert answer.status_code == 422
    assert len(table(await export(owner, "groups"))) == 2


async def test_a_text_too_long_for_a_cell_is_refused_not_cut(owner: Signed) -> None:
    long = {"name": "Long", "description": "x" * 32_768}
    assert (await owner.post(f"{BASES['spaces']}/", json=long)).status_code == 201
    assert (await owner.get(f"{BASES['spaces']}/export", params={"format": "xlsx"})).status_code == 422
    row = next(row for row in table(await export(owner, "spaces")) if row["name"] == "Long")
    assert row["description"] == long["description"]


async def test_excels_own_cells(owner: Signed) -> None:
    content = xlsx(["name", "latitude", "longitude"], ["From Excel", 1.5, -2], [12345, None, None], [])
    done = await take_in(owner, "spaces", content, "rows.xlsx")
    assert (done["errors"], done["stats"]["created"], done["totalRows"]) == ([], 2, 2)
    assert {"From Excel", "12345"} <= {row["name"] for row in table(await export(owner, "spaces"))}
    unnamed = ("rows", b"name\r\nBy type\r\n", "text/csv")
    answer = await owner.post(f"{BASES['groups']}/import", files={"file": unnamed})
    assert answer.json()["data"]["stats"]["created"] == 1
    semicolons = "\ufeffname;description\r\nÖl;a, b, c\r\n".encode()
    assert (await take_in(owner, "groups", semicolons))["errors"] == []
