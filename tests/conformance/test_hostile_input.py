"""Input that nobody sends by mistake: every operation refuses it in the contract's shape, and none falls over."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from cohesin.kernel.http.operation import Operation
from tests.conformance.examples import example_of
from tests.conformance.seeds import Seeds
from tests.conformance.test_operations import PLATFORM, ask, body_of, each, path_of, query_of
from tests.served import World

WITH_BODY = [operation for operation in PLATFORM if operation.body_model is not None]
WITH_QUERY = [operation for operation in PLATFORM if operation.query_model is not None]

#: Values that fit some type and break the things behind it.
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    2**64,
    10**400,
    0.5,
    "",
    " ",
    "a",
    "x" * 5000,
    "e\u0301",
    "\u202e\u0007",
    "%",
    "'; --",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026",
    "00000000-0000-0000-0000-000000000000",
    [],
    [None],
    [1, "a"],
    {},
    {"": {"": []}},
    {"x": 10**30},
]
#: Written as they stand: what a JSON encoder would not produce.
ODD_TEXT = ["NaN", "-Infinity", "1e999", '"\\ud800"', "[" * 150 + "]" * 150, '{"a":1,"a":2}', "1E-400"]


def example_field(operation: Operation, name: str) -> Any:
    schema = operation.body_model.model_json_schema()
    return example_of(schema["properties"][name], schema.get("$defs", {}))


def odd_bodies(operation: Operation) -> list[str]:
    """Each field in turn with each odd value (the others as they should be), from the schema alone."""
    whole = body_of(operation) or {}
    schema = operation.body_model.model_json_schema()
    bodies = []
    for name in schema.get("properties", {}):
        for text in [*(json.dumps(value) for value in ODD), *ODD_TEXT]:
            others = {key: value for key, value in whole.items() if key != name}
            bodies.append(json.dumps(others)[:-1] + ("," if others else "") + f"{json.dumps(name)}:{text}}}")
            nested = example_field(operation, name)
            if isinstance(nested, dict):
                bodies.append(bodies[-1][: -len(text) - 1] + f'{{"x":{text}}}}}')
    return bodies


@each(WITH_BODY)
async def test_odd_values_in_bodies_are_answered_not_fallen_over(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    if operation.path.startswith(("/api/v1/secure/auth/me/change-password", "/api/v1/public/auth/login")):
        pytest.skip("counts failures; its own tests send it odd values")
    headers = {**seeds.headers(operation), "Content-Type": "application/json"}
    path = path_of(operation, seeds.own_ids(operation))
    bodies = odd_bodies(operation)
    chosen = random.Random(7).sample(bodies, min(len(bodies), 400))
    bad = []
    for body in chosen:
        try:
            response = await world.client.request(
                operation.method, path, content=body.encode(), headers=headers, params=query_of(operation)
            )
            if response.status_code >= 500:
                bad.append((response.status_code, body[:300], response.text[:100]))
        except Exception as e:
            bad.append((repr(e)[:300], body[:300]))
    assert not bad, bad


@each(WITH_QUERY)
async def test_odd_values_in_queries_are_answered_not_fallen_over(
    world: World, seeds: Seeds, operation: Operation
) -> None:
    path = path_of(operation, seeds.own_ids(operation))
    fields = operation.query_model.model_fields
    bad = []
    for name in [field.alias or name for name, field in fields.items()]:
        for value in ODD:
            text = value if isinstance(value, str) else json.dumps(value)
            response = await ask(world, operation, path, seeds.headers(operation), params={name: text})
            if response.status_code >= 500:
                bad.append((name, text[:60], response.status_code))
    assert not bad, bad
