"""A laboratory that speaks Opal: its key, its real genomes, and a worker that does what was queued."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

import cohesin_genomics
from cohesin.kernel.caller import system_caller
from cohesin.kernel.tasks import REGISTRY, TaskContext
from cohesin.partners.opal.keys import NewKey, create_key
from tests.served import Signed, World

VCF = Path(cohesin_genomics.__file__).parent / "data" / "vcf"


class SameProcess:
    """Runs heavy work in a thread of this process; the real runner has tests of its own."""

    async def run(self, func: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.to_thread(func, *args)

    async def run_reporting(self, func: Callable[..., Any], on_progress: Any, *args: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await asyncio.to_thread(
            func, lambda fraction, stage: loop.call_soon_threadsafe(on_progress, fraction, stage), *args
        )


@dataclass
class Laboratory:
    """One key of one tenant."""

    world: World
    owner: Signed
    key: NewKey
    processes: Any

    @property
    def tenant_id(self) -> UUID:
        return UUID(self.owner.tenant_id)

    async def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        more.setdefault("auth", (self.key.login, self.key.password))
        if "data" in more and not isinstance(more["data"], dict):
            more["content"] = more.pop("data")
        if "body" in more:
            more["content"] = json.dumps(more.pop("body"))
        return await self.world.client.request(method, f"/opal{path}", **more)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.request("GET", path, params=params)

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        response = await self.request(method, path, **more)
        assert response.status_code == 200, response.text
        return response.json()

    async def project(self) -> int:
        return (await self.ok("POST", "/projects/", body={"project_name": "Exomes"}))["id"]

    async def upload(self, project: int, content: bytes, **query: Any) -> httpx.Response:
        query = {"genome_label": "sample", "genome_sex": "unspecified", "assembly_version": "hg19", **query}
        return await self.request("PUT", f"/projects/{project}/genomes", params=query, content=content)

    async def genome(self, project: int, path: Path, **query: Any) -> int:
        response = await self.upload(project, path.read_bytes(), **query)  # noqa: ASYNC240 - a small file
        assert response.status_code == 200, response.text
        return response.json()["genome_id"]

    async def panel(self, genes: str) -> int:
        number = (await self.ok("POST", "/panels/", body={"name": "Panel", "description": "Genes"}))["id"]
        await self.ok("POST", f"/panels/{number}/regions", body={"gene_symbols": genes})
        return number

    async def status(self, report: int, value: str) -> httpx.Response:
        body = [{"op": "replace", "path": "/status", "value": value}]
        return await self.request("PATCH", f"/reports/{report}/update_status/", body=body)

    async def jobs(self) -> list[tuple[int, str, dict[str, Any]]]:
        async with self.world.services.units.open() as uow:
            rows = await uow.conn.fetch(
                """SELECT id, task_name, args FROM tasks.procrastinate_jobs
                    WHERE status = 'todo' AND task_name LIKE 'clinical.%' AND args::text LIKE '%' || $1 || '%'
                    ORDER BY id""",
                str(self.tenant_id),
            )
        return [(row["id"], row["task_name"], row["args"]) for row in rows]

    def context(self, job_id: int, attempt: int = 1) -> TaskContext:
        services = self.world.services
        return TaskContext(
            job_id=job_id,
            attempt=attempt,
            services=services,
            pool=services.units.pool,
            processes=self.processes,
        )

    async def end_job(self, job_id: int) -> None:
        async with self.world.services.units.open() as uow:
            await uow.conn.execute(
                "UPDATE tasks.procrastinate_jobs SET status = 'succeeded' WHERE id = $1", job_id
            )

    async def work(self) -> list[str]:
        """Do everything that is queued for this tenant, and what that queues; answers the names of what was done."""
        done = []
        while jobs := await self.jobs():
            for job_id, name, args in jobs:
                await REGISTRY[name](self.context(job_id), **args)
                await self.end_job(job_id)
                done.append(name)
        return done


async def open_laboratory(
    world: World, *, read_only: bool = False, owner: Signed | None = None
) -> Laboratory:
    """A tenant with a key."""
    person = owner or await world.make_tenant()
    async with world.services.units.open(system_caller(UUID(person.tenant_id))) as uow:
        key = await create_key(uow, email=person.email, read_only=read_only)
    return Laboratory(world, person, key, SameProcess())
