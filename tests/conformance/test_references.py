"""Ids in bodies and queries: one of nothing and one of another tenant are the same 404, and neither is ever taken."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple
from uuid import uuid4

import pytest

from cohesin.kernel.http.operation import Operation
from tests.conformance.bodies import BODIES, QUERIES, filled, made_for
from tests.conformance.examples import example_of
from tests.conformance.test_completeness import IN_CONTRACT, name_of, values_of
from tests.conformance.test_operations import body_of, path_of, query_of
from tests.served import Signed, World

#: What a field names, where its name does not say.
KINDS = {
    "userId": "owner",
    "user_id": "owner",
    "owner_id": "owner",
    "category_id": "linked_category",
    "categoryId": "linked_category",
    "category_ids": "linked_category",
    "parent_id": "linked_category",
    "root_id": "linked_category",
    "replacement_category_id": "linked_category",
    "tagId": "tag",
    "tag_ids": "tag",
    "updates": "tag",
    "entity_id": "space",
    "resource_id": "space",
    "tenantId": "tenant",
    "group_id": "group",
}
#: Things that no tenant has yet: an id of one is an id of nothing.
NOTHING_YET = {"typeDefinitionId", "type_definition_id", "storage_fallback_chain"}


class Reference(NamedTuple):
    """A field of an operation that takes an id."""

    operation: Operation
    place: Literal["body", "query"]
    field: str
    schema: dict[str, Any]
    defs: dict[str, Any]

    def value(self, id_text: str) -> Any:
        """The field's value with that id in it, however deep."""
        return with_id(self.schema, self.defs, id_text)


def with_id(schema: dict[str, Any], defs: dict[str, Any], id_text: str) -> Any:
    """A value that fits the schema and names the id; None where the schema has no place for one."""
    if "$ref" in schema:
        return with_id(defs[schema["$ref"].rpartition("/")[2]], defs, id_text)
    for part in schema.get("anyOf", []):
        found = with_id(part, defs, id_text)
        if found is not None:
            return found
    if schema.get("format") == "uuid":
        return id_text
    if schema.get("type") == "array":
        inner = with_id(schema["items"], defs, id_text)
        return None if inner is None else [inner]
    for name, part in schema.get("properties", {}).items():
        inner = with_id(part, defs, id_text)
        if inner is not None:
            whole = example_of(schema, defs)
            return {**whole, name: inner}
    return None


def references() -> list[Reference]:
    found = []
    for operation in IN_CONTRACT:
        for place, model in (("body", operation.body_model), ("query", operation.query_model)):
            if model is None:
                continue
            schema = model.model_json_schema()
            defs = schema.get("$defs", {})
            for field, part in schema.get("properties", {}).items():
                if with_id(part, defs, "x") is not None:
                    found.append(Reference(operation, place, field, part, defs))  # type: ignore[arg-type]
    return found


REFERENCES = references()
#: Where another tenant's id is refused otherwise than with 404, and why.
OTHERWISE = {
    # Whether one is a member of a tenant is for a person to know of oneself: rule 2 and the auth rules say 403.
    ("POST /api/v1/public/auth/login", "tenantId"): 403,
}


async def ids_of(world: World, signed: Signed) -> dict[str, str]:
    made = await made_for(signed)
    group = await signed.post("/api/v1/secure/groups/create", json={"name": "Referred to"})
    return {**made, "tenant": signed.tenant_id, "group": group.json()["data"]["id"]}


@pytest.mark.parametrize(
    "reference", REFERENCES, ids=[f"{name_of(r.operation)} {r.place} {r.field}" for r in REFERENCES]
)
async def test_ids_of_nothing_and_of_another_tenant_are_the_same_404(
    world: World, owner: Signed, stranger: Signed, reference: Reference
) -> None:
    operation, name = reference.operation, name_of(reference.operation)
    own, foreign = await made_for(owner), await ids_of(world, stranger)
    # A system administrator may reach every tenant, so that only what is of no tenant is out of reach.
    everywhere = operation.permission.name == "system_admin"
    caller = world.admin if everywhere else owner
    values = await values_of(world, owner, operation, own) if operation.path_names else None
    path = path_of(operation, values)

    async def ask(id_text: str) -> int:
        body = filled(BODIES[name], own) if name in BODIES else body_of(operation)
        query = filled(QUERIES[name], own) if name in QUERIES else query_of(operation)
        value = reference.value(id_text)
        if reference.place == "body":
            body = {**(body or {}), reference.field: value}
        else:
            query = {**query, reference.field: value}
        response = await caller.request(operation.method, path, json=body, params=query)
        return response.status_code

    expected = OTHERWISE.get((name, reference.field), 404)
    assert await ask(str(uuid4())) == expected
    if reference.field not in NOTHING_YET and not everywhere:
        assert await ask(foreign[KINDS[reference.field]]) == expected
