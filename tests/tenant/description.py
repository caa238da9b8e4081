"""The OpenAPI description of the Management API, against which every answer of the tenant is held (`Client.call`)."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS31Validator

DESCRIPTION = json.loads((Path(__file__).parents[1] / "openapi/management-api-subset.json").read_text(encoding="utf-8"))
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]
OPERATIONS: dict[str, Any] = {
    f"{method.upper()} {path}": operation
    for path, item in DESCRIPTION["paths"].items()
    for method, operation in item.items()
}

# Operation and status → why the tenant answers what the description does not list.
STATUSES = {
    ("PATCH /resource-servers/{id}", 200): "TestAccResourceServerScope: every PATCH; 74 of 74 in all recordings",
    ("DELETE /roles/{id}/permissions", 204): "TestAccRolePermission: every DELETE",
    ("PATCH /resource-servers/{id}", 404): "inferred: GET of one is recorded (TestAccDataSourceResourceServer)",
    ("PATCH /roles/{id}", 409): "inferred: the description lists it for POST of a role of the same name",
    ("POST /roles/{id}/permissions", 404): "inferred: the description lists it for GET of the same list",
}
# The tenant adds `type`, as every role of deploycli-should-deploy-... has it.
for name in ("CreateRoleResponseContent", "GetRoleResponseContent", "UpdateRoleResponseContent", "Role"):
    SCHEMAS[name]["properties"]["type"] = {}
# The last page by checkpoint, as recorded, has no `next`, and so fits two of these.
SCHEMAS["ListClientGrantResponseContent"]["anyOf"] = SCHEMAS["ListClientGrantResponseContent"].pop("oneOf")


def operation_of(request: str) -> str | None:
    """Return the operation of a request such as "GET /roles/x?fields=id"; None where the description lacks it."""
    method, _, path = request.partition("?")[0].partition(" /")
    kind, *rest = path.split("/")
    found = f"{method} /{'/'.join([kind, *(['{id}', *rest[1:]] if rest else [])])}"
    return found if found in OPERATIONS and rest[:1] != ["search"] else None


def check(request: str, status: int, body: object) -> None:
    """Fail where the description has no such answer; only faults answer with 429 and 5xx."""
    operation = operation_of(request)
    if operation and status < 500 and status != 429:
        listed = OPERATIONS[operation]["responses"]
        assert str(status) in listed or (operation, status) in STATUSES, (
            f"{request}: {status} is not in the description"
        )
        if status < 300 and body is not None:
            found = _validator(operation, status)
            problems = [f"{error.json_path}: {error.message}" for error in found.iter_errors(body)] if found else []
            assert problems == [], request


@cache
def _validator(operation: str, status: int) -> OAS31Validator | None:
    """Return what validates an answer: by the schema of the success where the recorded status is another one."""
    listed = OPERATIONS[operation]["responses"]
    described = listed.get(str(status)) or listed.get("201") or listed.get("200") or {}
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    return OAS31Validator({**schema, "components": {"schemas": SCHEMAS}}) if schema else None
