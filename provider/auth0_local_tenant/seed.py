"""The seed file: what a tenant starts with.

    {"resource_servers": [...], "roles": [{..., "permissions": [...]}], "client_grants": [...],
     "users": [{"user_id": "...", "permissions": [...], "roles": ["rol_..."]}],
     "clients": [{"client_id": "...", "name": "...", "client_secret": "...", "scopes": [...]}],
     "options": {...}}

Every part is optional. Bodies are those of the API's POSTs, checked by the same shapes, with the `id` as an
optional extra. Every mistake is reported, each with its place.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from auth0_local_tenant import bodies
from auth0_local_tenant.api_errors import ApiError
from auth0_local_tenant.jsontext import JsonObject
from auth0_local_tenant.models.holdings import PermissionName
from auth0_local_tenant.options import OptionsError
from auth0_local_tenant.tenant import Tenant
from auth0_local_tenant.validation import Problem, Schema, first_problem


class SeedError(ValueError):
    """A seed that can't be taken; `problems` holds one sentence for each mistake."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("the seed has mistakes:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = problems


_ID: Schema = {"type": "string", "minLength": 1}


def _extended(name: str, *required: str, **more: Schema) -> Schema:
    """Return the schema of a POST with further properties, and with other ones required."""
    schema = bodies.SCHEMAS[name]
    properties = {**cast("Mapping[str, Schema]", schema["properties"]), **more}
    return {**schema, "properties": properties, "required": list(required) or schema["required"]}


_HELD = {
    **cast("Mapping[str, Schema]", bodies.SCHEMAS["permissions"]["properties"])["permissions"],
    "minItems": 0,
}
_SHAPES: Mapping[str, Schema] = {
    "resource_servers": _extended("create_resource_server", id=_ID),
    "clients": _extended("create_client", "client_id", "name", client_id=_ID, scopes={"type": "array", "items": _ID}),
    "roles": _extended("create_role", id=_ID, permissions=_HELD),
    "users": _extended("create_user", "user_id", user_id=_ID, permissions=_HELD, roles={"type": "array", "items": _ID}),
    "client_grants": _extended("create_client_grant", id=_ID),
}


def plant(tenant: Tenant, seed: Mapping[str, object]) -> None:
    """Add what a seed describes to a tenant: all of it, or nothing.

    Applications that a grant names but the seed does not are created with the id as name. In audiences and
    identifiers `{domain}` stands for the tenant's URL. A resource server `{domain}/api/v2/` gives the Management API,
    which is there already, other permissions.

    Raises:
        SeedError: with every mistake found.
    """
    problems = [
        f"{part}: no such part; there are {', '.join([*_SHAPES, 'options'])}"
        for part in seed
        if part not in _SHAPES and part != "options"
    ]
    items: list[tuple[str, str, JsonObject]] = []
    for part, shape in _SHAPES.items():
        for where, item in _items(part, seed.get(part, []), problems):
            if problem := first_problem(shape, item):
                problems.append(_sentence(where, problem))
            else:
                items.append((part, where, _with_domain(cast("JsonObject", item), tenant.domain)))
    options = tenant.options
    if isinstance(values := seed.get("options", {}), Mapping):
        try:
            options = options.updated(values)
        except OptionsError as error:
            problems.append(f"options: {error}")
    else:
        problems.append("options: expected an object")
    if problems:
        raise SeedError(problems)
    with tenant.store.transaction():
        for part, where, item in items:
            try:
                _PLANTERS[part](tenant, item)
            except ApiError as error:
                problems.append(f"{where}: {error.message}")
        if problems:
            raise SeedError(problems)
    tenant.options = options


def _items(part: str, value: object, problems: list[str]) -> Iterator[tuple[str, object]]:
    if not isinstance(value, list):
        problems.append(f"{part}: expected a list")
        return
    for index, item in enumerate(value):
        yield f"{part}[{index}]", item


def _sentence(where: str, problem: Problem) -> str:
    return f"{where}{'.' if problem.path else ''}{problem.path}: {problem.what}"


def _with_domain(item: JsonObject, domain: str) -> JsonObject:
    replaced = dict(item)
    for key in ("identifier", "audience"):
        if isinstance(text := replaced.get(key), str):
            replaced[key] = text.replace("{domain}", domain)
    return replaced


def _without(item: JsonObject, *names: str) -> JsonObject:
    return {key: value for key, value in item.items() if key not in names}


def _id(item: JsonObject) -> str | None:
    return cast("str | None", item.get("id"))


def _permissions(value: object, domain: str) -> list[PermissionName]:
    held = cast("list[dict[str, str]]", value or [])
    return [
        PermissionName(item["permission_name"], item["resource_server_identifier"].replace("{domain}", domain))
        for item in held
    ]


def _plant_resource_server(tenant: Tenant, item: JsonObject) -> None:
    if item["identifier"] == tenant.tokens.audience:
        tenant.resource_servers.set_management_api(cast("list[dict[str, str]]", item.get("scopes", [])))
    else:
        tenant.resource_servers.create(_without(item, "id"), fixed_id=_id(item))


def _plant_client(tenant: Tenant, item: JsonObject) -> None:
    client_id = str(item["client_id"])
    tenant.clients.create(_without(item, "client_id", "scopes"), fixed_id=client_id)
    if "scopes" in item:
        tenant.client_grants.create(
            {"client_id": client_id, "audience": tenant.tokens.audience, "scope": item["scopes"]}
        )


def _plant_role(tenant: Tenant, item: JsonObject) -> None:
    role = tenant.roles.create(_without(item, "id", "permissions"), fixed_id=_id(item))
    tenant.roles.add_permissions(str(role["id"]), _permissions(item.get("permissions"), tenant.domain))


def _plant_user(tenant: Tenant, item: JsonObject) -> None:
    user_id = str(item["user_id"])
    tenant.users.create(_without(item, "permissions", "roles"), fixed_id=user_id)
    tenant.users.assign([(user_id, role_id) for role_id in cast("list[str]", item.get("roles", []))])
    tenant.users.holdings.add(user_id, _permissions(item.get("permissions"), tenant.domain))


def _plant_client_grant(tenant: Tenant, item: JsonObject) -> None:
    client_id = item.get("client_id")
    if isinstance(client_id, str) and not tenant.clients.find(client_id):
        tenant.clients.create({"name": client_id}, fixed_id=client_id)
    tenant.client_grants.create(_without(item, "id"), fixed_id=_id(item))


_PLANTERS: Mapping[str, Callable[[Tenant, JsonObject], None]] = {
    "resource_servers": _plant_resource_server,
    "clients": _plant_client,
    "roles": _plant_role,
    "users": _plant_user,
    "client_grants": _plant_client_grant,
}
