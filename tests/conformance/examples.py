"""Minimal bodies made from an operation's own schema, so that no operation needs one written by hand."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

BY_PATTERN = {
    r"^[a-z]{2}$": "en",
    r"^[a-z0-9.-]+$": "example.org",
    r"^[a-z]{2}(-[A-Z]{2})?$": "en",
}
BY_FORMAT = {
    "uuid": lambda: str(uuid4()),
    "email": lambda: f"x{uuid4().hex[:12]}@example.org",
    "date-time": lambda: "2030-01-01T00:00:00Z",
    "date": lambda: "2030-01-01",
    "uri": lambda: "https://example.org/hook",
}


def example_of(schema: dict[str, Any], defs: dict[str, Any]) -> Any:  # noqa: PLR0911 - one return for each kind
    """A value that fits a JSON schema: required fields only."""
    if "$ref" in schema:
        return example_of(defs[schema["$ref"].rpartition("/")[2]], defs)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return example_of(next(part for part in schema[key] if part.get("type") != "null"), defs)
    if "allOf" in schema:
        return example_of(schema["allOf"][0], defs)
    match schema.get("type"):
        case "object":
            made = {
                name: example_of(schema["properties"][name], defs)
                for name in schema.get("required", [])
                if name in schema.get("properties", {})
            }
            free = range(schema.get("minProperties", 0) - len(made))
            return made | {f"Example {n}": example_of(schema["additionalProperties"], defs) for n in free}
        case "array":
            return [example_of(schema["items"], defs) for _ in range(schema.get("minItems", 0))]
        case "string":
            return _text(schema)
        case "integer" | "number":
            return max(1, schema.get("minimum", 1))
        case "boolean":
            return True
    return {}


def _text(schema: dict[str, Any]) -> str:
    made = BY_FORMAT.get(schema.get("format", ""))
    if made is not None:
        return made()
    if "pattern" in schema:
        return BY_PATTERN.get(schema["pattern"], "x1")
    return ("Example " + uuid4().hex)[: schema.get("maxLength", 40)].ljust(schema.get("minLength", 1), "x")
