"""The OpenAPI 3.1 document of every registered operation, made from the declarations alone."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from cohesin.kernel.http.answers import Answer, RawAnswer, StreamAnswer
from cohesin.kernel.http.operation import PATH_PARAMETER, Operation
from cohesin.kernel.http.wire import UuidText

REF = "#/components/schemas/{}"
PATH_SCHEMAS: dict[Any, dict[str, Any]] = {
    UUID: {"type": "string", "format": "uuid"},
    int: {"type": "integer", "minimum": 1},
    str: {"type": "string"},
    UuidText: {"type": "string", "format": "uuid"},
}


class ComponentNameError(Exception):
    """Two different shapes share a name in the document."""


def openapi_document(operations: Iterable[Operation], *, title: str, version: str) -> dict[str, Any]:
    """The whole document; paths keep the last slash they were declared with."""
    shown = [operation for operation in operations if not operation.hidden]
    schemas, answers, bodies = _components(shown)
    paths: dict[str, dict[str, Any]] = {}
    for operation in shown:
        path = PATH_PARAMETER.sub(lambda match: "{" + match.group(1) + "}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _operation(operation, answers, bodies)
    surfaces = {operation.surface for operation in shown}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                surface.security_scheme: dict(surface.security)
                for surface in sorted(surfaces, key=lambda s: s.name)
            },
        },
    }


def is_json_answer(answer: Any) -> bool:
    """Whether a handler's declared answer is a struct (not bytes, a stream or nothing)."""
    return answer not in (None, type(None), RawAnswer, StreamAnswer, Answer, inspect.Parameter.empty)


def json_answers(operation: Operation) -> list[Any]:
    """The struct types among a handler's declared answers (a union may also hold streams)."""
    union = (
        get_args(operation.answer)
        if get_origin(operation.answer) is not None and _is_union(operation)
        else ()
    )
    return [answer for answer in (union or (operation.answer,)) if is_json_answer(answer)]


def _is_union(operation: Operation) -> bool:
    return str(get_origin(operation.answer)) in ("<class 'types.UnionType'>", "typing.Union")


def _components(operations: list[Operation]) -> tuple[dict[str, Any], dict[str, Any], dict[Any, Any]]:
    answer_types = [answer for operation in operations for answer in json_answers(operation)]
    error_types = list({operation.surface.error_schema for operation in operations})
    found, components = msgspec.json.schema_components(
        [*answer_types, *error_types], ref_template=REF.format("{name}")
    )
    by_type = {}
    position = 0
    for operation in operations:
        mine = []
        for _ in json_answers(operation):
            mine.append(found[position])
            position += 1
        if mine:
            by_type[operation.id] = mine[0] if len(mine) == 1 else {"oneOf": mine}
    for error_type, schema in zip(error_types, found[position:], strict=True):
        by_type[f"error:{error_type.__name__}"] = schema
    models = {operation.body_model for operation in operations if _is_model(operation.body_model)}
    refs, defs = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda m: f"{m.__module__}.{m.__name__}")],
        ref_template=REF.format("{model}"),
    )
    schemas = {**components}
    renamed = _merge(schemas, defs.get("$defs", {}))
    bodies = {model: _rename(schema, renamed) for (model, _), schema in refs.items()}
    return schemas, by_type, bodies


def _is_model(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, BaseModel)


def _merge(schemas: dict[str, Any], more: Mapping[str, Any]) -> dict[str, str]:
    """Add request schemas; one that shares a name with an answer's gets `Input` behind it."""
    renamed = {name: f"{name}Input" for name in more if name in schemas}
    for name, schema in more.items():
        new = renamed.get(name, name)
        if new in schemas:
            raise ComponentNameError(new)
        schemas[new] = _rename(schema, renamed)
    return renamed


