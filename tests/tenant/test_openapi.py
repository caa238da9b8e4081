"""The local tenant keeps to the OpenAPI description of the Management API, except where traffic says otherwise.

A tour through every operation that the tenant has is held against the description.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from openapi_schema_validator import OAS31Validator

from auth0_local_tenant import LocalTenant
from tenant.support import ANNE, API, API_PATH, Client, held

DESCRIPTION = json.loads((Path(__file__).parents[1] / "openapi/management-api-subset.json").read_text(encoding="utf-8"))


# Operation and status → why the tenant answers what the description does not list.
STATUSES = {
    ("patch /resource-servers/{id}", 200): "TestAccResourceServerScope: every PATCH; 74 of 74 in all recordings",
    ("delete /roles/{id}/permissions", 204): "TestAccRolePermission: every DELETE",
    ("patch /resource-servers/{id}", 404): "inferred: GET of one is recorded (TestAccDataSourceResourceServer)",
    ("patch /roles/{id}", 404): "inferred: the description lists it for GET and DELETE of the same role",
    ("post /roles/{id}/permissions", 404): "inferred: the description lists it for GET of the same list",
    ("delete /roles/{id}/permissions", 404): "inferred: the description lists it for GET of the same list",
    ("post /users/{id}/permissions", 404): "inferred: the description lists it for GET of the same list",
    ("delete /users/{id}/permissions", 404): "inferred: the description lists it for GET of the same list",
}
# Schemas to which the tenant adds `type`, as every role of deploycli-should-deploy-... has it.
WITH_TYPE = ("CreateRoleResponseContent", "GetRoleResponseContent", "UpdateRoleResponseContent", "Role")


READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders"}
HELD = {"permissions": held("read:orders")}


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the tour: about what was made on the way, or, where 404 is expected, about nothing there is."""

    operation: str
    status: int
    body: object = None
    query: str = ""


