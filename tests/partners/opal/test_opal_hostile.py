"""Bodies and queries of the wrong kind: each gets its status, none a 500 (P13 to P16)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.partners.opal.laboratory import Laboratory

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/reports", json.dumps({"report_type": "exome", "hpo_terms": DEEP}), 422),
        ("/reports", json.dumps({"report_type": "exome", "hpo_terms": "[1]"}), 422),
        ("/reports", DEEP, 400),
        ("/reports", json.dumps(DEEP), 422),
        ("/reports", b'{"report_type": "exome", "accession_id": "\\ud800"}', 400),
        ("/reports", json.dumps({"report_type": "exome", "genome_id": "9" * 5000}), 422),
        ("/jobs", b"", 400),
        ("/jobs", b'{"accession_id": "a\\u0000"}', 400),
        ("/jobs", b'{"accession_id": "a\\\\u0000"}', 200),
        ("/jobs", b'{"accession_id": 1e400}', 400),
        ("/projects", b"project_name=%ff%fe", 400),
        ("/projects", b"project_name=\xff", 400),
        ("/projects", b"project_name=a%00", 400),
        ("/projects", b"no form at all", 400),
        ("/projects", b"null", 422),
    ],
)
async def test_unreadable_bodies(lab: Laboratory, path: str, content: Any, status: int) -> None:
    answer = await lab.request("POST", path, content=content)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert set(answer.json()) <= {"description", "error", "code", "fields"}
        assert "Value error" not in answer.text


@pytest.mark.parametrize("value", ["1.0", "+1", "1_0", "0x1", "", "x", "1e2", "٣"])
@pytest.mark.parametrize("name", ["limit", "offset", "genome_id"])
async def test_numbers_in_queries_are_digits(lab: Laboratory, name: str, value: str) -> None:
    assert (await lab.get("/reports", **{name: value})).status_code == 400


async def test_blank_and_null_are_the_same_of_a_condition_gene(lab: Laboratory) -> None:
    first = await lab.ok(
        "POST", "/condition_genes", body={"CUI": "", "gene_symbol": "SDHB", "condition": "c"}
    )
    assert (first["CUI"], first["notes"]) == (None, None)
    more = {"CUI": None, "gene_symbol": " sdhb ", "condition": "other", "notes": " "}
    assert await lab.ok("POST", "/condition_genes", body=more) == first


async def test_places_take_digits_in_a_string(lab: Laboratory) -> None:
    report = (await lab.ok("POST", "/reports", body={"report_type": "exome"}))["clinical_report"]["id"]
    place = [{"chromosome": "chr1", "start_on_chrom": "5", "end_on_chrom": "7"}]
    assert (await lab.ok("POST", f"/reports/{report}/selectable_variants", body=place))["total"] == 0
    for wrong in (None, "x", 1.5, True):
        body = [{"chromosome": "chr1", "start_on_chrom": wrong}]
        refused = await lab.request("POST", f"/reports/{report}/selectable_variants", body=body)
        assert refused.status_code == 422, wrong
