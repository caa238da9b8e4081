"""The local tenant has every operation of the OpenAPI description of the Management API, with its scopes and answers.

Every answer of these tests is held against the description, except where traffic says otherwise (`description.py`).
"""

from tenant.description import OPERATIONS, operation_of
from tenant.support import API, API_PATH, Client, Step, held

READ = {"value": "read:orders", "description": "Read orders"}
HELD = {"permissions": held("read:orders")}
HOLDERS = ("/roles/rol_clerk/permissions", "/users/auth0%7Canne/permissions")

TOUR: list[Step] = [
    ("POST /resource-servers", {"identifier": API, "scopes": [READ, {"value": "write:orders"}]}, 201),
    (
        "POST /resource-servers",
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
        "POST /resource-servers",
        {"identifier": "urn:secret", "signing_alg": "HS256", "signing_secret": "s" * 16},
        201,
    ),
    ("POST /resource-servers", {"identifier": API}, 409),
    ("POST /resource-servers", {}, 400),
    ("GET /resource-servers", None, 200),
    ("GET /resource-servers?include_totals=true&per_page=2", None, 200),
    (f"GET {API_PATH}", None, 200),
    ("GET /resource-servers/nothing", None, 404),
    (f"PATCH {API_PATH}", {"name": "Orders API"}, 200),
    ("POST /roles", {"name": "Guest"}, 200),
    ("POST /roles", {"name": "Guest"}, 409),
    ("POST /roles", {}, 400),
    ("GET /roles", None, 200),
    ("GET /roles?include_totals=true&name_filter=cle", None, 200),
    ("GET /roles/rol_clerk", None, 200),
    ("PATCH /roles/rol_clerk", {"description": "Takes orders"}, 200),
    *((f"POST {path}", HELD, 201) for path in HOLDERS),
    *((f"POST {path}", {"permissions": []}, 400) for path in HOLDERS),
    *((f"GET {path}", None, 200) for path in HOLDERS),
    *((f"GET {path}?include_totals=true", None, 200) for path in HOLDERS),
    *((f"DELETE {path}", HELD, 204) for path in HOLDERS),
    ("POST /client-grants", {"client_id": "shop", "audience": API, "scope": ["read:orders"]}, 201),
    (
        "POST /client-grants",
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
    ("POST /client-grants", {"audience": API, "default_for": "third_party_clients", "scope": []}, 201),
    ("POST /client-grants", {"client_id": "shop", "audience": API}, 409),
    ("POST /client-grants", {"client_id": "shop", "audience": "urn:nothing"}, 404),
    ("GET /client-grants?include_totals=true&subject_type=user", None, 200),
    ("GET /client-grants?take=1", None, 200),
    ("GET /client-grants/cgr_1", None, 200),
    *(("PATCH /client-grants/cgr_1", {"allow_all_scopes": value}, 200) for value in (True, None)),
    ("PATCH /client-grants/cgr_1", {}, 400),
    ("DELETE /client-grants/cgr_1", None, 204),
    ("DELETE /roles/rol_clerk", None, 200),
    (f"DELETE {API_PATH}", None, 204),
    (f"DELETE {API_PATH}", None, 204),
]
SEED: dict[str, object] = {
    "resource_servers": [{"identifier": "urn:a"}],
    "clients": [{"client_id": "shop", "name": "Web shop"}],
    "client_grants": [{"id": "cgr_1", "client_id": "shop", "audience": "urn:a"}],
    "roles": [{"id": "rol_clerk", "name": "Clerk"}],
    "users": [{"user_id": "auth0|anne"}],
}


def test_every_operation_is_there(client: Client) -> None:
    """A tour through every operation finds only listed statuses and bodies of the described shape."""
    client.tenant.seed(SEED)

    client.talk(*TOUR)

    assert {operation_of(request) for request, _, status in TOUR if int(str(status)) < 300} == set(OPERATIONS)


def test_scopes_are_those_of_the_description(client: Client) -> None:
    """A token without permissions is refused with the very scopes that the description asks for."""
    limited = client.with_credentials(*client.tenant.issue_client(["read:nothing"]))

    for operation, described in OPERATIONS.items():
        wanted = [way["oAuth2ClientCredentials"] for way in described["security"] if "oAuth2ClientCredentials" in way]
        assert limited.call(operation.replace("{id}", "x"), {}, status=403) == {
            "statusCode": 403,
            "error": "Forbidden",
            "message": f"Insufficient scope, expected any of: {','.join(wanted[0])}",
            "errorCode": "insufficient_scope",
        }
