"""The local tenant keeps to the OpenAPI description of the Management API, except where traffic says otherwise."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from openapi_schema_validator import OAS31Validator

from auth0_local_tenant import LocalTenant
from tenant.openapi_tour import TOUR
from tenant.support import Client

DESCRIPTION = json.loads((Path(__file__).parents[1] / "openapi/management-api-subset.json").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Status:
    """A status that the tenant answers and the description does not list."""

    operation: str
    status: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the tenant answers and the description's schema does not have."""

    schema: str
    key: str
    evidence: str


STATUSES = (
    Status("patch /resource-servers/{id}", 200, "TestAccResourceServerScope: every PATCH; 74 of 74 in all recordings"),
    Status("delete /roles/{id}/permissions", 204, "TestAccRolePermission: every DELETE"),
    Status(
        "patch /resource-servers/{id}",
        404,
        "inferred: GET of a missing API is recorded as 404 (TestAccDataSourceResourceServer)",
    ),
    Status("patch /roles/{id}", 404, "inferred: the description lists it for GET and DELETE of the same role"),
    Status("post /roles/{id}/permissions", 404, "inferred: the description lists it for GET of the same list"),
    Status("delete /roles/{id}/permissions", 404, "inferred: the description lists it for GET of the same list"),
    Status("post /users/{id}/permissions", 404, "inferred: the description lists it for GET of the same list"),
    Status("delete /users/{id}/permissions", 404, "inferred: the description lists it for GET of the same list"),
)

ROLE_TYPE = "deploycli-should-deploy-...: every role carries type"
KEYS = (
    Key("CreateRoleResponseContent", "type", ROLE_TYPE),
    Key("GetRoleResponseContent", "type", ROLE_TYPE),
    Key("UpdateRoleResponseContent", "type", ROLE_TYPE),
    Key("Role", "type", ROLE_TYPE),
)


def operations() -> set[str]:
    """Return all operations of the description."""
    return {f"{method} {path}" for path, item in DESCRIPTION["paths"].items() for method in item}


def responses(operation: str) -> dict[str, dict[str, object]]:
    """Return the description's answers to an operation, by status."""
    method, path = operation.split(" ")
    return cast("dict[str, dict[str, object]]", DESCRIPTION["paths"][path][method]["responses"])


def answer_schema(operation: str, status: int) -> Mapping[str, object] | None:
    """Return the schema of an answer; that of the success where the recorded status is another one."""
    listed = responses(operation)
    described = listed.get(str(status)) or (listed.get("201") or listed.get("200") if status < 300 else None)
    content = cast("dict[str, dict[str, object]]", (described or {}).get("content", {}))
    return cast("Mapping[str, object] | None", content.get("application/json", {}).get("schema"))


def problems(schema: Mapping[str, object], value: object) -> list[str]:
    """Return what is wrong with a value, by the description with the keys of `KEYS` added."""
    schemas = json.loads(json.dumps(DESCRIPTION["components"]["schemas"]))
    for key in KEYS:
        schemas[key.schema]["properties"][key.key] = {}
    whole = {**schema, "components": {"schemas": schemas}}
    return [f"{error.json_path}: {error.message}" for error in OAS31Validator(whole).iter_errors(value)]


@pytest.fixture
def prepared(tenant: LocalTenant, client: Client) -> Client:
    """A client of a tenant with one application and one user."""
    tenant.seed({"clients": [{"client_id": "shop", "name": "Web shop"}], "users": [{"user_id": "auth0|anne"}]})
    return client


def test_every_answer_keeps_to_the_description(prepared: Client) -> None:
    """A tour through every operation finds only listed statuses and bodies of the described shape."""
    ids: dict[str, str] = {}
    found: list[str] = []
    known = {(item.operation, item.status) for item in STATUSES}
    for step in TOUR:
        answer = prepared.send(
            step.operation.split(" ")[0].upper(), step.path.format(**ids), step.body, query=step.query
        )
        name = f"{step.operation} {step.body}"
        if answer.status_code != step.status:
            found.append(f"{name}: {answer.status_code} {answer.text}")
        if str(answer.status_code) not in responses(step.operation) and (step.operation, step.status) not in known:
            found.append(f"{name}: {answer.status_code} is not in the description")
        if answer.content and answer.status_code < 300 and (schema := answer_schema(step.operation, step.status)):
            found.extend(f"{name}: {problem}" for problem in problems(schema, answer.json()))
        if step.operation in {"post /roles", "post /client-grants"} and answer.status_code < 300:
            ids.setdefault(step.operation.removeprefix("post /").removesuffix("s").split("-")[-1], answer.json()["id"])

    assert found == []


def test_the_tour_visits_every_operation() -> None:
    """No operation of the description is left out, and each succeeds at least once."""
    assert {step.operation for step in TOUR if step.status < 300} == operations()


@pytest.mark.parametrize("operation", sorted(operations()))
def test_scopes_are_those_of_the_description(tenant: LocalTenant, client: Client, operation: str) -> None:
    """A token without permissions is refused with the very scopes that the description asks for."""
    method, path = operation.split(" ")
    security = cast("list[Mapping[str, Sequence[str]]]", DESCRIPTION["paths"][path][method]["security"])
    wanted = [item["oAuth2ClientCredentials"] for item in security if "oAuth2ClientCredentials" in item]
    limited = client.with_credentials(*tenant.issue_client(["read:nothing"]))

    answer = limited.send(method.upper(), path.replace("{id}", "x"), {})

    assert answer.status_code == 403
    assert answer.json() == {
        "statusCode": 403,
        "error": "Forbidden",
        "message": f"Insufficient scope, expected any of: {','.join(wanted[0])}",
        "errorCode": "insufficient_scope",
    }
