"""Connect: keys, scopes and the order of checks (C01-C08)."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.api_keys import CONNECT_PREFIX, PLATFORM_PREFIX, generate
from cohesin.kernel.errors import InvalidInputError, NotFoundError
from cohesin.partners.caligenix import keys
from tests.connect_lab import REPORTS, Organisation
from tests.served import World


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_c01_every_call_but_two_needs_a_key(world: World, organisation: Organisation) -> None:
    report = await organisation.add_report()
    for path in (REPORTS, f"{REPORTS}/{report}", f"{REPORTS}/{report}/download-url"):
        assert code(await world.client.get(path)) == (401, "AUTH_REQUIRED")
    assert (await world.client.get("/v1/health")).status_code == 200
    assert code(await world.client.get(f"/v1/files/{report}")) == (400, "BAD_REQUEST")
    assert (await organisation.get(REPORTS)).status_code == 200


async def test_c02_no_other_credential_is_a_key(world: World, organisation: Organisation) -> None:
    key = organisation.key
    wrong = [
        f"Bearer {generate(CONNECT_PREFIX).full}",
        f"Bearer {generate(PLATFORM_PREFIX).full}",
        f"Bearer {key.removeprefix(CONNECT_PREFIX)}",
        f"Bearer {key[:-1]}",
        f"Bearer {key}x",
        f"Bearer {key} {key}",
        f"Basic {key}",
        f"Token {key}",
        f"Bearer{key}",
        "Bearer",
        "Bearer ",
        key,
        "Bearer cgx_pk_ü",
        f"Bearer {world.admin.token}",
    ]
    for credential in wrong:
        answer = await world.client.get(REPORTS, headers={"Authorization": credential.encode()})
        assert code(answer) == (401, "AUTH_REQUIRED"), credential
    twice = await world.client.get(REPORTS, headers=[("Authorization", f"Bearer {key}")] * 2)
    assert code(twice) == (401, "AUTH_REQUIRED")


async def test_c02_a_revoked_key_is_unknown(world: World, organisation: Organisation) -> None:
    second = await organisation.make_key()
    assert (await organisation.get(REPORTS, key=second)).status_code == 200
    async with world.services.units.open(system_caller()) as uow:
        assert await keys.disable_key(uow, second)
    async with world.services.units.open(system_caller()) as uow:
        assert not await keys.disable_key(uow, second)
    assert code(await organisation.get(REPORTS, key=second)) == (401, "AUTH_REQUIRED")
    assert (await organisation.get(REPORTS)).status_code == 200


async def test_c03_the_word_bearer_in_any_case_the_key_exactly(
    world: World, organisation: Organisation
) -> None:
    for word in ("bearer", "BEARER", "bEaReR"):
        answer = await world.client.get(REPORTS, headers={"Authorization": f"{word} {organisation.key}"})
        assert answer.status_code == 200
    for changed in (organisation.key.upper(), organisation.key.lower(), organisation.key.swapcase()):
        assert code(await organisation.get(REPORTS, key=changed)) == (401, "AUTH_REQUIRED")


async def test_c04_an_inactive_account_is_refused_everywhere(organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.set_active(False)
    for path in (REPORTS, f"{REPORTS}/{report}", f"{REPORTS}/{report}/download-url", f"{REPORTS}?limit=0"):
        assert code(await organisation.get(path)) == (403, "FORBIDDEN")
    await organisation.set_active(True)
    assert (await organisation.get(REPORTS)).status_code == 200


async def test_c04_so_is_one_of_a_suspended_organisation(world: World, organisation: Organisation) -> None:
    step = f"/api/v1/secure/tenants/{organisation.tenant_id}/lifecycle/suspend"
    assert (await world.admin.post(step, json={})).status_code == 200
    assert code(await organisation.get(REPORTS)) == (403, "FORBIDDEN")


async def test_c05_c06_each_scope_opens_its_own_and_nothing_else(organisation: Organisation) -> None:
    report = await organisation.add_report()
    await organisation.upload(report)
    reader = await organisation.make_key("reports:read")
    loader = await organisation.make_key("reports:download")
    link = f"{REPORTS}/{report}/download-url"
    assert (await organisation.get(REPORTS, key=reader)).status_code == 200
    assert (await organisation.get(f"{REPORTS}/{report}", key=reader)).status_code == 200
    assert code(await organisation.get(link, key=reader)) == (403, "FORBIDDEN")
    assert (await organisation.get(link, key=loader)).status_code == 200
    assert code(await organisation.get(REPORTS, key=loader)) == (403, "FORBIDDEN")
    assert code(await organisation.get(f"{REPORTS}/{report}", key=loader)) == (403, "FORBIDDEN")


async def test_c07_another_organisations_report_does_not_exist(
    organisation: Organisation, other: Organisation
) -> None:
    mine, theirs = await organisation.add_report(), await other.add_report()
    await other.upload(theirs)
    for path in (f"{REPORTS}/{theirs}", f"{REPORTS}/{theirs}/download-url"):
        assert code(await organisation.get(path)) == (404, "NOT_FOUND")
        assert (await other.get(path)).status_code == 200
    listed = (await organisation.get(REPORTS)).json()
    assert [report["id"] for report in listed["reports"]] == [str(mine)]
    assert listed["total"] == 1
    client = (await other.get(f"{REPORTS}/{theirs}")).json()["report"]["clientId"]
    assert (await organisation.get(REPORTS, params={"client_id": client})).json()["total"] == 0


async def test_c08_scope_is_checked_before_parameters_and_existence(organisation: Organisation) -> None:
    loader = await organisation.make_key("reports:download")
    reader = await organisation.make_key("reports:read")
    assert code(await organisation.get(f"{REPORTS}?limit=x", key=loader)) == (403, "FORBIDDEN")
    assert code(await organisation.get(f"{REPORTS}/not-a-uuid", key=loader)) == (403, "FORBIDDEN")
    assert code(await organisation.get(f"{REPORTS}/{uuid4()}/download-url", key=reader)) == (403, "FORBIDDEN")


async def test_c08_the_allowance_is_checked_after_the_account_and_before_the_scope(
    organisation: Organisation,
) -> None:
    loader = await organisation.make_key("reports:download")
    for _ in range(100):
        assert (await organisation.get(REPORTS, key=loader)).status_code == 403
    assert code(await organisation.get(f"{REPORTS}?limit=x", key=loader)) == (429, "RATE_LIMITED")
    await organisation.set_active(False)
    assert code(await organisation.get(REPORTS, key=loader)) == (403, "FORBIDDEN")
    assert code(await organisation.get(REPORTS, key=loader + "x")) == (401, "AUTH_REQUIRED")


async def test_c08_existence_is_checked_before_state(organisation: Organisation, other: Organisation) -> None:
    pending, theirs = await organisation.add_report(), await other.add_report()
    assert code(await organisation.get(f"{REPORTS}/{theirs}/download-url")) == (404, "NOT_FOUND")
    assert code(await organisation.get(f"{REPORTS}/{pending}/download-url")) == (400, "BAD_REQUEST")
    assert code(await organisation.get(f"{REPORTS}/x/download-url")) == (400, "BAD_REQUEST")


async def test_keys_are_stored_as_digests_and_told_in_the_log_without_secrets(
    world: World, organisation: Organisation
) -> None:
    async with world.services.units.open(system_caller(organisation.tenant_id)) as uow:
        listed = await keys.list_keys(uow)
        row = await uow.conn.fetchrow("SELECT k::text AS text FROM partners.connect_keys k")
        events = await uow.conn.fetch("SELECT type, data::text AS data FROM kernel.events ORDER BY sequence")
    assert [key.preview for key in listed] == [f"{organisation.key[:8]}…{organisation.key[-4:]}"]
    assert organisation.key not in row["text"]
    assert {"connect_account.created", "connect_key.created"} <= {event["type"] for event in events}
    assert not any(organisation.key in event["data"] for event in events)
    assert listed[0].last_used_at is None
    await organisation.get(REPORTS)
    async with world.services.units.open(system_caller(organisation.tenant_id)) as uow:
        assert (await keys.list_keys(uow))[0].last_used_at is not None


async def test_issuing_by_account_name_makes_the_account_once(
    world: World, organisation: Organisation
) -> None:
    async with world.services.units.open(system_caller(organisation.tenant_id)) as uow:
        first = await keys.issue_key(uow, account_name="Second partner")
        again = await keys.issue_key(uow, account_name="Second partner", scopes=["reports:read"])
        assert first.key.account_id == again.key.account_id
        assert [account.name for account in await keys.list_accounts(uow)] == ["Partner", "Second partner"]
        for scopes in ([], ["reports:write"]):
            with pytest.raises(InvalidInputError):
                await keys.issue_key(uow, account_name="Second partner", scopes=scopes)
        with pytest.raises(keys.AccountNameTakenError):
            await keys.create_account(uow, "Partner")
    assert first.secret not in repr(first)
    assert (await organisation.get(REPORTS, key=again.secret)).status_code == 200


async def test_a_key_of_another_organisation_cannot_be_disabled(
    world: World, organisation: Organisation, other: Organisation
) -> None:
    async with world.services.units.open(system_caller(other.tenant_id)) as uow:
        with pytest.raises(NotFoundError):
            await keys.disable_key(uow, organisation.key)
        with pytest.raises(NotFoundError):
            await keys.set_account_active(uow, UUID(int=organisation.account.id.int), active=False)
    assert (await organisation.get(REPORTS)).status_code == 200
