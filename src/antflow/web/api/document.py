"""The OpenAPI document: the routes by FastAPI, the records by msgspec."""

from __future__ import annotations

from typing import Any, cast

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from antflow._version import __version__
from antflow.web.api.schemas import schemas_and_components

PREFIX = "/api/v1"


def document_of(router: APIRouter, sources: list[str], prefix: str) -> dict[str, Any]:
    """The document of a router's routes.

    Args:
        router: with the routes under `/api/v1`.
        sources: names of the sources there are.
        prefix: the path under which a proxy or another application shows the server.
    """
    routes = [route for route in router.routes if getattr(route, "path", "").startswith(PREFIX)]
    document = get_openapi(
        title="antflow",
        version=__version__,
        routes=routes,
        description="What runs, how it does, and the commands that steer it.",
        servers=[{"url": prefix}] if prefix else None,
    )
    schemas, components = schemas_and_components()
    document = cast(dict[str, Any], _filled(document, schemas))
    # FastAPI's own error is not what we answer.
    document["components"] = {"schemas": components}
    for path in document["paths"].values():
        for operation in path.values():
            _name_sources(operation, sources)
    return document


def _filled(value: Any, schemas: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        if "$word" in value:
            return schemas[value["$word"]]
        return {key: _filled(one, schemas) for key, one in value.items()}
    return [_filled(one, schemas) for one in value] if isinstance(value, list) else value


def _name_sources(operation: dict[str, Any], sources: list[str]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "source":
            schema = parameter["schema"]
            inner = schema.get("items") or next(
                (one["items"] for one in schema.get("anyOf", ()) if "items" in one), schema
            )
            inner["enum"] = sources
        if parameter["in"] == "path":
            parameter["schema"].setdefault("minLength", 1)
