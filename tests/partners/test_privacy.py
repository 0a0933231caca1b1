"""One person's way through the faces: their data stands in the tables made for it and nowhere else."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import structlog
from psycopg import sql

from cohesin.kernel.log import configure_logging
from cohesin_genomics.vcf.split import split_samples
from tests.labs import Partner
from tests.partners.opal.laboratory import VCF, Laboratory, open_laboratory
from tests.served import World

PERSON = {
    "first_name": "Zebedeeus",
    "last_name": "Quuxington",
    "email": "zebedeeus.q@example.org",
    "date_of_birth": "1947-03-29",
    "reference_id": "REF-ZQ-77",
}
#: What none of the server's own records may name.
# The birthday in the forms it is written in: its year alone stands by chance in ids and sealed bytes, as "1947".
BIRTHDAY = ("1947-03", "/1947", "19470329", "march 1947", "mar 1947")
WORDS = (
    "zebedee",
    "quuxington",
    *BIRTHDAY,
    "ref-zq-77",
    "granny lane",
    "5550123",
    "tremor of",
    "wobbly note",
)
MARKERS = [
    {"rsid": "rs1801133", "allele": "AG"},
    {"rsid": "rs987654321", "allele": "CG"},
    {"rsid": "rs1801131", "allele": "TT"},
]


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative level."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logging("debug", "json", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def rows_of(database: Any, tenant: str, *schemas: str) -> dict[str, list[str]]:
    """Every row of a tenant by table, as text; of a table without tenants all rows."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(database.superuser_dsn) as connection:
        tables = connection.execute(
            """SELECT n.nspname, c.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid
                      AND a.attname = 'tenant_id' AND NOT a.attisdropped)
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema')
                  AND (%s = '{}' OR n.nspname = ANY(%s))""",
            (list(schemas), list(schemas)),
        ).fetchall()
        for schema, table, has_tenant in tables:
            query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(schema, table))
            if has_tenant:
                query += sql.SQL(" WHERE tenant_id = {}").format(sql.Literal(UUID(tenant)))
            found[f"{schema}.{table}"] = [row[0] for row in connection.execute(query)]
    return found


async def go_through(lab: Laboratory, partner: Partner, vcf: Path) -> int:
    """From the order to the approved report; answers the report's number."""
    customer = await partner.customer(**PERSON, consent_date="2026-01-01")
    await partner.order(customer["id"])
    barcode = await partner.ship(customer["id"])
    await partner.post("customers/", {**PERSON, "sex": "Zebedee", "date_of_birth": "1947-03-40"}, status=400)
    (registration,) = await partner.get("customer-kit-registrations/", customer=customer["id"])
    path = f"customer-kit-registrations/{registration['id']}/"
    await partner.patch(path, {"verification_date": "2026-02-09"})
    genome = await lab.genome(
        await lab.project(), vcf, external_id=barcode, genome_label="Zebedeeus Quuxington", genome_sex="male"
    )
    body = {"report_type": "panel", "panel_id": await lab.panel("PER3"), "genome_id": genome}
    body["accession_id"] = "REF-ZQ-77"
    report = (await lab.ok("POST", "/reports", body=body))["clinical_report"]["id"]
    fields = {
        "First Name": "Zebedeeus", "Last Name": "Quuxington", "Patient DOB": "03/29/1947",
        "Indication for Testing": "tremor of hands", "Address": "1 Granny Lane, 5550123",
    }  # fmt: skip
    await lab.ok("POST", f"/reports/{report}/patient_fields", body=fields)
    refused = await lab.request("POST", f"/reports/{report}/patient_fields", body={"Name": ["Zebedeeus"]})
    assert refused.status_code == 422
    assert "zebedee" not in refused.text.lower()
    await lab.work()
    (variant,) = (await lab.ok("GET", f"/reports/{report}/variants"))["objects"]
    place = f"/reports/{report}/variants/{variant['id']}"
    await lab.ok("PATCH", place, body=[{"op": "replace", "path": "/to_report", "value": "PRIMARY_FINDING"}])
    await lab.ok("POST", f"{place}/internal_notes", body={"note": "wobbly note on Zebedeeus"})
    for status in ("WAITING FOR APPROVAL", "APPROVED"):
        assert (await lab.status(report, status)).status_code == 200
    await partner.run_jobs()
    return report


async def test_no_record_of_the_server_names_the_person(
    world: World, partner: Partner, database: Any, tmp_path: Path, logged: io.StringIO
) -> None:
    lab = await open_laboratory(world, owner=partner.staff)
    vcf = split_samples(VCF / "trio_NA12882_scout_GRCh37.vcf.gz", tmp_path)["ADM1059A2"]
    await go_through(lab, partner, vcf)
    kept = rows_of(database, partner.tenant_id, "kernel", "tasks")
    assert kept["kernel.events"]
    customers = rows_of(database, partner.tenant_id, "lab")["lab.customers"]
    assert any("Zebedeeus" in row for row in customers)  # the search finds what is there
    told = {"log": logged.getvalue().splitlines(), **kept}
    told["deliveries"] = rows_of(database, partner.tenant_id, "lab")["lab.deliveries"]
    told["events face"] = [str(event) for event in await partner.get("events/")]
    assert len(told["log"]) > 10
    for name, lines in told.items():
        for line in lines:
            assert not [word for word in WORDS if word in line.lower()], (name, line)
            # PER3 c.3046_3099del, the person's own variant
            assert "3046_3099" not in line, (name, line)
            assert "7889972" not in line, (name, line)


async def test_sent_genotypes_stand_nowhere_in_the_clear(
    world: World, partner: Partner, database: Any, logged: io.StringIO
) -> None:
    await partner.lab("PATCH", f"partners/{partner.partner_id}", {"may_send_genetic_data": True})
    customer = (await partner.customer())["id"]
    await partner.order(customer, genetic_data=MARKERS)
    twice = [*MARKERS, {"rsid": "rs987654321", "allele": "GG"}]
    order = {"customer": customer, "order_items": [{"panel_sku": "methylation-1"}], "genetic_data": twice}
    refused = await partner.call("POST", "customer-panel-orders/", json=order)
    assert refused.status_code == 400
    assert "987654321" not in refused.text
    for _ in range(2):  # while it waits for consent, and after the report was made
        for table, rows in rows_of(database, partner.tenant_id).items():
            for row in rows:
                assert "987654321" not in row, table
                assert not ("1801133" in row and ("A/G" in row or "AG" in row.split('"'))), table
                assert b"987654321".hex() not in row, table
                assert b"rs1801133".hex() not in row or table == "lab.panels", table
        files = [path for path in world.settings.data_dir.rglob("*") if path.is_file()]
        assert not [path for path in files if b"987654321" in path.read_bytes()]
        assert "987654321" not in logged.getvalue()
        assert "1801133" not in logged.getvalue()
        await partner.patch(f"customers/{customer}/", {"consent_date": "2026-01-01"})
        await partner.run_jobs()
    (report,) = await partner.get("reports/")
    assert report["status"] == "report-ready"
