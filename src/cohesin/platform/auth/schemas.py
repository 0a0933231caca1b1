"""The wire of sign-in."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec
from pydantic import EmailStr

from cohesin.kernel.http.models import ABSENT, OpenRequestModel, Password, RequestModel
from cohesin.kernel.http.wire import Email, Number
from cohesin.platform.users.entity import GroupDetail

Locale = Literal["en", "de", "fr", "es", "it"]


class SignedInUser(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who signed in, as the sign-in's answer shows it."""

    id: UUID
    email: Email
    display_name: str | None
    tenant_id: UUID
    tenant_name: str | None
    groups: list[str]
    group_details: list[GroupDetail] | None
    permissions: list[str] | None
    is_system_admin: bool
    is_tenant_admin: bool


class CurrentUser(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The signed-in person's own view."""

    id: UUID
    email: Email
    display_name: str
    tenant_id: UUID
    tenant_name: str
    locale: str
    settings: dict[str, Any]
    type_definition_id: UUID | None
    groups: list[str]
    group_details: list[GroupDetail]
    permissions: list[str]
    is_system_admin: bool
    is_tenant_admin: bool


class TokenPair(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Fresh tokens; `expires_in` is the access token's life in seconds."""

    access_token: str
    refresh_token: str
    expires_in: Number


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    user: SignedInUser
    access_token: str
    refresh_token: str
    expires_in: Number


class UserAnswer(msgspec.Struct, frozen=True):
    user: CurrentUser


class Message(msgspec.Struct, frozen=True):
    message: str


class Done(msgspec.Struct, frozen=True):
    success: bool
    message: str


class LoginRequest(RequestModel):
    email: EmailStr
    password: Password
    rememberMe: bool = ABSENT  # noqa: N815 - the contract's name
    tenantId: UUID = ABSENT  # noqa: N815


class RefreshRequest(OpenRequestModel):
    refreshToken: str = ABSENT  # noqa: N815


class UpdateMeRequest(RequestModel):
    firstName: str | None = None  # noqa: N815
    middleName: str | None = None  # noqa: N815
    lastName: str | None = None  # noqa: N815
    displayName: str | None = None  # noqa: N815
    locale: Locale = ABSENT
    settings: dict[str, Any] = ABSENT
    typeDefinitionId: UUID | None = None  # noqa: N815


class ChangePasswordRequest(RequestModel):
    currentPassword: Password  # noqa: N815
    newPassword: Password  # noqa: N815
