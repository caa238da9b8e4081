"""The local tenant keeps to the OpenAPI description of the Management API, except where traffic says otherwise.

A tour through every operation that the tenant has is held against the description.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS31Validator

from tenant.support import API, API_PATH, Client, held

DESCRIPTION = json.loads((Path(__file__).parents[1] / "openapi/management-api-subset.json").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]
OPERATIONS: dict[str, Any] = {
    f"{method} {path}": operation for path, item in DESCRIPTION["paths"].items() for method, operation in item.items()
}

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
# The tenant adds `type`, as every role of deploycli-should-deploy-... has it.
for name in ("CreateRoleResponseContent", "GetRoleResponseContent", "UpdateRoleResponseContent", "Role"):
    SCHEMAS[name]["properties"]["type"] = {}

READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders"}
HELD = {"permissions": held("read:orders")}

TOUR: tuple[tuple[str, object, int], ...] = (
    ("post /resource-servers", {"identifier": API, "name": "Orders", "scopes": [READ, WRITE]}, 201),
    (
        "post /resource-servers",
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
        201,
    ),
    (
        "post /resource-servers",
        {"identifier": "urn:secret", "signing_alg": "HS256", "signing_secret": "s" * 16},
        201,
    ),
    ("post /resource-servers", {"identifier": "urn:auth0:express-configure"}, 201),
    ("post /resource-servers", {"identifier": API}, 409),
    ("post /resource-servers", {}, 400),
    ("get /resource-servers", None, 200),
    ("get /resource-servers?include_totals=true&per_page=2", None, 200),
    ("get /resource-servers?per_page=0", None, 400),
    ("get /resource-servers/{id}", None, 200),
    ("get /resource-servers/{id}", None, 404),
    ("patch /resource-servers/{id}", {"scopes": [READ, WRITE], "name": "Orders API"}, 200),
    ("patch /resource-servers/{id}", {"identifier": "x"}, 400),
    ("patch /resource-servers/{id}", {}, 404),
    ("post /roles", {"name": "Clerk"}, 200),
    ("post /roles", {"name": "Clerk"}, 409),
    ("post /roles", {}, 400),
    ("get /roles", None, 200),
    ("get /roles?include_totals=true&name_filter=cle", None, 200),
    ("get /roles/{id}", None, 200),
    ("get /roles/{id}", None, 404),
    ("patch /roles/{id}", {"description": "Takes orders"}, 200),
    ("patch /roles/{id}", {}, 404),
    ("post /roles/{id}/permissions", HELD, 201),
    ("post /roles/{id}/permissions", {"permissions": []}, 400),
    ("post /roles/{id}/permissions", HELD, 404),
    ("get /roles/{id}/permissions", None, 200),
    ("get /roles/{id}/permissions?include_totals=true", None, 200),
    ("get /roles/{id}/permissions", None, 404),
    ("delete /roles/{id}/permissions", HELD, 204),
    ("delete /roles/{id}/permissions", HELD, 404),
    ("post /users/{id}/permissions", HELD, 201),
    ("post /users/{id}/permissions", HELD, 404),
    ("get /users/{id}/permissions", None, 200),
    ("get /users/{id}/permissions?include_totals=true", None, 200),
    ("get /users/{id}/permissions", None, 404),
    ("delete /users/{id}/permissions", HELD, 204),
    ("delete /users/{id}/permissions", HELD, 404),
    ("post /client-grants", {"client_id": "shop", "audience": API, "scope": ["read:orders"]}, 201),
    (
        "post /client-grants",
        {
            "client_id": "shop",
            "audience": API,
            "subject_type": "user",
            "organization_usage": "allow",
            "allow_any_organization": True,
            "authorization_details_types": ["payment"],
            "allow_all_scopes": True,
        },
        201,
    ),
    ("post /client-grants", {"audience": API, "default_for": "third_party_clients", "scope": []}, 201),
    ("post /client-grants", {"client_id": "shop", "audience": API}, 409),
    ("post /client-grants", {"client_id": "shop", "audience": "urn:nothing"}, 404),
    ("post /client-grants", {"client_id": "shop"}, 400),
    ("get /client-grants", None, 200),
    ("get /client-grants?include_totals=true&subject_type=user", None, 200),
    ("get /client-grants?take=1", None, 200),
    ("get /client-grants/{id}", None, 200),
    ("get /client-grants/{id}", None, 404),
    ("patch /client-grants/{id}", {"scope": ["write:orders"]}, 200),
    ("patch /client-grants/{id}", {"allow_all_scopes": True}, 200),
    ("patch /client-grants/{id}", {"allow_all_scopes": None}, 200),
    ("patch /client-grants/{id}", {}, 400),
    ("patch /client-grants/{id}", {"scope": []}, 404),
    ("delete /client-grants/{id}", None, 204),
    ("delete /roles/{id}", None, 200),
    ("delete /roles/{id}", None, 404),
    ("delete /resource-servers/{id}", None, 204),
    ("delete /resource-servers/{id}", None, 204),
)


def answer_schema(operation: str, status: int) -> Mapping[str, object] | None:
    """Return the schema of an answer; that of the success where the recorded status is another one."""
    listed = OPERATIONS[operation]["responses"]
    described = listed.get(str(status)) or (listed.get("201") or listed.get("200") if status < 300 else None)
    schema: Mapping[str, object] | None = (described or {}).get("content", {}).get("application/json", {}).get("schema")
    return schema


def test_every_answer_keeps_to_the_description(client: Client) -> None:
    """A tour through every operation finds only listed statuses and bodies of the described shape.

    Each request is about what was made on the way, or, where 404 is expected, about nothing there is.
    """
    client.tenant.seed({"clients": [{"client_id": "shop", "name": "Web shop"}], "users": [{"user_id": "auth0|anne"}]})
    ids = {"resource-servers": API_PATH.rpartition("/")[2], "users": "auth0%7Canne"}
    found: list[str] = []
    for request, body, status in TOUR:
        operation = request.partition("?")[0]
        kind = operation.split("/")[1]
        method, path = request.replace("{id}", "nothing" if status == 404 else ids.get(kind, "")).split(" ")
        answer = client.send(f"{method.upper()} {path}", body)
        if answer.status_code != status:
            found.append(f"{request} {body}: {answer.status_code} {answer.text}")
        if str(status) not in OPERATIONS[operation]["responses"] and (operation, status) not in STATUSES:
            found.append(f"{request} {body}: {status} is not in the description")
        if answer.content and status < 300 and (schema := answer_schema(operation, status)):
            validator = OAS31Validator({**schema, "components": {"schemas": SCHEMAS}})
            found += [
                f"{request} {body}: {problem.json_path}: {problem.message}"
                for problem in validator.iter_errors(answer.json())
            ]
        if operation.startswith("post") and status < 300 and answer.json():
            ids.setdefault(kind, answer.json()["id"])

    assert found == []
    assert {request.partition("?")[0] for request, _, status in TOUR if status < 300} == set(OPERATIONS)


def test_scopes_are_those_of_the_description(client: Client) -> None:
    """A token without permissions is refused with the very scopes that the description asks for."""
    limited = client.with_credentials(*client.tenant.issue_client(["read:nothing"]))

    for operation, described in OPERATIONS.items():
        method, path = operation.split(" ")
        wanted = [way["oAuth2ClientCredentials"] for way in described["security"] if "oAuth2ClientCredentials" in way]
        assert limited.call(f"{method.upper()} {path.replace('{id}', 'x')}", {}, status=403) == {
            "statusCode": 403,
            "error": "Forbidden",
            "message": f"Insufficient scope, expected any of: {','.join(wanted[0])}",
            "errorCode": "insufficient_scope",
        }
