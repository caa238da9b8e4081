"""Many cases in one stack: each has an API of its own, so that all of them cost a few runs of the CLI.

Some have a role and a client grant that hold all that their API has, which is `HELD`.
"""

from collections.abc import Iterable, Mapping
from zlib import crc32

from support.workspace import ORDERS, Workspace

API_ID = "65f0c0ffee00000000000001"
BILLING = "https://billing.example.com"
BILLING_ID = "65f0c0ffee00000000000002"
HELD = "abc"


def identifier(case: str) -> str:
    """Return the identifier of a case's API."""
    return f"https://{case}.example.com"


def api_id(case: str) -> str:
    """Return the id of a case's API."""
    return f"{crc32(case.encode()):024x}"


def program(cases: Mapping[str, str]) -> str:
    """Return the program of all cases: case → statements.

    In them, ``@api`` and ``@id`` stand for the API's identifier and id, and ``@`` elsewhere for the case's own name.
    """
    return "".join(
        text.replace("@api", identifier(case)).replace("@id", api_id(case)).replace("@", case)
        for case, text in cases.items()
    )


def writes_to(shop: Workspace, case: str) -> list[object]:
    """Return the bodies of the PATCHes to the API of a case since the journal was cleared."""
    return [
        entry.request_body for entry in shop.tenant.journal() if entry.method == "PATCH" and api_id(case) in entry.path
    ]


def declare(permissions: Mapping[str, object], arguments: str = "") -> str:
    """Return the statement that declares a case's permissions."""
    return f"own = auth0_permissions.ApiPermissions('@', api='@api', permissions={permissions!r}, {arguments})\n"


def declared(name: str, values: str, *, api: str = repr(ORDERS), more: str = "", case: str = "") -> str:
    """Return the statement that declares one-letter permissions."""
    permissions = dict.fromkeys(values, "")
    return (
        f"{name} = auth0_permissions.ApiPermissions('{name}{case}', api={api}, permissions={permissions!r}, {more})\n"
    )


def one(name: str, values: str, *, api: str = "'@api'", more: str = "") -> str:
    """Return the statement that declares one-letter permissions of a case's API."""
    return declared(name, values, api=api, more=more, case="-@")


def adopt(shop: Workspace, program: str = declared("a", HELD)) -> None:
    """Have a program applied that declares what the API of `SEED` holds."""
    shop.program(program)
    shop.adopt(SEED)


def _holders(api: str, number: int) -> dict[str, list[dict[str, object]]]:
    """Return the part of a seed in which a role and a client grant hold what an API has."""
    permissions = [{"resource_server_identifier": api, "permission_name": value} for value in HELD]
    return {
        "roles": [{"id": f"rol_{number:016}", "name": f"Clerk {number}", "permissions": permissions}],
        "client_grants": [{"id": f"cgr_{number:016}", "client_id": "shop", "audience": api, "scope": list(HELD)}],
    }


SEED: dict[str, object] = {
    "resource_servers": [
        {"id": API_ID, "identifier": ORDERS, "name": "Orders", "scopes": [{"value": v} for v in HELD]},
        {"id": BILLING_ID, "identifier": BILLING, "name": "Billing", "scopes": []},
    ],
    "clients": [{"client_id": "shop", "name": "Shop"}],
    **_holders(ORDERS, 1),
}


def seed(cases: Iterable[str]) -> dict[str, object]:
    """Return what the tenant holds for these cases."""
    found: dict[str, list[dict[str, object]]] = {"resource_servers": [], "roles": [], "client_grants": []}
    for number, case in enumerate(cases):
        scopes = [{"value": value} for value in HELD]
        found["resource_servers"].append({"id": api_id(case), "identifier": identifier(case), "scopes": scopes})
        for part, holders in _holders(identifier(case), number).items():
            found[part] += holders
    return {**found, "clients": [{"client_id": "shop", "name": "Shop"}]}
