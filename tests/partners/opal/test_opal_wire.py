"""Calls byte for byte as the vendor's clients send them, over a socket: no content type, odd queries, false labels."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from cohesin.app.asgi import create_app
from tests.partners.opal.laboratory import Laboratory
from tests.served import running

JSON_PATCH = "application/json-patch+json"
FORM = "application/x-www-form-urlencoded"
VCF = (
    b"##fileformat=VCFv4.2\n##reference=GRCh37\n##contig=<ID=7,length=159138663>\n"
    b'##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tpatient\n7\t117199644\t.\tATCT\tA\t50\tPASS\t.\tGT\t0/1\n"
)


@dataclass
class Wire:
    """A socket to the server, and the key to speak with."""

    port: int
    lab: Laboratory

    async def send(
        self, method: str, target: str, body: bytes = b"", media: str | None = None
    ) -> tuple[int, bytes]:
        """One call; answers status and body. Nothing is sent that is not named here."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        login = base64.b64encode(f"{self.lab.key.login}:{self.lab.key.password}".encode()).decode()
        lines = [f"{method} /opal{target} HTTP/1.1", "Host: localhost", f"Authorization: Basic {login}"]
        lines += ["Connection: close", "Accept-Encoding: identity"]
        lines += [f"Content-Type: {media}"] if media else []
        lines += [f"Content-Length: {len(body)}"] if body else []
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        await writer.drain()
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        return int(head.split(b" ", 2)[1]), content

    async def ok(self, method: str, target: str, body: object = None, media: str | None = None) -> object:
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        status, content = await self.send(method, target, raw, media)
        assert status == 200, content
        return json.loads(content)


@pytest.fixture
async def wire(lab: Laboratory) -> AsyncIterator[Wire]:
    app = create_app(lab.world.settings)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, lifespan="off", log_config=None, loop="asyncio")
    )
    async with running(app):
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0)
        yield Wire(server.servers[0].sockets[0].getsockname()[1], lab)
        server.should_exit = True
        await serving


async def test_the_calls_of_the_clients(wire: Wire) -> None:
    form = b"project_name=Demo&description=Try-out&share_role=CONTRIBUTOR"
    project = (await wire.ok("POST", "/projects/", form, FORM))["id"]
    assert (await wire.ok("GET", "/projects/"))["total"] == 1
    query = "genome_label=sample%20one&genome_sex=male&assembly_version=hg19&external_id=ext-1&bam_file=s3://b/x.bam"
    genome = (await wire.ok("PUT", f"/projects/{project}/genomes?{query}", VCF))["genome_id"]
    blanks = "None%20%20%20%20%20%20%20%20%20%20%20"
    query = f"genome_label=lab+el&genome_sex=female&external_id={blanks}&assembly_version=hg19&format=vcf"
    uploaded = await wire.ok("PUT", f"/projects/{project}/genomes?{query}", VCF)
    assert (uploaded["external_id"], uploaded["genome_label"]) == (None, "lab el")
    query = "genome_label=b.vcf&genome_sex=unspecified&filename=&assembly_version=hg19&external_id="
    await wire.ok("PUT", f"/projects/{project}/genomes?{query}", VCF)
    edit = {"name": "new name", "external_id": "ext-2", "project_id": str(project)}
    assert (await wire.ok("PUT", f"/genomes/{genome}", edit))["external_id"] == "ext-2"
    texts = {"name": "Ataxia", "description": "Ataxia genes", "methodology": None, "limitations": None,
             "fda_disclosure": None, "test_code": "T-44"}  # fmt: skip
    panel = (await wire.ok("POST", "/panels/", texts))["id"]
    regions = await wire.ok("POST", f"/panels/{panel}/regions", {"gene_symbols": "ATXN1, NOTAGENE"})
    assert (regions["added"], regions["not_found"]) == (["ATXN1"], ["NOTAGENE"])
    assert (await wire.ok("GET", "/panels/?name=Atax&description=genes&test_code=T-44&"))["total"] == 1
    pair = {"CUI": "C0037050", "gene_symbol": "NCOR1", "condition": "c"}
    await wire.ok("POST", "/condition_genes/", pair, "application/json")
    assert (await wire.ok("GET", "/condition_genes/?cui=C0037050&gene_symbol=NCOR1"))["total"] == 1
    job = await wire.ok("POST", "/jobs", {"accession_id": "ACC-1"}, "application/json")
    assert await wire.ok("GET", f"/jobs?uuid={job['uuid']}") == job
    assert (await wire.ok("GET", "/jobs"))["total"] == 1
    assert await wire.ok("DELETE", f"/genomes/{genome}") == {"id": genome, "deleted": True}


