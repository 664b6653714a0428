"""The API as a page to read: plain HTML, nothing from elsewhere, no script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any


def api_page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = [_schema(name, one) for name, one in document["components"]["schemas"].items()]
    title = f"{escape(document['info']['title'])} {escape(document['info']['version'])}: HTTP API"
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{title}</title></head><body><main><h1>{title}</h1>",
            f"<p>{escape(document['info']['description'])} As a document:",
            '<a href="v1/openapi.json">openapi.json</a>.</p><h2>Routes</h2>',
            *operations,
            "<h2>Records</h2>",
            *schemas,
            "</main></body></html>",
        )
    )


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
        f"<td>{_type(one['schema'])}</td><td>{escape(one.get('description', ''))}</td></tr>"
        for one in operation.get("parameters", ())
    )
    head = "<tr><th>parameter</th><th>in</th><th>type</th><th>meaning</th></tr>"
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""
    body = operation.get("requestBody", {}).get("content", {})
    takes = "".join(f"<p>Body: {_type(one['schema'])}</p>" for one in body.values())
    statuses = "".join(
        f"<li>{escape(str(status))} {escape(answer['description'])}{_content(answer)}</li>"
        for status, answer in operation["responses"].items()
    )
    about = escape(operation.get("description", "")).replace("\n\n", "</p><p>")
    heading = f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
    return f"<section>{heading}<p>{about}</p>{table}{takes}<ul>{statuses}</ul></section>"


def _content(answer: Mapping[str, Any]) -> str:
    found = answer.get("content", {})
    return "".join(f": {escape(kind)} {_type(one['schema'])}" for kind, one in found.items())


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(one)}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    )
    head = "<tr><th>field</th><th>type</th></tr>"
    about = escape(schema.get("description", ""))
    table = f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"
    return (
        f'<section id="{escape(name)}"><h3>{escape(name)}</h3><pre>{about}</pre>{table}</section>'
    )


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    kind = escape(str(schema.get("type", "anything")))
    if "prefixItems" in schema:
        return "list of " + ", ".join(_type(one) for one in schema["prefixItems"])
    if isinstance(schema.get("items"), dict):
        return f"list of {_type(schema['items'])}"
    return kind
