"""Commands on a real database, as an operator gives them."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from cohesin.app.cli import main
from cohesin.clinical.genomes.service import list_genomes
from cohesin.clinical.projects.service import create_project
from cohesin.kernel.caller import system_caller
from cohesin.kernel.log import configure_logging
from cohesin_genomics.knowledge import DATA
from tests.conftest import SECRET_KEY, Cluster
from tests.served import Signed, World

VCF = DATA / "vcf" / "CEPH1463_17members_CFTR_region_GRCh37.vcf.gz"


class Operator:
    """Runs `cohesin …` with the served installation's settings, in a thread of its own as it opens its own loop."""

    def __init__(self, world: World) -> None:
        self.environ = {
            "COHESIN_APP_DATABASE_URL": world.settings.app_database_url,
            "COHESIN_SECRET_KEY": SECRET_KEY,
            "COHESIN_DATA_DIR": str(world.settings.data_dir),
        }

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner(env=self.environ).invoke, main, list(arguments))

    async def json(self, *arguments: str) -> Any:
        result = await self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def operator(world: World) -> Any:
    yield Operator(world)
    configure_logging("warning")  # the commands set it up on streams that end with them


async def domain_of(owner: Signed) -> str:
    tenant = await owner.get(f"/api/v1/secure/tenants/{owner.tenant_id}")
    return tenant.json()["data"]["domain"]


async def test_a_connect_key_works_until_it_is_disabled(world: World, operator: Operator, owner: Signed):
    made = await operator.json(
        "keys",
        "create",
        "--face",
        "caligenix",
        "--tenant",
        await domain_of(owner),
        "--scopes",
        "reports:read",
    )
    assert made["scopes"] == ["reports:read"]
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert (await world.client.get("/v1/reports", headers=headers)).status_code == 200
    assert (await operator.json("keys", "disable", made["id"]))["disabled"]
    assert (await world.client.get("/v1/reports", headers=headers)).status_code == 401


async def test_every_opal_key_is_another_user(world: World, operator: Operator, owner: Signed):
    domain = await domain_of(owner)
    first = await operator.json("keys", "create", "--face", "opal", "--tenant", domain)
    second = await operator.json("keys", "create", "--face", "opal", "--tenant", domain, "--read-only")
    assert first["user"] != second["user"]
    assert (first["read_only"], second["read_only"]) == (False, True)

    async def projects(key: dict[str, Any]) -> int:
        pair = base64.b64encode(f"{key['login']}:{key['password']}".encode()).decode()
        answer = await world.client.get("/opal/projects", headers={"Authorization": f"Basic {pair}"})
        return answer.status_code

    assert await projects(first) == await projects(second) == 200
    await operator.json("keys", "disable", first["login"])
    assert await projects(first) == 403
    assert await projects(second) == 200


async def test_a_toolbox_account_signs_in_until_it_is_disabled(
    world: World, operator: Operator, owner: Signed
):
    made = await operator.json("keys", "create", "--face", "toolbox", "--tenant", await domain_of(owner))
    login = {"username": made["username"], "password": made["password"]}
    assert (await world.client.post("/api/v1/api-token-auth/", json=login)).status_code == 200
    await operator.json("keys", "disable", made["username"])
    assert (await world.client.post("/api/v1/api-token-auth/", json=login)).status_code != 200


async def test_wrong_lines_and_unknown_names_have_their_codes(operator: Operator):
    line = ("keys", "create", "--tenant", "nowhere.example")
    assert (await operator.run(*line, "--face", "caligenix", "--read-only")).exit_code == 2
    unknown = await operator.run(*line, "--face", "opal")
    assert unknown.exit_code == 1
    assert "nowhere.example" in unknown.output
    assert (await operator.run("keys", "disable", "nobody")).exit_code == 1
    assert (await operator.run("keys", "disable", "opal_nobody")).exit_code == 1


async def test_a_vcf_is_imported_as_a_genome_of_the_project(world: World, operator: Operator, owner: Signed):
    caller = system_caller(UUID(owner.tenant_id))
    async with world.services.units.open(caller) as uow:
        project = await create_project(uow, "Imported", "", "NONE")
    line = (
        "import-vcf",
        str(VCF),
        "--tenant",
        await domain_of(owner),
        "--label",
        "Family",
        "--sex",
        "female",
    )
    made = await operator.json(*line, "--project", str(project.number), "--external-id", "KIT-9")
    async with world.services.units.open(caller) as uow:
        (genome,) = await list_genomes(uow, project)
    assert (genome.number, genome.external_id, genome.sex) == (made["number"], "KIT-9", "female")
    assert genome.size == VCF.stat().st_size
    assert (await operator.run(*line, "--project", "999999")).exit_code == 1
    refused = await operator.run(*line, "--project", str(project.number), "--assembly", "GRCh38")
    assert refused.exit_code == 1
    assert "GRCh37" in refused.output


async def test_the_keyring_rotates(operator: Operator, cluster: Cluster, worker_id: str):
    """On a database of its own: two rotations would end tokens of other tests."""
    own = cluster.create(f"keyring_{worker_id}", migrated=True)
    operator.environ["COHESIN_APP_DATABASE_URL"] = own.app_dsn
    first, second = [(await operator.json("keyring", "rotate"))["kid"] for _ in range(2)]
    assert first != second
    cluster.drop(own.name)


async def test_doctor_looks_at_worker_data_and_pages(operator: Operator, tmp_path: Path):
    source = tmp_path / "own.GRCh37.tsv"
    source.write_text("chrom\tpos\tref\talt\tAF\tAF_nfe\n7\t117199644\tATCT\tA\t0.007\t0.012\n")
    await operator.json("reference", "load", str(source), "--release", "ours 1")
    result = await operator.run("doctor", "--json")
    found = {one["check"]: one for one in json.loads(result.stdout)}
    assert result.exit_code == 0
    assert found["task worker"]["state"] == "warning"
    assert "frequencies ours 1 (GRCh37)" in found["reference data"]["detail"]
    listed = await operator.json("reference", "list")
    folder = Path(operator.environ["COHESIN_DATA_DIR"]) / "reference"
    (folder / listed[0]["path"]).unlink()
    result = await operator.run("doctor", "--json")
    found = {one["check"]: one["state"] for one in json.loads(result.stdout)}
    assert (result.exit_code, found["reference data"]) == (1, "failed")
    (folder / "manifest.json").unlink()
