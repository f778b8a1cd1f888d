"""Every route of the OpenAPI document, asked by everybody who must not have it.

Routes are found in the document itself, so that a new one cannot be forgotten.
"""

from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx import AsyncClient, Response

from obrador.authz import TenantId
from obrador.kit.ids import new_id

OPEN = {
    ("get", "/health/live"),
    ("get", "/health/ready"),
    ("get", "/api/v1/orchestrator/health"),
    ("post", "/api/v1/auth/token"),
    ("post", "/api/v1/auth/refresh"),
}
"""Routes that need no credentials."""
VIEWER_WRITES = {
    "/inventory/operations/ingredients/batch",
    "/inventory/operations/stock-levels/batch",
    "/forecasts/generate",
    "/forecasts/single",
    "/notifications/{id}/read",
    "/notification-preferences/me",
    "/notification-preferences/mail",
}
"""Posts that only read, and what everybody decides for themselves."""
PROBLEM = "application/problem+json"
METHODS = {"get", "post", "put", "patch", "delete"}
Route = tuple[str, str, dict[str, Any]]


def routes(app: FastAPI) -> list[Route]:
    """Method, path and description of every operation."""
    return [
        (method, path, operation)
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def in_tenant(app: FastAPI) -> list[Route]:
    return [route for route in routes(app) if "{tenant_id}" in route[1]]


async def ask(client: AsyncClient, app: FastAPI, route: Route, tenant: UUID) -> Response:
    """Ask with a path and a body that the document allows, of things that are not there."""
    method, path, operation = route
    values = {
        parameter["name"]: sample(parameter["schema"], app.openapi())
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "path"
    }
    url = path.format(**(values | {"tenant_id": tenant}))
    body = operation.get("requestBody", {}).get("content", {})
    if "application/json" in body:
        example = sample(body["application/json"]["schema"], app.openapi())
        return await client.request(method, url, json=example)
    files = {"file": ("sales.csv", b"x")} if body else None
    return await client.request(method, url, files=files)


def sample(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """The smallest value that the schema allows."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return sample(document["components"]["schemas"][name], document)
    if choices := schema.get("anyOf", schema.get("oneOf")):
        return sample(choices[0], document)
    if schema.get("type") == "object":
        required = schema.get("required", [])
        return {name: sample(schema["properties"][name], document) for name in required}
    if schema.get("type") == "array":
        return [sample(schema["items"], document)] * schema.get("minItems", 0)
    return simple(schema)


def simple(schema: dict[str, Any]) -> Any:
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "string":
        return text(schema)
    return {"boolean": True, "null": None}.get(schema["type"], schema.get("minimum", 1))


def text(schema: dict[str, Any]) -> str:
    by_format = {
        "uuid": str(new_id()),
        "date": "2026-03-02",
        "date-time": "2026-03-02T04:00:00Z",
    }
    by_pattern = {
        "@": "a@b.example",
        "[a-z0-9_]": "a_workflow",
        "[A-Z]{2}$": "ES",
        "[A-Z]{3}$": "EUR",
        ":": "05:30",
    }
    if "format" in schema:
        return by_format[schema["format"]]
    found = [value for part, value in by_pattern.items() if part in schema.get("pattern", "")]
    return found[0] if found else "x" * max(1, schema.get("minLength", 1))


async def test_nobody_is_let_in_anonymously(
    app: FastAPI, anonymous: AsyncClient, tenant: TenantId
) -> None:
    asked = [route for route in routes(app) if route[:2] not in OPEN]
    answers = [(route[:2], await ask(anonymous, app, route, tenant)) for route in asked]

    assert len(answers) > 40
    assert [route for route, answer in answers if answer.status_code != 401] == []
    assert all(answer.json()["status"] == 401 for _, answer in answers)


async def test_another_bakerys_people_find_nothing(
    app: FastAPI, outsider: AsyncClient, tenant: TenantId
) -> None:
    answers = [(route[:2], await ask(outsider, app, route, tenant)) for route in in_tenant(app)]

    assert [(route, a.status_code) for route, a in answers if a.status_code != 404] == []


async def test_who_may_only_look_changes_nothing(
    app: FastAPI, viewer: AsyncClient, tenant: TenantId
) -> None:
    writes = [
        route
        for route in in_tenant(app)
        if route[0] != "get" and not any(route[1].endswith(path) for path in VIEWER_WRITES)
    ]
    answers = [(route[:2], await ask(viewer, app, route, tenant)) for route in writes]

    assert [(route, a.status_code, a.text) for route, a in answers if a.status_code != 403] == []


async def test_the_platform_is_for_who_runs_it(
    app: FastAPI, owner: AsyncClient, viewer: AsyncClient, tenant: TenantId
) -> None:
    asked = [
        route
        for route in routes(app)
        if route[1].startswith("/api/v1/orchestrator/") and route[:2] not in OPEN
    ]
    assert len(asked) > 20
    for client in (owner, viewer):
        answers = [(route[:2], await ask(client, app, route, tenant)) for route in asked]

        assert [(r, a.status_code) for r, a in answers if a.status_code != 403] == []


async def test_an_execution_that_is_not_there_is_not_found(
    app: FastAPI, admin: AsyncClient, tenant: TenantId
) -> None:
    with_id = [
        r for r in routes(app) if r[1].startswith("/api/v1/orchestrator/") and "{id}" in r[1]
    ]
    answers = [(route[:2], await ask(admin, app, route, tenant)) for route in with_id]

    found = [(r, a.status_code, a.text) for r, a in answers if a.status_code != 404]
    # Steps are looked at first.
    assert [each for each in found if each[0][0] != "put"] == []


async def test_what_is_not_there_is_not_found(
    app: FastAPI, owner: AsyncClient, admin: AsyncClient, tenant: TenantId
) -> None:
    with_id = [route for route in in_tenant(app) if route[1].count("{") > 1]
    assert len(with_id) > 20
    for client in (owner, admin):
        answers = [(route[:2], await ask(client, app, route, tenant)) for route in with_id]

        assert [(r, a.status_code, a.text) for r, a in answers if a.status_code != 404] == []


async def test_every_route_documents_how_it_may_fail(app: FastAPI) -> None:
    undocumented = [
        (method, path, status)
        for method, path, operation in in_tenant(app)
        for status in ("401", "403", "404", "422", "503")
        if PROBLEM not in operation["responses"].get(status, {}).get("content", {})
    ]

    assert undocumented == []


async def test_every_route_is_described(app: FastAPI) -> None:
    silent = [route[:2] for route in routes(app) if not route[2].get("summary")]

    assert silent == []
