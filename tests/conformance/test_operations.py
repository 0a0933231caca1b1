"""What every operation must do, from the registry alone: no operation is written down here."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from cohesin.app import slices
from cohesin.kernel.authz import PUBLIC, SIGNED_IN, USER
from cohesin.kernel.http.operation import PATH_PARAMETER, Operation, registry
from tests.conformance.examples import example_of
from tests.conformance.seeds import Seeds
from tests.served import World

assert slices.SLICES
SHOWN = [operation for operation in registry.operations if not operation.hidden]
PLATFORM = [operation for operation in SHOWN if operation.surface.name == "platform"]
KNOWN_ID = "X-Request-ID"


def ids(operations: list[Operation]) -> list[str]:
    return [f"{operation.method} {operation.path}" for operation in operations]


def each(operations: list[Operation]) -> Any:
    assert operations, "nothing to check: the registry is empty"
    return pytest.mark.parametrize("operation", operations, ids=ids(operations))


def body_of(operation: Operation) -> Any:
    if operation.body_model is None:
        return None
    schema = operation.body_model.model_json_schema()
    made = example_of(schema, schema.get("$defs", {}))
    assert isinstance(made, dict | list)
    return made


def query_of(operation: Operation) -> dict[str, str]:
    if operation.query_model is None:
        return {}
    schema = operation.query_model.model_json_schema()
    made = {
        name: example_of(schema["properties"][name], schema.get("$defs", {}))
        for name in schema.get("required", [])
    }
    return {name: str(value) for name, value in made.items()}


def path_of(operation: Operation, values: dict[str, str] | None = None) -> str:
    """The path with its parameters filled: by name from `values`, else with ids of nothing."""
    annotations = {parameter.name: parameter.annotation for parameter in operation.parameters}

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if values and name in values:
            return values[name]
        kind = annotations[name]
        if kind is int:
            return "999999999"
        choices = getattr(kind, "__args__", ())
        return str(choices[0]) if choices else str(uuid4())

    return PATH_PARAMETER.sub(fill, operation.path)


async def ask(
    world: World, operation: Operation, path: str, headers: dict[str, str], **more: Any
) -> httpx.Response:
    body = more.pop("json", body_of(operation))
    if (
        operation.body_model is None
        and "content" not in more
        and operation.method in ("PUT", "POST", "PATCH")
    ):
        body = None
    params = {**query_of(operation), **more.pop("params", {})}
    return await world.client.request(
        operation.method, path, json=body, headers=headers, params=params, **more
    )


@each([operation for operation in SHOWN if not operation.permission.public])
async def test_missing_and_bad_credentials_are_401(world: World, seeds: Seeds, operation: Operation) -> None:
    path = path_of(operation)
    missing = await ask(world, operation, path, {})
    bad = await ask(world, operation, path, seeds.bad_credentials(operation.surface.name))
    assert (missing.status_code, bad.status_code) == (401, 401)
    assert missing.headers[operation.surface.request_id_header]


@each(
    [
        operation
        for operation in PLATFORM
        # Where the object decides, a guest is told that there is none (404) or what may not be done (the slices' tests).
        if operation.permission not in (PUBLIC, SIGNED_IN, USER)
        and not operation.permission.name.startswith("object:")
    ]
)
async def test_the_wrong_role_is_403(world: World, seeds: Seeds, operation: Operation) -> None:
    response = await ask(world, operation, path_of(operation), seeds.guest_headers)
    assert response.status_code == 403


@each([operation for operation in SHOWN if operation.path_names and not operation.permission.public])
async def test_ids_of_nothing_and_of_another_tenant_are_404(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    headers = seeds.headers(operation)
    nothing = await ask(world, operation, path_of(operation), headers)
    assert nothing.status_code in seeds.absent_statuses(operation), nothing.text
    foreign_ids = seeds.foreign_ids(operation)
    if foreign_ids is not None:
        foreign = await ask(world, operation, path_of(operation, foreign_ids), headers)
        assert foreign.status_code == nothing.status_code, foreign.text


@each([o for o in PLATFORM if any(p.kind == "path" and p.annotation is UUID for p in o.parameters)])
async def test_a_malformed_id_is_400(world: World, seeds: Seeds, operation: Operation) -> None:
    response = await ask(
        world,
        operation,
        path_of(operation, dict.fromkeys(operation.path_names, "not-an-id")),
        seeds.headers(operation),
    )
    assert response.status_code == 400


# Where the rest of the path is a value, its last slash is part of it.
@each([operation for operation in SHOWN if ":path}" not in operation.path])
async def test_both_slash_forms_answer_alike(world: World, operation: Operation) -> None:
    path = path_of(operation)
    bare, slashed = path.rstrip("/"), path.rstrip("/") + "/"
    answers = [await ask(world, operation, form, {}) for form in (bare, slashed)]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code not in (301, 302, 307, 308, 405)


@each(PLATFORM)
async def test_the_callers_request_id_comes_back(world: World, operation: Operation) -> None:
    own = await ask(world, operation, path_of(operation), {KNOWN_ID: "trace-0.1:a_b"})
    assert own.headers[KNOWN_ID] == "trace-0.1:a_b"
    malformed = await ask(world, operation, path_of(operation), {KNOWN_ID: "no spaces allowed"})
    assert malformed.headers[KNOWN_ID] != "no spaces allowed"
    if own.status_code >= 400:
        assert own.json()["requestId"] == "trace-0.1:a_b"


@each(
    [o for o in PLATFORM if o.body_model is not None and o.body_model.model_config.get("extra") == "forbid"]
)
async def test_an_unknown_field_is_400_and_named(world: World, seeds: Seeds, operation: Operation) -> None:
    body = {**(body_of(operation) or {}), "nobodyKnowsThis": 1}
    values = seeds.own_ids(operation)
    response = await ask(world, operation, path_of(operation, values), seeds.headers(operation), json=body)
    assert response.status_code == 400
    assert "nobodyKnowsThis" in {fault["path"] for fault in response.json()["details"]["errors"]}


@each([o for o in PLATFORM if o.body_model is not None])
async def test_unreadable_json_and_a_wrong_type_are_refused(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    path = path_of(operation, seeds.own_ids(operation))
    headers = {**seeds.headers(operation), "Content-Type": "application/json"}
    for broken in (b"{", b'{"a": "\\u0000"}', b"\xff\xfe", b"[]", b'"text"'):
        response = await world.client.request(
            operation.method, path, content=broken, headers=headers, params=query_of(operation)
        )
        assert response.status_code == 400, broken
    wrong = await world.client.request(
        operation.method, path, content=b"<x/>", headers={**headers, "Content-Type": "text/xml"}
    )
    assert wrong.status_code == 415


@each([o for o in PLATFORM if o.query_model is not None and "limit" in o.query_model.model_fields])
async def test_limits_are_refused_outside_their_range(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    path = path_of(operation, seeds.own_ids(operation))
    for bad in ({"limit": "0"}, {"limit": "1000000"}, {"limit": "x"}, {"offset": "-1"}):
        if next(iter(bad)) not in operation.query_model.model_fields:
            continue
        response = await ask(world, operation, path, seeds.headers(operation), params=bad)
        assert response.status_code == 400, bad


@each([o for o in PLATFORM if o.method == "POST"])
async def test_an_idempotency_key_with_another_request_is_409(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    path = path_of(operation, seeds.spare_ids(operation))
    key = {"Idempotency-Key": uuid4().hex}
    # A session of its own each time: one of the operations ends the session that calls it.
    headers = {**await seeds.fresh_headers(world, operation), **key}
    body = body_of(operation)
    first = await ask(world, operation, path, headers, json=body)
    headers = {**await seeds.fresh_headers(world, operation), **key}
    again = await ask(world, operation, path, headers, json=body)
    assert again.status_code == first.status_code
    if first.status_code < 300:  # a refusal keeps nothing: it is found again, not replayed
        assert again.content == first.content
    if first.status_code < 300 and operation.body_model is not None:
        other = await world.client.request(
            operation.method,
            path,
            content=b' {"x":1}',
            headers={**headers, "Content-Type": "application/json"},
        )
        assert other.status_code in (400, 409)
    malformed = await ask(world, operation, path, {**headers, "Idempotency-Key": "k" * 256}, json=body)
    assert malformed.status_code == 400


def test_every_operation_says_who_may_call_it() -> None:
    assert all(operation.permission.name for operation in registry.operations)
    ids_seen = [operation.id for operation in registry.operations]
    assert len(ids_seen) == len(set(ids_seen)), "two handlers of one surface share a name"
