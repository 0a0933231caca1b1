"""The wire of users."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import EmailStr, Field, StringConstraints

from cohesin.kernel.caller import Role
from cohesin.kernel.http.models import ABSENT, ListQuery, OpenRequestModel, Password
from cohesin.kernel.http.wire import Email, Instant, Number, Uri
from cohesin.platform.audit_logs.queries import Activity

Locale = Literal["en", "de", "fr", "es", "it"]
UserStatus = Literal["active", "inactive", "maintenance", "retired", "pending"]
PersonName = Annotated[str, StringConstraints(max_length=255)]


class ProfileImage(msgspec.Struct, frozen=True, kw_only=True):
    """A person's main picture."""

    id: UUID
    media_file_id: UUID
    is_main: bool
    sort_order: Number
    public_url: Uri
    current_version: Annotated[Number, msgspec.Meta(ge=1)] | None
    has_thumbnails: bool
    thumbnail_url: Uri | None = None
    caption: str | None = None


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person as a member of a tenant."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    email: Email
    status: UserStatus
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    display_name: str | None
    avatar_source: Literal["none", "uploaded", "remote"]
    avatar_url: Uri | None
    profileImage: ProfileImage | None = None  # noqa: N815
    type_definition_id: UUID | None
    settings: dict[str, Any]
    locale: str
    emailConfirmedAt: Instant | None  # noqa: N815
    emailVerificationStatus: Literal["verified", "pending", "not_configured"]  # noqa: N815
    created_at: Instant
    updated_at: Instant


class GroupOfUser(msgspec.Struct, frozen=True, kw_only=True):
    """A group a person is in, with the person's role in the tenant."""

    id: UUID
    name: str
    role: str
    permissions: list[str]


class PermissionOfUser(msgspec.Struct, frozen=True):
    """`spaces:read` as its two halves; `*` is every action on every resource."""

    resource: str
    action: str


class UserContext(msgspec.Struct, frozen=True, kw_only=True):
    """A person with what their groups permit and what they did last."""

    user: User
    groups: list[GroupOfUser]
    permissions: list[PermissionOfUser]
    recentActivity: list[Activity]  # noqa: N815 - the contract's name


class UserListQuery(ListQuery):
    search: str | None = None
    sort: str | None = None
    order: Literal["asc", "desc"] | None = None
    tenantId: UUID | None = None  # noqa: N815
    status: UserStatus | None = None


class CreateUserRequest(OpenRequestModel):
    email: EmailStr
    password: Password
    displayName: PersonName = ABSENT  # noqa: N815
    locale: Locale = "en"
    settings: dict[str, Any] = Field(default_factory=dict)
    typeDefinitionId: UUID | None = None  # noqa: N815


class UpdateUserRequest(OpenRequestModel):
    """`status` and `role` are ours, for administrators."""

    firstName: PersonName | None = None  # noqa: N815
    middleName: PersonName | None = None  # noqa: N815
    lastName: PersonName | None = None  # noqa: N815
    displayName: PersonName | None = None  # noqa: N815
    locale: Locale = ABSENT
    settings: dict[str, Any] = ABSENT
    typeDefinitionId: UUID | None = None  # noqa: N815
    status: UserStatus = ABSENT
    role: Role = ABSENT
