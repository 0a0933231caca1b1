"""Input that nobody sends by mistake: every operation refuses it in the contract's shape, and none falls over.

The client raises what the application lets through and holds every answer against its contract, so that each request
here says something; what is asserted beside is that the server never blames itself.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from cohesin.kernel.http.operation import Operation
from tests.conformance.examples import example_of
from tests.conformance.seeds import Seeds
from tests.conformance.test_operations import PLATFORM, body_of, each, path_of, query_of
from tests.served import World

WITH_BODY = [operation for operation in PLATFORM if operation.body_model is not None]
WITH_QUERY = [operation for operation in PLATFORM if operation.query_model is not None]
#: How many of its odd bodies an operation is sent in a run.
BODIES = 60

#: Values that fit some type and trouble what stands behind it.
ODD: list[Any] = [
    None,
    True,
    -1,
    2**31,
    2**63,
    2**64,
    10**400,
    0.5,
    "",
    " ",
    "x" * 5000,
    "e\u0301",
    "\u202e\u0007",
    "%",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026",
    "00000000-0000-0000-0000-000000000000",
    [None],
    [1, "a"],
    {"": {"": []}},
    {"x": 10**30},
]
#: Written as they stand: what no encoder of JSON produces.
ODD_TEXT = ["NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 150 + "]" * 150, '{"a":1,"a":2}', "1E-400"]


def odd_bodies(operation: Operation) -> list[str]:
    """Each field in turn with each odd value, the others as they should be, from the schema alone."""
    whole = body_of(operation) or {}
    schema = operation.body_model.model_json_schema()
    bodies = []
    for name, part in schema.get("properties", {}).items():
        is_object = isinstance(example_of(part, schema.get("$defs", {})), dict)
        others = "".join(
            f"{json.dumps(key)}:{json.dumps(value)}," for key, value in whole.items() if key != name
        )
        for text in [*(json.dumps(value) for value in ODD), *ODD_TEXT]:
            bodies.append(f"{{{others}{json.dumps(name)}:{text}}}")
            if is_object:
                bodies.append(f'{{{others}{json.dumps(name)}:{{"x":{text}}}}}')
    return bodies


def changes_the_session(operation: Operation) -> bool:
    """Wrong passwords lock, right ones end sessions: the fuzz would refuse itself."""
    return "/auth/" in operation.path and operation.method == "POST"


@each([operation for operation in WITH_BODY if not changes_the_session(operation)])
async def test_odd_values_in_bodies_are_answered(world: World, seeds: Seeds, operation: Operation) -> None:
    headers = {**seeds.headers(operation), "Content-Type": "application/json"}
    path = path_of(operation, None if operation.method == "DELETE" else seeds.own_ids(operation))
    bodies = odd_bodies(operation)
    query = query_of(operation)
    for body in random.Random(operation.id).sample(bodies, min(len(bodies), BODIES)):
        response = await world.client.request(
            operation.method, path, content=body.encode(), headers=headers, params=query
        )
        assert response.status_code < 500, body[:300]


@each([operation for operation in WITH_BODY if changes_the_session(operation)])
async def test_odd_values_in_sign_in_are_400(world: World, seeds: Seeds, operation: Operation) -> None:
    headers = {**seeds.headers(operation), "Content-Type": "application/json"}
    for text in ODD_TEXT:
        body = f'{{"{next(iter(operation.body_model.model_fields))}":{text}}}'
        response = await world.client.request(
            operation.method, path_of(operation), content=body.encode(), headers=headers
        )
        assert response.status_code == 400, body[:300]


@each(WITH_QUERY)
async def test_odd_values_in_queries_are_answered(world: World, seeds: Seeds, operation: Operation) -> None:
    path = path_of(operation, seeds.own_ids(operation))
    names = [field.alias or name for name, field in operation.query_model.model_fields.items()]
    texts = [value if isinstance(value, str) else json.dumps(value) for value in ODD]
    for name in names:
        for text in random.Random(f"{operation.id} {name}").sample(texts, 6):
            response = await world.client.request(
                operation.method,
                path,
                headers=seeds.headers(operation),
                params={**query_of(operation), name: text},
            )
            assert response.status_code < 500, (name, text[:60])


@each(WITH_BODY)
async def test_a_body_over_the_limit_is_413(world: World, seeds: Seeds, operation: Operation) -> None:
    headers = {**seeds.headers(operation), "Content-Type": "application/json"}
    too_large = b'{"a":"' + b"x" * operation.body_limit + b'"}'

    async def in_pieces() -> Any:
        for start in range(0, len(too_large), 400_000):
            yield too_large[start : start + 400_000]

    for content in (too_large, in_pieces()):  # with its length told, and without
        response = await world.client.request(
            operation.method, path_of(operation), content=content, headers=headers
        )
        assert response.status_code == 413
        assert response.json()["error"] == "PAYLOAD_TOO_LARGE"


@each(PLATFORM)
async def test_methods_that_a_path_does_not_take_are_405(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    path = path_of(operation, seeds.own_ids(operation))
    taken = {other.method for other in PLATFORM if other.path.rstrip("/") == operation.path.rstrip("/")}
    for method in {"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"} - taken:
        response = await world.client.request(method, path, headers=seeds.headers(operation))
        assert response.status_code == 405, method
        assert set(response.headers["allow"].split(", ")) == taken
        if method != "HEAD":
            assert response.json()["statusCode"] == 405


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/secure/nothing",
        "/api/v1/secure/spaces/%",
        "/api/v1/secure/spaces/%zz",
        "/api/v1/secure/spaces/%00",
        "/api/v1/secure/spaces/%ff%fe",
        "/api/v1/secure/spaces/%ED%A0%80",
        "/api/v1/secure/jobs/%00/status",
        "/api/v1/secure/jobs/%ff/status",
        "/api/v1/secure/jobs/..%2f..%2fetc/status",
        "/api/v1/secure//spaces",
        "/api/v1/secure/spaces/" + "x" * 6000,
        "/api/v1/secure/spaces/?search=%00",
        "/api/v1/secure/spaces/?search=%ff",
        "/api/v1/secure/spaces/?search=%ED%A0%80",
        "/api/v1/secure/spaces/?%",
        "/api/v1/secure/spaces/?" + "&".join(f"a{n}=1" for n in range(3000)),
        "/api/v1/secure/spaces/?search=" + "x" * 60_000,
    ],
)
async def test_odd_addresses_are_answered(world: World, seeds: Seeds, path: str) -> None:
    response = await world.client.get(path, headers={"Authorization": f"Bearer {seeds.owner.token}"})
    assert response.status_code in (200, 400, 404)
    if response.status_code != 200:
        assert response.json()["requestId"] == response.headers["x-request-id"]


async def test_odd_headers_are_answered(world: World, seeds: Seeds) -> None:
    owner = f"Bearer {seeds.owner.token}"
    for headers, status in (
        ({"Authorization": owner, "X-Tenant-ID": "\xff"}, 403),
        ({"Authorization": owner, "X-Tenant-ID": ""}, 403),
        ({"Authorization": "Bearer " + "x" * 60_000}, 401),
        ({"Authorization": "Bearer \xff\xfe"}, 401),
        ({"Authorization": "Basic Og=="}, 401),
        ({"X-API-Key": ""}, 401),
        ({"X-API-Key": "coh_\xff"}, 401),
        ({"Authorization": owner, "User-Agent": "\xff" * 5000, "X-Request-ID": "\xff"}, 200),
        ({"Authorization": owner, "Accept-Language": "\xff;q=x,,;"}, 200),
    ):
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        response = await world.client.get("/api/v1/secure/spaces/", headers=raw)
        assert response.status_code == status, headers
