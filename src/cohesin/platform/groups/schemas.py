"""The wire of groups."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints

from cohesin.kernel.http.models import ABSENT, InstantInput, ListQuery, OpenRequestModel
from cohesin.kernel.http.wire import Email, Instant

GroupName = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Description = Annotated[str, StringConstraints(max_length=2000)]
Permission = Annotated[
    str, StringConstraints(max_length=100, pattern=r"^(\*|[a-z][a-z0-9_]*:(read|write|delete|\*))$")
]
Permissions = Annotated[list[Permission], Field(max_length=200)]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """People of a tenant who hold the same permissions."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    name: str
    description: str | None
    permissions: list[str]
    created_at: Instant
    updated_at: Instant


class GroupMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person in a group; `created_at` is when they joined it."""

    user_id: UUID
    email: Email
    display_name: str | None
    created_at: Instant


class GroupListQuery(ListQuery):
    """`created_from` and `created_to` are inclusive."""

    search: str | None = None
    tenantId: UUID | None = None  # noqa: N815
    userId: UUID | None = None  # noqa: N815
    tagId: UUID | None = None  # noqa: N815
    categoryId: UUID | None = None  # noqa: N815
    created_from: InstantInput | None = None
    created_to: InstantInput | None = None


class CreateGroupRequest(OpenRequestModel):
    name: GroupName
    permissions: Permissions = Field(default_factory=list)
    description: Description = ABSENT


class UpdateGroupRequest(OpenRequestModel):
    name: GroupName = ABSENT
    permissions: Permissions = ABSENT
    description: Description = ABSENT


class AddGroupMemberRequest(OpenRequestModel):
    userId: UUID  # noqa: N815 - the contract's name