async def test_a_reports_calls_of_the_clients(wire: Wire, trio: dict[str, Path]) -> None:
    lab = wire.lab
    genome = await lab.genome(await lab.project(), trio["proband"])
    panel = await lab.panel("PER3")
    launch = {
        "report_type": "panel",
        "genome_id": None,
        "panel_id": panel,
        "filter_id": None,
        "accession_id": "ACC-1",
    }
    number = (await wire.ok("POST", "/reports/", launch))["clinical_report"]["id"]
    attach = {
        "proband_genome_id": str(genome), "proband_sex": "m", "hpo_terms": "null", "filter_id": -1,
        "family_1": {"genome_id": None, "sex": None, "affected": None, "relationship": None, "label": None},
    }  # fmt: skip
    assert (await wire.ok("PUT", f"/reports/{number}", attach))["clinical_report"]["genome_id"] == genome
    await lab.work()
    assert (await wire.ok("GET", f"/reports/{number}"))["status"] == "READY TO REVIEW"
    assert len((await wire.ok("GET", f"/reports/{number}/?extended=True"))["variants"]) == 1
    fields = {"Patient Name": "Robin", "Gender": "Female", "Accession Number": "1234"}
    assert await wire.ok("POST", f"/reports/{number}/patient_fields", fields) == [
        {k: v} for k, v in fields.items()
    ]
    assert await wire.ok("POST", f"/reports/{number}/patient_fields", fields, FORM)  # curl --data's label
    quality = {"Cluster density": "170", "Cluster PF": ".82"}
    assert await wire.ok("POST", f"/reports/{number}/qc_data", quality) == [
        {k: v} for k, v in quality.items()
    ]
    literal = [{"op": "replace", "path": "/status", "value": "status_name"}]
    status, _ = await wire.send(
        "PATCH", f"/reports/{number}/update_status/", json.dumps(literal).encode(), JSON_PATCH
    )
    assert status == 422
    query = "?status=FAILED_CONFIRMATION&status=REVIEWED&to_report=PRIMARY_FINDING&to_report=DO_NOT_REPORT"
    more = "&extended=True&chrom=7&start_on_chrom=1339&end_on_chrom=99999999&alt=C"
    assert (await wire.ok("GET", f"/reports/{number}/variants{query}{more}"))["total"] == 0
    assert (await wire.ok("GET", f"/reports/{number}/variants?&offset=0&limit=5"))["total"] == 1
    assert (await wire.ok("GET", f"/reports/{number}/variants?"))["total"] == 1
    variant = (await wire.ok("GET", f"/reports/{number}/variants"))["objects"][0]["id"]
    steps = [{"op": "replace", "path": "/status", "value": "FAILED_CONFIRMATION"},
             {"op": "replace", "path": "/to_report", "value": "PRIMARY_FINDING"}]  # fmt: skip
    doubled = json.dumps(json.dumps(steps)).encode()  # scripts since removed sent a string that holds JSON
    assert (await wire.ok("PATCH", f"/reports/{number}/variants/{variant}", doubled, JSON_PATCH))[
        "id"
    ] == variant
    note = {"note": "Check coverage"}
    path = f"/reports/{number}/variants/{variant}/internal_notes"
    assert (await wire.ok("POST", path, note, "application/json"))["note"] == "Check coverage"
    scored = "scored?scoring_status=classified&audit_log=true"
    assert (await wire.ok("GET", f"/reports/{number}/variants/{scored}"))["total"] == 0
    status, vcf = await wire.send("GET", f"/reports/{number}/variants?status=FAILED_CONFIRMATION&format=VCF")
    assert (status, vcf.count(b"\tFAIL\t")) == (200, 1)
    again = await wire.ok("PUT", f"/reports/{number}/variants?format=vcf", vcf)
    assert (again["updated"], again["unchanged"]) == (0, 1)
    assert (await wire.ok("GET", f"/reports/{number}/structural_variants?status=REVIEWED&chrom=X"))[
        "total"
    ] == 0
    assert (await wire.ok("GET", "/reports/?accession_id=ACC&genome_name=sample"))["total"] == 1
    status, pdf = await wire.send("GET", f"/reports/{number}/pdf_preview")
    assert (status, pdf[:5]) == (200, b"%PDF-")
    assert (await wire.send("GET", f"/reports/{number}/pdf_report"))[0] == 422
    status, absent = await wire.send("GET", "/reports/404404")
    assert (status, set(json.loads(absent))) == (404, {"description", "error", "code"})
