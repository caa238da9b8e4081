"""A tour through every operation of the Management API that the tenant has: requests and the statuses they get."""

from dataclasses import dataclass

API = "https://orders.example.com/v1"
READ = {"value": "read:orders", "description": "Read orders"}
WRITE = {"value": "write:orders"}
HELD = {"permissions": [{"resource_server_identifier": API, "permission_name": "read:orders"}]}
ANNE = "/users/auth0%7Canne/permissions"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of the tour; `{role}` and `{grant}` in its path stand for ids created on the way."""

    operation: str
    path: str
    status: int
    body: object = None
    query: str = ""


RS, GRANTS = "/resource-servers", "/client-grants"
ORDERS = f"{RS}/https:%2F%2Forders.example.com%2Fv1"

TOUR = (
    Step("post /resource-servers", RS, 201, {"identifier": API, "name": "Orders", "scopes": [READ, WRITE]}),
    Step(
        "post /resource-servers",
        RS,
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
        RS,
        201,
        {"identifier": "urn:secret", "signing_alg": "HS256", "signing_secret": "s" * 16},
    ),
    Step("post /resource-servers", RS, 201, {"identifier": "urn:auth0:express-configure"}),
    Step("post /resource-servers", RS, 409, {"identifier": API}),
    Step("post /resource-servers", RS, 400, {}),
    Step("get /resource-servers", RS, 200),
    Step("get /resource-servers", RS, 200, query="include_totals=true&per_page=2"),
    Step("get /resource-servers", RS, 400, query="per_page=0"),
    Step("get /resource-servers/{id}", ORDERS, 200),
    Step("get /resource-servers/{id}", f"{RS}/nothing", 404),
    Step("patch /resource-servers/{id}", ORDERS, 200, {"scopes": [READ, WRITE], "name": "Orders API"}),
    Step("patch /resource-servers/{id}", ORDERS, 400, {"identifier": "x"}),
    Step("patch /resource-servers/{id}", f"{RS}/nothing", 404, {}),
    Step("post /roles", "/roles", 200, {"name": "Clerk"}),
    Step("post /roles", "/roles", 409, {"name": "Clerk"}),
    Step("post /roles", "/roles", 400, {}),
    Step("get /roles", "/roles", 200),
    Step("get /roles", "/roles", 200, query="include_totals=true&name_filter=cle"),
    Step("get /roles/{id}", "/roles/{role}", 200),
    Step("get /roles/{id}", "/roles/rol_x", 404),
    Step("patch /roles/{id}", "/roles/{role}", 200, {"description": "Takes orders"}),
    Step("patch /roles/{id}", "/roles/rol_x", 404, {}),
    Step("post /roles/{id}/permissions", "/roles/{role}/permissions", 201, HELD),
    Step("post /roles/{id}/permissions", "/roles/{role}/permissions", 400, {"permissions": []}),
    Step("post /roles/{id}/permissions", "/roles/rol_x/permissions", 404, HELD),
    Step("get /roles/{id}/permissions", "/roles/{role}/permissions", 200),
    Step("get /roles/{id}/permissions", "/roles/{role}/permissions", 200, query="include_totals=true"),
    Step("get /roles/{id}/permissions", "/roles/rol_x/permissions", 404),
    Step("delete /roles/{id}/permissions", "/roles/{role}/permissions", 204, HELD),
    Step("delete /roles/{id}/permissions", "/roles/rol_x/permissions", 404, HELD),
    Step("post /users/{id}/permissions", ANNE, 201, HELD),
    Step("post /users/{id}/permissions", "/users/nobody/permissions", 404, HELD),
    Step("get /users/{id}/permissions", ANNE, 200),
    Step("get /users/{id}/permissions", ANNE, 200, query="include_totals=true"),
    Step("get /users/{id}/permissions", "/users/nobody/permissions", 404),
    Step("delete /users/{id}/permissions", ANNE, 204, HELD),
    Step("delete /users/{id}/permissions", "/users/nobody/permissions", 404, HELD),
    Step("post /client-grants", GRANTS, 201, {"client_id": "shop", "audience": API, "scope": ["read:orders"]}),
    Step(
        "post /client-grants",
        GRANTS,
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
    Step("post /client-grants", GRANTS, 201, {"audience": API, "default_for": "third_party_clients", "scope": []}),
    Step("post /client-grants", GRANTS, 409, {"client_id": "shop", "audience": API}),
    Step("post /client-grants", GRANTS, 404, {"client_id": "shop", "audience": "urn:nothing"}),
    Step("post /client-grants", GRANTS, 400, {"client_id": "shop"}),
    Step("get /client-grants", GRANTS, 200),
    Step("get /client-grants", GRANTS, 200, query="include_totals=true&subject_type=user"),
    Step("get /client-grants", GRANTS, 200, query="take=1"),
    Step("get /client-grants/{id}", f"{GRANTS}/{{grant}}", 200),
    Step("get /client-grants/{id}", f"{GRANTS}/cgr_x", 404),
    Step("patch /client-grants/{id}", f"{GRANTS}/{{grant}}", 200, {"scope": ["write:orders"]}),
    Step("patch /client-grants/{id}", f"{GRANTS}/{{grant}}", 200, {"allow_all_scopes": True}),
    Step("patch /client-grants/{id}", f"{GRANTS}/{{grant}}", 200, {"allow_all_scopes": None}),
    Step("patch /client-grants/{id}", f"{GRANTS}/{{grant}}", 400, {}),
    Step("patch /client-grants/{id}", f"{GRANTS}/cgr_x", 404, {"scope": []}),
    Step("delete /client-grants/{id}", f"{GRANTS}/{{grant}}", 204),
    Step("delete /roles/{id}", "/roles/{role}", 200),
    Step("delete /roles/{id}", "/roles/{role}", 404),
    Step("delete /resource-servers/{id}", ORDERS, 204),
    Step("delete /resource-servers/{id}", ORDERS, 204),
)
