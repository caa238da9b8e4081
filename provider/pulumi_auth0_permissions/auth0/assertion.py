"""What an application signs with its private key, instead of sending a secret (`private_key_jwt`, RFC 7523).

Source of the claims and of the algorithms: Auth0's documentation, "Authenticate with Private Key JWT". An assertion
is good for one request, and should live for a minute at most.
"""

from __future__ import annotations

import uuid
from importlib.util import find_spec

__all__ = ["ALGORITHMS", "ASSERTION_TYPE", "client_assertion", "key_problem"]

ALGORITHMS = ("RS256", "RS384", "PS256")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_LIFETIME_S = 60
_PACKAGES = ("jwt", "cryptography")


def client_assertion(client_id: str, private_key: str, algorithm: str, *, audience: str, now_s: float) -> str:
    """Return a signed assertion for one request.

    Args:
        client_id: the application's id.
        private_key: in PEM form.
        algorithm: one of `ALGORITHMS`.
        audience: the tenant's address, with a last slash.
        now_s: seconds since the epoch.
    """
    import jwt  # an extra, which only those who sign have a use for

    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(now_s),
        "exp": int(now_s) + _LIFETIME_S,
        "jti": str(uuid.uuid4()),
    }
    return jwt.encode(claims, private_key, algorithm=algorithm)


def key_problem(private_key: str, algorithm: str) -> str | None:
    """Return why nothing can be signed with a key, as the end of a sentence about it; ``None`` where it can be."""
    if any(find_spec(package) is None for package in _PACKAGES):
        return (
            "needs a package that is not installed: install pulumi-auth0-permissions[private-key-jwt], for instance "
            "with: pip install 'pulumi-auth0-permissions[private-key-jwt]'"
        )
    import jwt

    try:
        client_assertion("id", private_key, algorithm, audience="https://localhost/", now_s=0)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        # The library's words stay out of the message: they may quote the key.
        return f"cannot be used to sign with {algorithm}: give an RSA private key in PEM form, without a passphrase"
    return None
