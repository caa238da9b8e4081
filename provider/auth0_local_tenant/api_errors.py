"""Errors of the Management API: the status, code and sentence of the real service.

`ApiError` carries the four keys of the real body, in their order. The builders below it are one per
sentence; each says whether the sentence was seen in recorded traffic or is only plausible (NOT RECORDED).

`TokenError` is the other shape, that of `POST /oauth/token`.
"""

from collections.abc import Mapping
from http import HTTPStatus


def reason(status: int) -> str:
    """Return the phrase of an HTTP status, also of one that is not registered (such as a proxy's 524)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


class ApiError(Exception):
    """A request that the Management API refuses."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        extra: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """Return the body in the key order of the recordings."""
        body: dict[str, object] = {
            "statusCode": self.status,
            "error": reason(self.status),
            "message": self.message,
        }
        if self.code is not None:
            body["errorCode"] = self.code
        return body | self.extra


class TokenError(Exception):
    """A token request that is refused; `error` and `error_description` are the body."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description

    def body(self) -> dict[str, object]:
        """Return the body in the shape of the token endpoint."""
        return {"error": self.error, "error_description": self.description}


# What a missing object is called: sentence and errorCode. The first four were recorded (a role has no code), the code
# of a client is that of auth0.net's integration tests; its sentence, and those of a log event, are NOT RECORDED.
_MISSING = {
    "resource_server": ("The resource server does not exist", "inexistent_resource_server"),
    "role": ("The role does not exist.", None),
    "client_grant": ("The grant does not exist.", "inexistent_client_grant"),
    "user": ("The user does not exist.", "inexistent_user"),
    "client": ("The client does not exist", "inexistent_client"),
    "log": ("The log event does not exist", None),
}


def missing(kind: str, detail: str = "") -> ApiError:
    """Return the 404 of an object that does not exist; `kind` is a key of the table above."""
    sentence, code = _MISSING[kind]
    return ApiError(404, sentence + detail, code)


def unknown_path() -> ApiError:
    """Return the 404 of a path or method that the API does not have. NOT RECORDED."""
    return ApiError(404, "Not Found")


def unemulated(method: str, path: str) -> ApiError:
    """Return the 501 of what the real service has and the local tenant has not. The real one never says this."""
    return ApiError(501, f"The local tenant does not emulate {method} {path}", "local_tenant_not_emulated")


def unauthorized(message: str) -> ApiError:
    """Return a 401.

    NOT RECORDED. The shape (message repeated under `attributes`) and the sentences used are those that users
    quote in public issue trackers: "Missing authentication", "Invalid token", "Expired token received for
    JSON Web Token validation", "Bad audience: ...".
    """
    return ApiError(
        401,
        message,
        extra={"attributes": {"error": message}},
        headers={"www-authenticate": f'Bearer error="{message}"'},
    )


def bad_authorization_header() -> ApiError:
    """Return the 400 of a header that is not `Bearer <JWT>`.

    NOT RECORDED; quoted in auth0-samples/auth0-android-sample issue 70.
    """
    return ApiError(400, "Bad HTTP authentication header format", "Bearer")


def insufficient_scope(any_of: tuple[str, ...]) -> ApiError:
    """Return the 403 of a token that has none of the scopes `any_of` (sentence recorded)."""
    return ApiError(403, f"Insufficient scope, expected any of: {','.join(any_of)}", "insufficient_scope")


def invalid_body(what: str, path: str = "") -> ApiError:
    """Return the 400 of a body that breaks its schema.

    The sentence is recorded for other endpoints: `Payload validation error: '<what>' on property <path>
    (<docs>).`. The documentation in brackets is left out, and the property at the top level.
    """
    where = f" on property {path}" if path else ""
    return ApiError(400, f"Payload validation error: '{what}'{where}.", "invalid_body")


def invalid_query(what: str, path: str) -> ApiError:
    """Return the 400 of a query parameter that breaks its schema. NOT RECORDED."""
    where = f" on property {path}" if path else ""
    return ApiError(400, f"Query validation error: '{what}'{where}.", "invalid_query_string")


def invalid_request(message: str) -> ApiError:
    """Return a 400 with a sentence of its own, such as that of a body which is not JSON. NOT RECORDED."""
    return ApiError(400, message)


def conflict(message: str) -> ApiError:
    """Return the 409 of a name that is taken; clients should match on the status only. NOT RECORDED."""
    return ApiError(409, message)


def rate_limited() -> ApiError:
    """Return the 429 (body recorded)."""
    return ApiError(429, "Global limit has been reached", "too_many_requests")
