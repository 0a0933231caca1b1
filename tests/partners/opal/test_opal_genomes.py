"""Genomes: P26 to P40."""

from __future__ import annotations

import asyncio
import bz2
import gzip
import hashlib
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from uuid import uuid4

import pytest

from cohesin.clinical.genomes.entity import UploadFacts
from cohesin.clinical.genomes.upload import NoRoomError, take_file
from cohesin.clinical.sweeping import sweep
from cohesin.kernel.storage import ObjectStore, StorageFullError
from cohesin.kernel.tasks import REGISTRY
from tests.partners.opal.laboratory import VCF, Laboratory
from tests.served import World

HEADER = b"##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n"
COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n"
SMALL = HEADER + COLUMNS + b"1\t7847400\t.\tA\tG\t50\tPASS\t.\tGT:DP\t0/1:20\n"


async def keys_of(world: World) -> set[str]:
    store = world.services.get(ObjectStore)
    return {key async for key in store.list_keys("genomes")}


async def test_an_upload_answers_at_once_and_is_annotated_later(
    lab: Laboratory, trio: dict[str, Path]
) -> None:
    project = await lab.project()
    content = trio["mother"].read_bytes()
    checksum = hashlib.md5(content).hexdigest()
    answer = (
        await lab.upload(
            project, content, genome_label="The Mother", external_id=" 1 ", checksum=checksum, format="VCF.GZ"
        )
    ).json()
    assert answer == {
        "genome_id": answer["genome_id"],
        "genome_label": "The Mother",
        "external_id": "1",
        "size": f"{len(content) / 1000:.1f} kB",
    }
    number = answer["genome_id"]
    genome = await lab.ok("GET", f"/genomes/{number}")
    assert (genome["genome_status"], genome["name"], genome["report_count"]) == ("QUEUED", "The Mother", 0)
    assert (genome["uploaded_by"], genome["is_upgraded"], genome["project_id"]) == (
        lab.key.user_number,
        False,
        project,
    )
    await lab.work()
    assert (await lab.ok("GET", f"/projects/{project}/genomes/{number}/"))["genome_status"] == "ANNOTATED"
    assert (await lab.ok("GET", f"/projects/{project}/genomes"))["total"] == 1
    other = await lab.project()
    assert (await lab.get(f"/projects/{other}/genomes/{number}")).status_code == 404
    assert (await lab.upload(999999999, content)).status_code == 404


@pytest.mark.parametrize("query", [
    {"assembly_version": "hg38"}, {"assembly_version": ""}, {"genome_sex": "m"}, {"genome_label": " "},
    {"genome_label": "x" * 101}, {"format": "json"}, {"checksum": "zz"},
])  # fmt: skip
async def test_bad_attributes_are_400(lab: Laboratory, query: dict) -> None:
    assert (await lab.upload(await lab.project(), SMALL, **query)).status_code == 400


@pytest.mark.parametrize(
    ("sent", "kept"), [(None, None), ("", None), ("None" + " " * 11, None), ("  a b ", "a b")]
)
async def test_external_ids(lab: Laboratory, sent: str | None, kept: str | None) -> None:
    query = {} if sent is None else {"external_id": sent}
    assert (await lab.upload(await lab.project(), SMALL, **query)).json()["external_id"] == kept


def bgzip_cut() -> bytes:
    whole = (VCF / "trio_NA12882_scout_GRCh37.vcf.gz").read_bytes()
    return whole[:-40]