TOUR = (
    Step("post /resource-servers", 201, {"identifier": API, "name": "Orders", "scopes": [READ, WRITE]}),
    Step(
        "post /resource-servers",
        201,
        {
            "identifier": "urn:all",
            "name": "All settings",
            "signing_alg": "PS256",
            "scopes": [],
            "allow_offline_access": True,
            "allow_online_access": True,
            "token_lifetime": 100,
            "token_lifetime_for_web": 50,
            "token_dialect": "rfc9068_profile_authz",
            "enforce_policies": True,
            "skip_consent_for_verifiable_first_party_clients": True,
            "consent_policy": "transactional-authorization-with-mfa",
            "authorization_details": [{"type": "payment"}],
            "proof_of_possession": {"mechanism": "dpop", "required": True, "required_for": "all_clients"},
            "subject_type_authorization": {"user": {"policy": "deny_all"}, "client": {"policy": "deny_all"}},
            "authorization_policy": {"policy_id": "policy"},
            "token_encryption": {
                "format": "compact-nested-jwe",
                "encryption_key": {"alg": "RSA-OAEP-256", "pem": "-----BEGIN PUBLIC KEY-----"},
            },
        },
    ),
    Step(
        "post /resource-servers",
        201,
        {"identifier": "urn:secret", "signing_alg": "HS256", "signing_secret": "s" * 16},
    ),
    Step("post /resource-servers", 201, {"identifier": "urn:auth0:express-configure"}),
    Step("post /resource-servers", 409, {"identifier": API}),
    Step("post /resource-servers", 400, {}),
    Step("get /resource-servers", 200),
    Step("get /resource-servers", 200, query="include_totals=true&per_page=2"),
    Step("get /resource-servers", 400, query="per_page=0"),
    Step("get /resource-servers/{id}", 200),
    Step("get /resource-servers/{id}", 404),
    Step("patch /resource-servers/{id}", 200, {"scopes": [READ, WRITE], "name": "Orders API"}),
    Step("patch /resource-servers/{id}", 400, {"identifier": "x"}),
    Step("patch /resource-servers/{id}", 404, {}),
    Step("post /roles", 200, {"name": "Clerk"}),
    Step("post /roles", 409, {"name": "Clerk"}),
    Step("post /roles", 400, {}),
    Step("get /roles", 200),
    Step("get /roles", 200, query="include_totals=true&name_filter=cle"),
    Step("get /roles/{id}", 200),
    Step("get /roles/{id}", 404),
    Step("patch /roles/{id}", 200, {"description": "Takes orders"}),
    Step("patch /roles/{id}", 404, {}),
    Step("post /roles/{id}/permissions", 201, HELD),
    Step("post /roles/{id}/permissions", 400, {"permissions": []}),
    Step("post /roles/{id}/permissions", 404, HELD),
    Step("get /roles/{id}/permissions", 200),
    Step("get /roles/{id}/permissions", 200, query="include_totals=true"),
    Step("get /roles/{id}/permissions", 404),
    Step("delete /roles/{id}/permissions", 204, HELD),
    Step("delete /roles/{id}/permissions", 404, HELD),
    Step("post /users/{id}/permissions", 201, HELD),
    Step("post /users/{id}/permissions", 404, HELD),
    Step("get /users/{id}/permissions", 200),
    Step("get /users/{id}/permissions", 200, query="include_totals=true"),
    Step("get /users/{id}/permissions", 404),
    Step("delete /users/{id}/permissions", 204, HELD),
    Step("delete /users/{id}/permissions", 404, HELD),
    Step("post /client-grants", 201, {"client_id": "shop", "audience": API, "scope": ["read:orders"]}),
    Step(
        "post /client-grants",
        201,
        {
            "client_id": "shop",
            "audience": API,
            "subject_type": "user",
            "organization_usage": "allow",
            "allow_any_organization": True,
            "authorization_details_types": ["payment"],
            "allow_all_scopes": True,
        },
    ),
    Step("post /client-grants", 201, {"audience": API, "default_for": "third_party_clients", "scope": []}),
    Step("post /client-grants", 409, {"client_id": "shop", "audience": API}),
    Step("post /client-grants", 404, {"client_id": "shop", "audience": "urn:nothing"}),
    Step("post /client-grants", 400, {"client_id": "shop"}),
    Step("get /client-grants", 200),
    Step("get /client-grants", 200, query="include_totals=true&subject_type=user"),
    Step("get /client-grants", 200, query="take=1"),
    Step("get /client-grants/{id}", 200),
    Step("get /client-grants/{id}", 404),
    Step("patch /client-grants/{id}", 200, {"scope": ["write:orders"]}),
    Step("patch /client-grants/{id}", 200, {"allow_all_scopes": True}),
    Step("patch /client-grants/{id}", 200, {"allow_all_scopes": None}),
    Step("patch /client-grants/{id}", 400, {}),
    Step("patch /client-grants/{id}", 404, {"scope": []}),
    Step("delete /client-grants/{id}", 204),
    Step("delete /roles/{id}", 200),
    Step("delete /roles/{id}", 404),
    Step("delete /resource-servers/{id}", 204),
    Step("delete /resource-servers/{id}", 204),
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
    """Return what is wrong with a value, by the description with what it lacks added."""
    schemas = json.loads(json.dumps(DESCRIPTION["components"]["schemas"]))
    for name in WITH_TYPE:
        schemas[name]["properties"]["type"] = {}
    whole = {**schema, "components": {"schemas": schemas}}
    return [f"{error.json_path}: {error.message}" for error in OAS31Validator(whole).iter_errors(value)]


@pytest.fixture
def prepared(tenant: LocalTenant, client: Client) -> Client:
    """A client of a tenant with one application and one user."""
    tenant.seed({"clients": [{"client_id": "shop", "name": "Web shop"}], "users": [{"user_id": "auth0|anne"}]})
    return client


def test_every_answer_keeps_to_the_description(prepared: Client) -> None:
    """A tour through every operation finds only listed statuses and bodies of the described shape."""
    ids = {"resource-servers": API_PATH.rpartition("/")[2], "users": ANNE.rpartition("/")[2]}
    found: list[str] = []
    for step in TOUR:
        method, path = step.operation.split(" ")
        kind = path.split("/")[1]
        path = path.replace("{id}", "nothing" if step.status == 404 else ids.get(kind, ""))
        answer = prepared.send(method.upper(), path, step.body, query=step.query)
        name = f"{step.operation} {step.body}"
        if answer.status_code != step.status:
            found.append(f"{name}: {answer.status_code} {answer.text}")
        if str(answer.status_code) not in responses(step.operation) and (step.operation, step.status) not in STATUSES:
            found.append(f"{name}: {answer.status_code} is not in the description")
        if answer.content and answer.status_code < 300 and (schema := answer_schema(step.operation, step.status)):
            found.extend(f"{name}: {problem}" for problem in problems(schema, answer.json()))
        if method == "post" and answer.status_code < 300 and answer.json():
            ids.setdefault(kind, answer.json()["id"])

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
