"""The request bodies of each endpoint, as shapes.

Source: the OpenAPI subset (`tests/openapi/`), corrected by recorded traffic where the two disagree:
`token_lifetime_for_web` is accepted although the description lacks it. 1000 scopes for an API and 1000
permissions for a role are documented by the vendor but NOT RECORDED, and so is the refusal of a repeated scope.
"""

from collections.abc import Mapping

from auth0_local_tenant.validation import Anything, Flag, Integer, ListOf, Record, Shape, Text

__all__ = [
    "CREATE_CLIENT_GRANT",
    "CREATE_RESOURCE_SERVER",
    "CREATE_ROLE",
    "MAX_PERMISSIONS_PER_ROLE",
    "MAX_SCOPES_PER_API",
    "PERMISSIONS",
    "UPDATE_CLIENT_GRANT",
    "UPDATE_RESOURCE_SERVER",
    "UPDATE_ROLE",
    "UPDATE_SYSTEM_RESOURCE_SERVER",
]

MAX_SCOPES_PER_API = 1000
MAX_PERMISSIONS_PER_ROLE = 1000
MAX_TOKEN_LIFETIME_S = 2_592_000  # 30 days


def _scope_value(item: object) -> object:
    return item["value"] if isinstance(item, Mapping) else item


def _same(item: object) -> object:
    return item


_SCOPES = ListOf(
    Record(
        {"value": Text(minimum=1, maximum=280), "description": Text(maximum=500)},
        required=("value",),
    ),
    maximum=MAX_SCOPES_PER_API,
    unique_by=_scope_value,
)

_SUBJECT_TYPES = Record(
    {
        "user": Record(
            {"policy": Text(choices=("allow_all", "deny_all", "require_client_grant"))}, required=("policy",)
        ),
        "client": Record({"policy": Text(choices=("deny_all", "require_client_grant"))}, required=("policy",)),
    }
)

_PROOF_OF_POSSESSION = Record(
    {
        "mechanism": Text(choices=("mtls", "dpop")),
        "required": Flag(),
        "required_for": Text(choices=("public_clients", "all_clients")),
    },
    required=("mechanism", "required"),
    nullable=True,
)

_AUTHORIZATION_POLICY = Record({"policy_id": Text(minimum=1, maximum=1024)}, required=("policy_id",), nullable=True)

# What deploy-cli sends for a system API; anything else on one is refused (recorded for `name`, and for
# `scopes` by auth0/terraform-provider-auth0 issue 939).
_SYSTEM_SETTINGS: Mapping[str, Shape] = {
    "token_lifetime": Integer(maximum=MAX_TOKEN_LIFETIME_S),
    "proof_of_possession": _PROOF_OF_POSSESSION,
    "skip_consent_for_verifiable_first_party_clients": Flag(),
    "subject_type_authorization": _SUBJECT_TYPES,
    "authorization_policy": _AUTHORIZATION_POLICY,
}

_SETTINGS: Mapping[str, Shape] = {
    **_SYSTEM_SETTINGS,
    "name": Text(maximum=200, pattern="^[^<>]+$"),
    "scopes": _SCOPES,
    "signing_alg": Text(choices=("HS256", "RS256", "RS512", "PS256")),
    "signing_secret": Text(minimum=16),
    "allow_offline_access": Flag(),
    "allow_online_access": Flag(),
    "token_lifetime_for_web": Integer(maximum=MAX_TOKEN_LIFETIME_S),
    "token_dialect": Text(choices=("access_token", "access_token_authz", "rfc9068_profile", "rfc9068_profile_authz")),
    "enforce_policies": Flag(),
    "token_encryption": Record(
        {
            "format": Text(choices=("compact-nested-jwe",)),
            "encryption_key": Record(
                {
                    "name": Text(minimum=1, maximum=128),
                    "alg": Text(choices=("RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512")),
                    "pem": Text(minimum=1, maximum=4096),
                    "kid": Text(minimum=1, maximum=128),
                },
                required=("alg", "pem"),
            ),
        },
        required=("format", "encryption_key"),
        nullable=True,
    ),
    "consent_policy": Text(choices=("transactional-authorization-with-mfa",), nullable=True),
    "authorization_details": ListOf(Anything(), nullable=True),
}

CREATE_RESOURCE_SERVER = Record({"identifier": Text(minimum=1, maximum=600), **_SETTINGS}, required=("identifier",))
UPDATE_RESOURCE_SERVER = Record(_SETTINGS)
UPDATE_SYSTEM_RESOURCE_SERVER = Record(_SYSTEM_SETTINGS)

CREATE_ROLE = Record({"name": Text(minimum=1), "description": Text()}, required=("name",))
UPDATE_ROLE = Record({"name": Text(minimum=1), "description": Text()})

PERMISSIONS = Record(
    {
        "permissions": ListOf(
            Record(
                {"resource_server_identifier": Text(minimum=1), "permission_name": Text(minimum=1)},
                required=("resource_server_identifier", "permission_name"),
            ),
            minimum=1,
        )
    },
    required=("permissions",),
)

_GRANT_SCOPE = Text(minimum=1, maximum=280)
_DETAILS_TYPES = ListOf(Text(minimum=1, maximum=255))

CREATE_CLIENT_GRANT = Record(
    {
        "client_id": Text(minimum=1),
        "audience": Text(minimum=1),
        "scope": ListOf(_GRANT_SCOPE, unique_by=_same),
        "subject_type": Text(choices=("client", "user")),
        "organization_usage": Text(choices=("deny", "allow", "require")),
        "allow_any_organization": Flag(),
        "authorization_details_types": _DETAILS_TYPES,
        "allow_all_scopes": Flag(),
        "default_for": Text(choices=("third_party_clients",)),
    },
    required=("audience",),
)
UPDATE_CLIENT_GRANT = Record(
    {
        "scope": ListOf(_GRANT_SCOPE, unique_by=_same, nullable=True),
        "organization_usage": Text(choices=("deny", "allow", "require"), nullable=True),
        "allow_any_organization": Flag(nullable=True),
        "authorization_details_types": _DETAILS_TYPES,
        "allow_all_scopes": Flag(nullable=True),
    },
    minimum=1,
)
