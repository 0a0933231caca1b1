"""The published contracts as facts, and the check that an answer is valid against them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

FOLDER = Path(__file__).parent
FILES = {
    "platform": ("platform.facts.json", ""),
    "caligenix": ("caligenix.openapi.json", ""),
    "toolbox": ("toolbox.openapi.json", ""),
    "opal": ("opal.openapi.json", "/opal"),
}


#: Fields that the settled rules add to an answer whose schema is closed.
SETTLED = {
    ("platform", "POST", "/api/v1/secure/webhooks/subscriptions", "201"): {"secret": {"type": "string"}}
}


class Contract:
    """One contract's operations, found by method and path."""

    def __init__(self, name: str) -> None:
        file, self.prefix = FILES[name]
        self.name = name
        self.document: dict[str, Any] = json.loads((FOLDER / file).read_text())
        self.routes: list[tuple[str, str, re.Pattern[str], dict[str, Any]]] = []
        for key, more in SETTLED.items():
            if key[0] == name:
                self._add(*key[1:], more)
        for path, item in self.document["paths"].items():
            pattern = re.compile(self.prefix + re.sub(r"{[^}]+}", "[^/]+", path.rstrip("/")) + "/?")
            for method in ("get", "put", "post", "patch", "delete"):
                if method in item:
                    self.routes.append((method.upper(), path, pattern, item[method]))
        # Static paths before dynamic ones, as the server finds them.
        self.routes.sort(key=lambda route: route[1].count("{"))

    def _add(self, method: str, path: str, status: str, more: dict[str, Any]) -> None:
        """Let the `data` of an answer hold further fields."""
        answer = self.document["paths"][path][method.lower()]["responses"][status]["content"][
            "application/json"
        ]
        data = answer["schema"]["properties"]["data"]
        named = self.document["components"]["schemas"][data["$ref"].rpartition("/")[2]]
        answer["schema"]["properties"]["data"] = {**named, "properties": {**named["properties"], **more}}

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The contract's path and operation of a request, if it names one."""
        for known, template, pattern, operation in self.routes:
            if known == method and pattern.fullmatch(path):
                return template, operation
        return None

    def validator(self, schema: dict[str, Any]) -> Any:
        """A validator of a schema within this document's components."""
        whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        whole["components"] = self.document["components"]
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)

    def faults(self, method: str, path: str, status: int, media: str, body: Any) -> list[str]:
        """What is wrong with an answer; an error status the operation does not declare is judged by any it does."""
        found = self.find(method, path)
        if found is None:
            return []
        template, operation = found
        response = self._response(operation, status)
        if response is None:
            return [f"{method} {template}: status {status} is not declared"] if status < 400 else []
        content = response.get("content", {})
        schema = next((entry.get("schema") for kind, entry in content.items() if "json" in kind), None)
        if schema is None or "json" not in media:
            return []
        key = f"{method} {template} {status}"
        return [
            f"{key}: {error.instance_path}: {error.message}"[:400]
            for error in self._cached(key, schema).iter_errors(body)
        ]

    def _response(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        responses = operation["responses"]
        found = responses.get(str(status)) or (
            responses.get("500") or responses.get("400") if status >= 400 else None
        )
        while found is not None and "$ref" in found:
            node: Any = self.document
            for part in found["$ref"][2:].split("/"):
                node = node[part]
            found = node
        return found

    def _cached(self, key: str, schema: dict[str, Any]) -> Any:
        if not hasattr(self, "_validators"):
            self._validators: dict[str, Any] = {}
        if key not in self._validators:
            self._validators[key] = self.validator(schema)
        return self._validators[key]


@cache
def contract(name: str) -> Contract:
    return Contract(name)


def contract_of(path: str) -> Contract | None:
    """Which contract a path belongs to."""
    if path.startswith("/opal"):
        return contract("opal")
    if path.startswith("/v1/"):
        return contract("caligenix")
    if path.startswith(
        ("/api/v1/public", "/api/v1/secure", "/api/v1/services", "/api/v1/system", "/api/v1/webhooks")
    ):
        return contract("platform")
    if path.startswith(("/api/v1/", "/report-files/")):
        return contract("toolbox")
    return None