def _rename(schema: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(schema, dict):
        copy = {key: _rename(value, renamed) for key, value in schema.items()}
        if copy.get("default", 0) is None:
            copy.pop("default")
        reference = copy.get("$ref")
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            copy["$ref"] = REF.format(renamed.get(name, name))
        return copy
    if isinstance(schema, list):
        return [_rename(item, renamed) for item in schema]
    return schema


def _operation(operation: Operation, answers: Mapping[str, Any], bodies: Mapping[Any, Any]) -> dict[str, Any]:
    summary, _, description = operation.summary.partition("\n")
    described: dict[str, Any] = {
        "operationId": operation.id.replace(".", "_"),
        "summary": summary,
        "tags": list(operation.tags),
        "x-permission": operation.permission.name,
        "parameters": _parameters(operation),
        "responses": _responses(operation, answers),
        "security": [] if operation.permission.public else [{operation.surface.security_scheme: []}],
    }
    if description.strip():
        described["description"] = re.sub(r"\n(?!\n)", " ", description.strip())
    body = _body(operation, bodies)
    if body is not None:
        described["requestBody"] = body
    return described


def _body(operation: Operation, bodies: Mapping[Any, Any]) -> dict[str, Any] | None:
    if operation.multipart:
        return {"required": True, "content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    if operation.body_model is None:
        if operation.request_media == "application/json":
            return None
        return {
            "required": True,
            "content": {operation.request_media: {"schema": {"type": "string", "format": "binary"}}},
        }
    required = any(field.is_required() for field in operation.body_model.model_fields.values())
    schema = operation.surface.describe_body(operation, bodies[operation.body_model])
    return {"required": required, "content": {operation.request_media: {"schema": schema}}}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for parameter in operation.parameters:
        if parameter.kind == "path":
            literal = get_args(parameter.annotation)
            schema = (
                {"type": "string", "enum": list(literal)} if literal else PATH_SCHEMAS[parameter.annotation]
            )
            found.append({"name": parameter.name, "in": "path", "required": True, "schema": schema})
    if operation.query_model is not None:
        schema = operation.query_model.model_json_schema(ref_template=REF.format("{model}"))
        defs = schema.get("$defs", {})
        required = set(schema.get("required", []))
        for name, field in schema["properties"].items():
            shown = _inline(_without_null(field), defs)
            shown.pop("title", None)
            found.append({"name": name, "in": "query", "required": name in required, "schema": shown})
    return found


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" not in field:
        return dict(field)
    parts = [part for part in field["anyOf"] if part.get("type") != "null"]
    rest = {
        key: value
        for key, value in field.items()
        if key != "anyOf" and not (key == "default" and value is None)
    }
    return {**rest, **parts[0]} if len(parts) == 1 else {**rest, "anyOf": parts}


def _inline(schema: Any, defs: Mapping[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inline(defs[schema["$ref"].rpartition("/")[2]], defs)
        return {key: _inline(value, defs) for key, value in schema.items()}
    return [_inline(item, defs) for item in schema] if isinstance(schema, list) else schema


def _responses(operation: Operation, answers: Mapping[str, Any]) -> dict[str, Any]:
    surface = operation.surface
    content: dict[str, Any] = {
        media: {"schema": {"type": "string", "format": shape} if shape else {"type": "string"}}
        for media, shape in operation.media.items()
    }
    if operation.id in answers:
        content["application/json"] = {"schema": answers[operation.id]}
    status = operation.status if content else 204
    header = {
        surface.request_id_header: {"schema": {"type": "string"}, "description": "Trace id of this exchange."}
    }
    success: dict[str, Any] = {"description": "Done.", "headers": header}
    if content:
        success["content"] = content
    found = {str(status): success}
    error = {"application/json": {"schema": answers[f"error:{surface.error_schema.__name__}"]}}
    statuses = {*surface.error_statuses(operation), *(known.status for known in operation.errors)}
    for code in sorted(statuses):
        found[str(code)] = {
            "description": ERROR_TEXTS.get(code, "Refused."),
            "headers": header,
            "content": error,
        }
    return found


ERROR_TEXTS = {
    400: "The request breaks its schema.",
    401: "No credential, or a bad one.",
    403: "The caller may not do this.",
    404: "It does not exist for this caller.",
    409: "A duplicate, or a state that does not allow the step.",
    413: "The body is too large.",
    415: "The content type is not supported.",
    422: "A rule refuses it.",
    429: "Too many requests; Retry-After tells when to come back.",
    500: "Our fault.",
    503: "Not available right now.",
}
