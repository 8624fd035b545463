"""The API explained to people, from its own description: how to get a key, an example, each operation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template

from bonus.registry.keys import SCOPES

from ..access import PUBLIC, allow
from .body import MAX_BODY_BYTES
from .guard import CALLS
from .spec import openapi

blueprint = Blueprint("api_pages", __name__)


@dataclass(frozen=True)
class Field:
    """One field of a body: its path, what it must be, and whether it must be there."""

    path: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation, as the page tells it."""

    name: str
    method: str
    path: str
    scope: str
    summary: str
    description: str
    parameters: list[Mapping[str, Any]]
    fields: list[Field]
    example: str | None
    answers: list[tuple[str, str]]


@blueprint.get("/api/v1/openapi.json")
@allow(PUBLIC)
def description() -> Response:
    text = json.dumps(openapi(), indent=2, ensure_ascii=False)
    return Response(text, mimetype="application/json")


@blueprint.get("/api")
@allow(PUBLIC)
def page() -> str:
    operations = list(_operations(openapi()))
    return render_template(
        "public/api.html",
        operations=operations,
        example=next(one for one in operations if one.name == "put_certification"),
        scopes=SCOPES,
        address=current_app.config["PUBLIC_URL"].rstrip("/"),
        kilobytes=MAX_BODY_BYTES // 1024,
        calls=CALLS.partition(" ")[0],
    )


def _operations(spec: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in spec["paths"].items():
        common = methods.get("parameters", [])
        for method, told in methods.items():
            if method == "parameters":
                continue
            schema = _body_schema(told)
            fields = list(_fields(spec, schema)) if schema else []
            yield Operation(
                name=told["operationId"],
                method=method.upper(),
                path=path,
                scope=told["security"][0]["key"][0],
                summary=told["summary"],
                description=told["description"],
                parameters=[*common, *told.get("parameters", [])],
                fields=fields,
                example=_pretty(_example(spec, schema)) if schema else None,
                answers=[
                    (status, answer["description"]) for status, answer in sorted(told["responses"].items())
                ],
            )


def _body_schema(told: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = told.get("requestBody", {}).get("content", {})
    return content["application/json"]["schema"] if content else None


def _resolved(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema in the place of its reference; what is said beside the reference stays."""
    references = [schema, *schema.get("allOf", [])]
    found = dict(schema)
    for one in references:
        if "$ref" in one:
            found = {**spec["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]], **found}
    return found


def _fields(spec: Mapping[str, Any], schema: Mapping[str, Any], within: str = "") -> Iterator[Field]:
    whole = _resolved(spec, schema)
    for name, told in whole["properties"].items():
        one, path = _resolved(spec, told), f"{within}{name}"
        yield Field(path, _kind(one), name in whole.get("required", []), one.get("description", ""))
        if "properties" in one:
            yield from _fields(spec, one, f"{path}.")


def _kind(schema: Mapping[str, Any]) -> str:
    """What a value must be, in a few words."""
    kinds = schema.get("type", "object")
    kind = next(one for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null")
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if kind == "array":
        return f"liste, {schema['maxItems']} au plus"
    if kind == "string" and schema.get("format") == "date":
        return "date, AAAA-MM-JJ"
    if kind == "string":
        least = f"{schema['minLength']} à " if schema["minLength"] > 1 else ""
        return f"texte, {least}{schema['maxLength']} caractères au plus".replace(
            " au plus" if least else "\0", ""
        )
    return {"boolean": "true ou false", "object": "objet", "integer": "nombre entier"}[kind]


def _example(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    whole = _resolved(spec, schema)
    found: dict[str, Any] = {}
    for name, told in whole["properties"].items():
        one = _resolved(spec, told)
        if "properties" in one:
            found[name] = _example(spec, one)
        elif "example" in one:
            found[name] = one["example"]
    return found


def _pretty(example: Mapping[str, Any]) -> str:
    """Two spaces a level; a list of plain values stays on its line."""
    text = json.dumps(example, ensure_ascii=False, indent=2)
    return re.sub(r"\[\s*([^\[\]{}]*?)\s*\]", _on_one_line, text)


def _on_one_line(found: re.Match[str]) -> str:
    return f"[{' '.join(found[1].split())}]"
