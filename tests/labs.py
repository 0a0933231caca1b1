"""A laboratory with an ordering partner, for tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.storage import ObjectStore
from cohesin.lab.kits.service import data_arrived
from cohesin.partners.toolbox.accounts import create_account
from cohesin_genomics.model import Assembly
from cohesin_genomics.vcf.convert import convert_vcf
from tests.jobs import run_jobs
from tests.served import PASSWORD, Signed, World

API = "/api/v1"
ADDRESS = {
    "line_1": "12 Sample Street",
    "city": "Springfield",
    "state": "MA",
    "postal_code": "02139",
    "country": "US",
}
#: Genotypes of one person at markers of the trait table, GRCh37. rs762551 is filtered, rs671 not called.
VCF = """##fileformat=VCFv4.2
##reference=GRCh37
##FILTER=<ID=LowQual,Description="Low">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##contig=<ID=1,length=249250621>
##contig=<ID=12,length=133851895>
##contig=<ID=15,length=102531392>
##contig=<ID=19,length=59128983>
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tperson
1\t11854476\trs1801131\tT\tG\t50\tPASS\t.\tGT\t1/1
1\t11856378\trs1801133\tG\tA\t50\tPASS\t.\tGT\t0/1
12\t112241766\trs671\tG\tA\t50\tPASS\t.\tGT\t./.
15\t75041917\trs762551\tC\tA\t50\tLowQual\t.\tGT\t0/1
19\t45411941\trs429358\tT\tC\t50\tPASS\t.\tGT\t0|1
"""


@dataclass
class Partner:
    """A Toolbox account with its token, and the staff of its laboratory."""

    world: World
    staff: Signed
    username: str
    token: str
    partner_id: UUID

    @property
    def tenant_id(self) -> str:
        return self.staff.tenant_id

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"JWT {self.token}", **more.pop("headers", {})}
        whole = path if path.startswith("/") else f"{API}/{path}"
        return await self.world.client.request(method, whole, headers=headers, **more)

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        response = await self.call("GET", path, params=params)
        assert response.status_code == status, response.text
        return response.json()

    async def post(self, path: str, body: Any = None, status: int = 201) -> Any:
        response = await self.call("POST", path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    async def patch(self, path: str, body: Any, status: int = 200) -> Any:
        response = await self.call("PATCH", path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    async def customer(self, **more: Any) -> Any:
        return await self.post("customers/", {"first_name": "Robin", "last_name": "Example", **more})

    async def shipment(self, customer: int, **more: Any) -> Any:
        body = {
            "customer": customer,
            "recipient_address": ADDRESS,
            "recipient_phone": "+1 617 555 0100",
            "sku": "pt-kit-1",
            "quantity": 1,
        }
        return await self.post("customer-shipments/", {**body, **more})

    async def kit(self, barcode: str | None = None) -> Any:
        return await self.post("kits/", {"barcode": barcode or new_barcode()})

    async def order(self, customer: int, *skus: str, **more: Any) -> Any:
        items = [{"panel_sku": sku} for sku in skus or ("methylation-1",)]
        return await self.post("customer-panel-orders/", {"customer": customer, "order_items": items, **more})

    async def event_types(self, **params: Any) -> list[str]:
        """Oldest first."""
        return [event["type"] for event in reversed(await self.get("events/", **params))]

    async def lab(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        response = await self.staff.request(method, f"/api/v1/secure/lab/{path}", json=body)
        assert response.status_code == status, response.text
        return response.json()["data"]

    async def lab_kit(self, barcode: str) -> Any:
        return (await self.lab("GET", f"kits/?barcode={barcode}"))[0]

    async def step(self, barcode: str, step: str, status: int = 200) -> None:
        kit = await self.lab_kit(barcode)
        body = {} if step in ("fail", "lose") else None
        response = await self.staff.post(f"/api/v1/secure/lab/kits/{kit['id']}/{step}", json=body)
        assert response.status_code == status, response.text

    async def ship(self, customer: int) -> str:
        """A kit sent to a customer; its barcode."""
        shipment = await self.shipment(customer)
        barcode = new_barcode()
        found = [s for s in await self.lab("GET", "shipments/") if s["number"] == shipment["id"]]
        await self.lab("POST", f"shipments/{found[0]['id']}/kits", {"barcode": barcode})
        return barcode

    async def data(self, barcode: str, genome_key: str) -> None:
        async with self.world.services.units.open(system_caller(UUID(self.tenant_id))) as uow:
            assert await data_arrived(uow, barcode, genome_key) is not None

    async def place(self) -> str:
        """A space of the laboratory."""
        made = await self.staff.post("/api/v1/secure/spaces/", json={"name": f"Site {uuid4().hex[:8]}"})
        return made.json()["data"]["id"]

    async def run_jobs(self, **more: Any) -> list[str]:
        return await run_jobs(self.world, self.tenant_id, **more)


def new_barcode() -> str:
    return f"MK{uuid4().hex[:16].upper()}"


async def make_partner(world: World, staff: Signed, **more: Any) -> Partner:
    """A new account of a new partner, logged in."""
    username = f"partner-{uuid4().hex[:10]}"
    password_hash = await world.services.get(PasswordHasher).hash(PASSWORD)
    async with world.services.units.open(system_caller(UUID(staff.tenant_id))) as uow:
        account = await create_account(
            uow,
            world.services.get(Sealer),
            username=username,
            password_hash=password_hash,
            email=f"{username}@example.org",
            **more,
        )
    login = {"username": username, "password": PASSWORD}
    response = await world.client.post("/api/v1/api-token-auth/", json=login)
    assert response.status_code == 200, response.text
    return Partner(world, staff, username, response.json()["token"], account.partner_id)


@pytest.fixture
async def partner(world: World, owner: Signed) -> Partner:
    return await make_partner(world, owner)


@pytest.fixture
async def rival(world: World, owner: Signed) -> Partner:
    """Another account of the same laboratory."""
    return await make_partner(world, owner)


@pytest.fixture(scope="session")
async def genome_key(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A stored genome with known genotypes."""
    folder: Path = tmp_path_factory.mktemp("genome")
    (folder / "person.vcf").write_text(VCF)
    converted = convert_vcf(folder / "person.vcf", folder / "out", assembly=Assembly.GRCH37)
    key = f"genomes/{uuid4()}.parquet"
    await world.services.get(ObjectStore).put_file(key, converted.files["person"])
    return key
