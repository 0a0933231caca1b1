"""The main job on a really served instance: demo loaded, killed on the way, told over HTTP alone."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pypdf
import pytest

from cohesin.app.demo import content
from cohesin.app.demo.record import DemoRecord, read_record
from cohesin.app.story.telling import Step
from cohesin.app.story.walk import Walked, walk
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import running_dsn
from tests.e2e.serving import Served, free_port

pytestmark = pytest.mark.timeout(300)
COUNTED = ("lab.customers", "lab.kits", "lab.panel_orders", "lab.shipments", "clinical.genomes", "clinical.reports",
           "clinical.gene_panels", "clinical.frozen_documents", "platform.spaces", "partners.opal_keys")  # fmt: skip
# The second space is the one that every tenant begins with.
EXPECTED = {
    "lab.customers": 7, "lab.kits": 7, "lab.panel_orders": 4, "lab.shipments": 7, "clinical.genomes": 4, "clinical.reports": 4,
    "clinical.gene_panels": 3, "clinical.frozen_documents": 2, "platform.spaces": 2, "partners.opal_keys": 1,
}  # fmt: skip


class Demo:
    """`serve --demo`, killed once in the middle of its first load and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        port = free_port()
        first = self._serve(port)
        self.killed_after = self._read_until(first, "annotating genomes")
        first.process.kill()
        first.process.wait(10)
        first.end()
        self.was_published = (folder / "demo.json").exists()
        self.served = self._serve(port)
        self.lines = self.served.wait_ready()
        record = read_record(folder / "demo.json")
        assert record is not None
        self.record: DemoRecord = record

    def _serve(self, port: int) -> Served:
        more = ("--demo",)
        return Served(self.folder, port, options=more, COHESIN_ALLOW_PRIVATE_WEBHOOKS="true")

    @staticmethod
    def _read_until(served: Served, words: str) -> str:
        for line in served.process.stdout:
            if words in line:
                return line.strip()
        raise AssertionError(served.said())

    def counts(self) -> dict[str, int]:
        dsn = rewrite_dsn(running_dsn(self.folder), database="cohesin")
        with psycopg.connect(dsn) as connection:
            return {
                table: connection.execute(
                    f"SELECT count(*) FROM {table} WHERE tenant_id = %s",  # noqa: S608 - our own names
                    (self.record.tenant.id,),
                ).fetchone()[0]
                for table in COUNTED
            }


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="cohesin-story-"))
    loaded = Demo(folder)
    yield loaded
    loaded.served.end()
    shutil.rmtree(folder)


def test_a_load_that_was_killed_ends_whole_and_nothing_is_there_twice(demo: Demo) -> None:
    assert demo.killed_after.startswith("Demo: annotating")
    assert not demo.was_published
    assert demo.counts() == EXPECTED
    path = demo.folder / "demo.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (demo.folder / "demo.partial.json").exists()
    written = json.loads(path.read_text())
    assert set(written) == {
        "url", "admin", "tenant", "owner", "caligenix", "toolbox", "opal", "alertId", "ids",
    }  # fmt: skip
    assert written["url"] == demo.served.url


def test_the_demo_holds_every_state_and_its_credentials_work(demo: Demo) -> None:
    record, url = demo.record, demo.served.url
    login = {"email": record.admin.email, "password": record.admin.password}
    assert httpx.post(f"{url}/api/v1/public/auth/login", json=login).status_code == 200
    answer = httpx.get(
        f"{url}/v1/reports", headers={"Authorization": f"Bearer {record.caligenix.key}"}
    ).json()["reports"]
    assert {one["status"] for one in answer} == {"PENDING", "AVAILABLE", "DOWNLOADED"}
    assert {one["locationId"] for one in answer} == {record.ids["location"]}
    assert {one["locationName"] for one in answer} == {content.SPACE_NAME}
    states = {}
    with httpx.Client(base_url=f"{url}/opal", auth=(record.opal.login, record.opal.password)) as opal:
        assert len(opal.get("/assay_types").json()["objects"][0]["quality_control_fields"]) >= 2
        for key, number in record.ids["reports"].items():
            report = opal.get(f"/reports/{number}").json()
            states[key] = report["status"]
            assert report["variant_report_id"] is not None
            assert report["variant_count"] > 0
    assert states == {
        "trio": "READY TO REVIEW", "panel": "READY TO REVIEW", "approved": "APPROVED", "downloaded": "APPROVED",
    }  # fmt: skip
    login = {"username": record.toolbox.username, "password": record.toolbox.password}
    token = httpx.post(f"{url}/api/v1/api-token-auth/", json=login).json()["token"]
    with httpx.Client(base_url=f"{url}/api/v1", headers={"Authorization": f"JWT {token}"}) as toolbox:
        assert len({one["status"] for one in toolbox.get("/kits/").json()}) >= 5
        reports = toolbox.get("/reports/").json()
    assert {one["status"] for one in reports} == {"pending", "report-ready"}


@pytest.fixture(scope="module")
def walked(demo: Demo) -> Walked:
    told: list[Step] = []
    done = walk(demo.record, told.append, (demo.folder / "secret_key").read_text().strip())
    assert told == done.steps
    return done


def test_the_story_walks_every_step(walked: Walked) -> None:
    assert all(step.ok for step in walked.steps)
    names = [step.name for step in walked.steps]
    for name in (
        "Toolbox token", "Customer", "Shipment", "Kit", "Registration", "Panel order", "Events", "Webhook, both signatures",
        "Laboratory takes the kit in", "Opal project", "VCF under the kit's barcode, streamed", "Panel report launched",
        "Trio report launched", "Variants read", "Variants classified in the console", "Patient fields and quality values",
        "Preview", "Status to APPROVED", "Final PDF", "Connect list with since", "Connect detail",
        "Connect download link and PDF", "Tampered links refused", "Ended link refused",
    ):  # fmt: skip
        assert name in names
    ended = next(step for step in walked.steps if step.name == "Ended link refused")
    assert ended.requests[0].endswith("403")


def test_the_report_says_what_it_has_to(walked: Walked) -> None:
    pages = pypdf.PdfReader(io.BytesIO(walked.pdf)).pages
    texts = [" ".join(page.extract_text().split()) for page in pages]
    whole = " ".join(texts)
    for words in (
        "Robin", "04/17/1988", "Carrier screening before pregnancy", "HEXA", "c.409C>T", "PAH", "c.1241A>G", "TPP1",
        "c.509-1G>A", "Pathogenic", "Likely pathogenic", "PM2", "PVS1", "ClinVar", "Not assessed", content.TENANT_NAME,
        content.QC_FIELDS[0],
    ):  # fmt: skip
        assert words.lower() in whole.lower(), words
    assert "DRAFT" not in whole
    # Single copies in genes of recessive conditions: no mode of the gene fits.
    assert "Autosomal dominant" not in whole
    for number, text in enumerate(texts, start=1):
        assert f"{number} of {len(texts)}" in text
