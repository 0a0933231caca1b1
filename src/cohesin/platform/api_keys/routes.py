"""API keys over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.api_keys import service
from cohesin.platform.api_keys.schemas import (
    ApiKey,
    CreateApiKeyRequest,
    IssuedApiKey,
    RotateQuery,
    RotateRequest,
    UpdateApiKeyRequest,
)
from cohesin.platform.surface import platform

api_keys = platform.tagged("API Keys")
BASE = "/api/v1/secure/api-keys"


@api_keys.get(f"{BASE}/", permission=TENANT_ADMIN)
async def list_api_keys(uow: UnitOfWork) -> DataOf[list[ApiKey]]:
    """The tenant's keys without their secrets, newest first."""
    return DataOf(await service.list_keys(uow))


@api_keys.post(f"{BASE}/", permission=TENANT_ADMIN)
async def create_api_key(uow: UnitOfWork, body: CreateApiKeyRequest) -> IssuedApiKey:
    """Make a key; its full text is in this answer only."""
    return await service.create_key(uow, body)


@api_keys.get(f"{BASE}/{{id}}", permission=TENANT_ADMIN)
async def get_api_key(uow: UnitOfWork, id: UUID) -> DataOf[ApiKey]:
    """One key without its secret."""
    return DataOf(await service.access_key(uow, id))


@api_keys.patch(f"{BASE}/{{id}}", permission=TENANT_ADMIN)
async def update_api_key(uow: UnitOfWork, id: UUID, body: UpdateApiKeyRequest) -> DataOf[ApiKey]:
    """Change a key; absent leaves, null lifts a restriction. The permission map is replaced as a whole."""
    return DataOf(await service.update_key(uow, id, body))


@api_keys.post(f"{BASE}/{{id}}/rotate", permission=TENANT_ADMIN, status=200)
async def rotate_api_key(uow: UnitOfWork, id: UUID, query: RotateQuery, body: RotateRequest) -> IssuedApiKey:  # noqa: ARG001 - an empty body is checked
    """Give a key a new text. The old one ends at once, or after `gracePeriodSeconds`."""
    return await service.rotate_key(uow, id, query.gracePeriodSeconds)


@api_keys.delete(f"{BASE}/{{id}}", permission=TENANT_ADMIN)
async def delete_api_key(uow: UnitOfWork, id: UUID) -> None:
    """End a key at once."""
    await service.delete_key(uow, id)