REFUSED = {
    "no VCF": (b"hello\n", {}),
    "empty": (b"", {}),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"x" * 100, {}),
    "no samples": (HEADER + b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n", {}),
    "another assembly": (SMALL.replace(b"249250621", b"248956422"), {}),
    "another version": (SMALL.replace(b"VCFv4.2", b"VCFv3.3"), {}),
    "cut off": (gzip.compress(SMALL * 200)[:-300], {}),
    "cut off bgzip": (bgzip_cut(), {}),
    "other packing": (gzip.compress(SMALL), {"format": "vcf"}),
    "plain for gzip": (SMALL, {"format": "vcf.gz"}),
    "compress": (SMALL, {"format": "vcf.Z"}),
    "checksum": (SMALL, {"checksum": "0" * 32}),
    "sha1": (SMALL, {"checksum": "0" * 40}),
    "sha256": (SMALL, {"checksum": "0" * 64}),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_unusable_files_are_422_and_leave_nothing(world: World, lab: Laboratory, case: str) -> None:
    content, query = REFUSED[case]
    project = await lab.project()
    before = await keys_of(world)
    refused = await lab.upload(project, content, **query)
    assert refused.status_code == 422, refused.text
    assert await keys_of(world) == before
    assert (await lab.ok("GET", f"/projects/{project}/genomes"))["total"] == 0


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha256"])
async def test_right_checksums_and_packings(lab: Laboratory, digest: str) -> None:
    content = bz2.compress(SMALL)
    checksum = hashlib.new(digest, content).hexdigest().upper()
    assert (
        await lab.upload(await lab.project(), content, checksum=checksum, format="vcf.bz2")
    ).status_code == 200
    assert (await lab.upload(await lab.project(), content, checksum="")).status_code == 200


async def test_a_broken_file_fails_with_a_mail_and_its_reports(world: World, lab: Laboratory) -> None:
    project = await lab.project()
    broken = SMALL + b"1\tnot a position\t.\tA\tG\t50\tPASS\t.\tGT:DP\t0/1:20\n"
    genome = (await lab.upload(project, broken)).json()["genome_id"]
    panel = await lab.panel("CFTR")
    body = {"report_type": "panel", "panel_id": panel, "genome_id": genome}
    waiting = (await lab.ok("POST", "/reports", body=body))["clinical_report"]
    assert await lab.work() == ["clinical.annotate_genome", "clinical.mail_genome_failure"]
    assert (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "FAILED"
    assert (await lab.ok("GET", f"/reports/{waiting['id']}"))["status"] == "FAILED"
    late = (await lab.ok("POST", "/reports", body=body))["clinical_report"]
    assert late["status"] == "FAILED"
    mails = [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in (world.settings.data_dir / "outbox").glob("*.eml")
    ]
    mine = [mail for mail in mails if mail["To"] == lab.owner.email]
    assert len(mine) == 1
    assert "line 5" in mine[0].get_content()


async def test_a_multi_sample_file_is_taken_but_starts_nothing(lab: Laboratory) -> None:
    project = await lab.project()
    genome = await lab.genome(project, VCF / "trio_NA12882_scout_GRCh37.vcf.gz")
    await lab.work()
    assert (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "ANNOTATED"
    refused = await lab.request("POST", "/reports", body={"report_type": "Solo", "genome_id": genome})
    assert refused.status_code == 422


async def test_editing_keeps_what_is_null(lab: Laboratory) -> None:
    project, other = await lab.project(), await lab.project()
    genome = (await lab.upload(project, SMALL, genome_label="one", external_id="e1")).json()["genome_id"]
    path = f"/genomes/{genome}"
    edited = await lab.ok("PUT", path, body={"name": "two", "external_id": None, "project_id": str(other)})
    assert (edited["name"], edited["external_id"], edited["project_id"]) == ("two", "e1", other)
    assert await lab.ok("PUT", path, body={}) == edited
    assert (await lab.request("PUT", path, body={"project_id": 999999999})).status_code == 422
    assert (await lab.request("PUT", path, body={"project_id": "x"})).status_code == 422
    assert (await lab.request("PUT", path, body={"name": " "})).status_code == 422
    assert (await lab.request("PUT", "/genomes/999999999", body={})).status_code == 404


async def test_deleting_removes_the_files_and_is_refused_while_used(world: World, lab: Laboratory) -> None:
    project = await lab.project()
    genome = (await lab.upload(project, SMALL)).json()["genome_id"]
    await lab.work()
    panel = await lab.panel("CFTR")
    await lab.ok("POST", "/reports", body={"report_type": "panel", "panel_id": panel, "genome_id": genome})
    assert (await lab.ok("GET", f"/genomes/{genome}"))["report_count"] == 1
    assert (await lab.request("DELETE", f"/genomes/{genome}")).status_code == 422
    free = (await lab.upload(project, SMALL)).json()["genome_id"]
    await lab.work()
    before = await keys_of(world)
    assert await lab.ok("DELETE", f"/genomes/{free}") == {"id": free, "deleted": True}
    assert (await lab.request("DELETE", f"/genomes/{free}")).status_code == 404
    await lab.work()
    assert len(before - await keys_of(world)) == 3


class FullStore(ObjectStore):
    """A store on a disk without room."""

    async def put_stream(self, key, source, *, max_bytes=None):
        async for _ in source:
            pass
        raise StorageFullError("the object store is full")


async def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    async def chunks():
        yield SMALL

    store = FullStore.in_folder(tmp_path)
    facts = UploadFacts(label="x", sex="male", assembly="GRCh37")
    with pytest.raises(NoRoomError):
        await take_file(store, "genomes/x/original", chunks(), facts, 1 << 20)
    assert [key async for key in store.list_keys("genomes")] == []


async def test_objects_that_no_row_names_are_swept(world: World, lab: Laboratory) -> None:
    await lab.upload(await lab.project(), SMALL)
    store = world.services.get(ObjectStore)
    orphan = f"genomes/{lab.tenant_id}/{uuid4()}/original"
    await store.put_bytes(orphan, SMALL)
    before = await keys_of(world)
    assert await sweep(world.services.units, store, timedelta(days=1)) == 0
    await sweep(world.services.units, store, timedelta(days=-1))
    assert before - await keys_of(world) >= {orphan}
    listed = (await lab.ok("GET", "/genomes"))["objects"]
    assert await lab.work() == ["clinical.annotate_genome"] * len(listed)
    assert (await lab.ok("GET", f"/genomes/{listed[0]['id']}"))["genome_status"] == "ANNOTATED"


async def test_an_annotation_that_was_cut_off_is_done_again(lab: Laboratory, trio: dict[str, Path]) -> None:
    genome = await lab.genome(await lab.project(), trio["father"])
    ((job, name, args),) = await lab.jobs()
    running = asyncio.create_task(REGISTRY[name](lab.context(job), **args))
    while (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "QUEUED":  # noqa: ASYNC110 - another task changes it
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "ANNOTATING"
    assert await lab.work() == ["clinical.annotate_genome"]
    assert (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "ANNOTATED"
    await REGISTRY[name](lab.context(job), **args)
    assert (await lab.ok("GET", f"/genomes/{genome}"))["genome_status"] == "ANNOTATED"
