from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.iam import service
from cohesin.platform.iam.schemas import (
    Action,
    Decision,
    ManageableResource,
    ManageableSpace,
    SpaceMembership,
)
from tests.served import Signed, World

BASE = "/api/v1/secure/iam"


async def test_the_overview_of_an_owner_and_of_a_member(world: World, owner: Signed) -> None:
    data = (await owner.get(f"{BASE}/")).json()["data"]
    assert (data["userId"], data["tenantId"], data["email"]) == (owner.user_id, owner.tenant_id, owner.email)
    assert (data["isTenantAdmin"], data["isSystemAdmin"]) == (True, False)
    assert [group["name"] for group in data["groups"]] == ["Administrators"]
    assert data["effectivePermissions"] == ["*"]
    member = await world.make_member(owner)
    data = (await member.get(f"{BASE}/")).json()["data"]
    assert data["isTenantAdmin"] is False
    assert data["effectivePermissions"] == sorted(data["groups"][0]["permissions"])
    assert (await member.get(f"{BASE}/me/permissions")).json()["data"] == data["effectivePermissions"]


async def test_a_system_administrator_in_a_foreign_tenant(world: World, owner: Signed) -> None:
    there = {"headers": {"X-Tenant-ID": owner.tenant_id}}
    data = (await world.admin.get(f"{BASE}/", **there)).json()["data"]
    assert (data["tenantId"], data["groups"], data["isSystemAdmin"]) == (owner.tenant_id, [], True)
    assert data["effectivePermissions"] == ["*"]
    assert (await owner.get(f"{BASE}/", headers={"X-Tenant-ID": world.admin.tenant_id})).status_code == 403


class Ward:
    """A slice of one space and one resource in one tenant, registered as the real ones are."""

    def __init__(self) -> None:
        self.tenant_id = ""
        self.reader = ""
        self.id = uuid4()

    async def decide(self, uow: UnitOfWork, entity_id: UUID, action: Action) -> Decision | None:
        if entity_id != self.id or str(uow.tenant_id) != self.tenant_id:
            return None
        if str(uow.caller.id) != self.reader:
            return Decision(allowed=False, rule="no_right")
        return Decision(allowed=action == "read", rule="space_reader")

    async def memberships(self, uow: UnitOfWork) -> list[SpaceMembership]:
        return [SpaceMembership(self.id, "Ward", "reader")] if str(uow.caller.id) == self.reader else []

    async def spaces(self, uow: UnitOfWork) -> list[ManageableSpace]:
        return [ManageableSpace(self.id, "Ward")] if uow.caller.is_tenant_admin else []

    async def resources(self, uow: UnitOfWork) -> list[ManageableResource]:
        found = ManageableResource(id=self.id, space_id="", name="Bed", status="active")
        return [found] if uow.caller.is_tenant_admin else []


@pytest.fixture
def ward(monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setattr(service, "_checkers", {})
    for name in ("_space_memberships", "_manageable_spaces", "_manageable_resources"):
        monkeypatch.setattr(service, name, [])
    ward = Ward()
    service.register_entity_access("space", ward.decide)
    service.register_space_memberships(ward.memberships)
    service.register_manageable_spaces(ward.spaces)
    service.register_manageable_resources(ward.resources)
    return ward


async def test_can_tells_the_rule_that_decided(
    world: World, owner: Signed, stranger: Signed, ward: Ward
) -> None:
    reader, other = await world.make_member(owner), await world.make_member(owner)
    ward.tenant_id, ward.reader = owner.tenant_id, reader.user_id

    async def can(who: Signed, action: str, kind: str = "space", entity: object = None) -> tuple:
        params = {"entity_type": kind, "entity_id": str(entity or ward.id), "action": action}
        response = await who.get(f"{BASE}/can", params=params)
        return (response.status_code, response.json().get("allowed"), response.json().get("rule"))

    assert await can(owner, "write") == (200, True, "tenant_admin")
    assert await can(reader, "read") == (200, True, "space_reader")
    assert await can(reader, "write") == (200, False, "space_reader")
    assert await can(other, "read") == (200, False, "no_right")
    for answer in (
        await can(stranger, "read"),
        await can(owner, "read", entity=uuid4()),
        await can(owner, "read", kind="resource"),
    ):
        assert answer == (404, None, None)
    assert (await can(owner, "delete"))[0] == 400
    assert (await can(owner, "read", kind="user"))[0] == 400
    assert (await owner.get(f"{BASE}/can")).status_code == 400


async def test_lists_come_from_the_slices_that_registered(world: World, owner: Signed, ward: Ward) -> None:
    reader = await world.make_member(owner)
    ward.tenant_id, ward.reader = owner.tenant_id, reader.user_id
    mine = (await reader.get(f"{BASE}/me/spaces")).json()["data"]
    assert mine == [{"space_id": str(ward.id), "space_name": "Ward", "role": "reader"}]
    assert (await reader.get(f"{BASE}/me/spaces/manageable")).json()["data"] == []
    assert (await owner.get(f"{BASE}/me/spaces/manageable")).json()["data"] == [
        {"id": str(ward.id), "name": "Ward"}
    ]
    assert (await owner.get(f"{BASE}/me/resources/manageable")).json()["data"][0]["name"] == "Bed"
