"""A laboratory of the Opal face on a served Cohesin: a key, a project, genomes and reports, over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from cohesin.kernel.caller import system_caller
from cohesin.kernel.db.dsn import rewrite_dsn
from cohesin.kernel.db.embedded import running_dsn
from cohesin.kernel.db.pool import open_pool
from cohesin.kernel.uow import Units
from cohesin.partners.opal.keys import NewKey, create_key

PART = 1 << 20


class RunFailedError(Exception):
    """A genome or report ended as FAILED."""


class Opal:
    """Calls of one key. `data_dir` is the server's, with its embedded database."""

    def __init__(self, url: str, data_dir: Path, tenant_id: str) -> None:
        self.key = asyncio.run(_make_key(data_dir, UUID(tenant_id)))
        auth = (self.key.login, self.key.password)
        self.client = httpx.Client(base_url=f"{url}/opal", auth=auth, trust_env=False, timeout=600)

    def call(self, method: str, path: str, **more: Any) -> Any:
        answer = self.client.request(method, path, **more)
        answer.raise_for_status()
        return answer.json()

    def close(self) -> None:
        self.client.close()

    def make_project(self) -> int:
        return int(self.call("POST", "/projects", json={"project_name": f"Project {uuid4().hex[:6]}"})["id"])

    def put(self, project: int, body: Iterable[bytes] | bytes) -> httpx.Response:
        """Upload a file as it comes."""
        query = {"genome_label": "sample", "genome_sex": "female", "assembly_version": "hg19"}
        return self.client.put(f"/projects/{project}/genomes", params=query, content=body)

    def upload(self, project: int, path: Path) -> int:
        answer = self.put(project, blocks(path))
        answer.raise_for_status()
        return int(answer.json()["genome_id"])

    def launch(self, genome: int) -> int:
        """A whole-genome report of one person."""
        body = {"report_type": "Solo", "genome_id": genome}
        return int(self.call("POST", "/reports", json=body)["clinical_report"]["id"])

    def genome_status(self, number: int) -> str:
        return str(self.call("GET", f"/genomes/{number}")["genome_status"])

    def report_status(self, number: int) -> str:
        return str(self.call("GET", f"/reports/{number}")["status"])

    def wait_for_report(self, number: int, wanted: str = "READY TO REVIEW", seconds: float = 600) -> None:
        end = time.monotonic() + seconds
        while (status := self.report_status(number)) != wanted:
            if status == "FAILED" or time.monotonic() > end:
                message = f"report {number} is {status}"
                raise RunFailedError(message)
            time.sleep(0.1)


def blocks(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while block := file.read(PART):
            yield block


async def _make_key(data_dir: Path, tenant_id: UUID) -> NewKey:
    superuser = running_dsn(data_dir)
    assert superuser is not None
    pool = await open_pool(rewrite_dsn(superuser, database="cohesin"), size=1)
    try:
        async with Units(pool).open(system_caller(tenant_id)) as uow:
            return await create_key(uow, email="opal@example.org")
    finally:
        await pool.close()
