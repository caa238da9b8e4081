"""Client credentials or an API token, kept out of everything that is printed or stored."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import NoReturn, final
from urllib.parse import quote, quote_plus

# Auth0's documentation, "Authenticate with Private Key JWT", is the source of the algorithms and of the claims.
ALGORITHMS = ("RS256", "RS384", "PS256")
_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LIFETIME_S = 60  # the longest that is recommended; an assertion is good for one request anyway
_SIGNING_PACKAGES = ("jwt", "cryptography")


@final
@dataclass(frozen=True, slots=True)
class Credentials:
    """A client's id with its secret or its private key, or a token: exactly one of these three.

    Secrets are not printed, and pickling and copying raise, because Pulumi pickles dynamic providers into its state.
    """

    client_id: str = ""  # no secret
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)  # in PEM form, to sign with (`private_key_jwt`)
    algorithm: str = ""  # what the private key signs with: one of `ALGORITHMS`
    api_token: str = field(default="", repr=False)  # of the Management API, which nobody can renew

    def __post_init__(self) -> None:
        ways = (
            bool(self.api_token),
            bool(self.client_id and self.client_secret),
            bool(self.client_id and self.private_key and self.algorithm),
        )
        if sum(ways) != 1:
            raise ValueError("credentials are a client id with its secret or its private key, or a token")

    def __reduce__(self) -> NoReturn:
        raise TypeError("credentials must not be pickled or copied: they would end up in Pulumi's state")

    @property
    def renewable(self) -> bool:
        """Whether a token that expires can be replaced."""
        return not self.api_token

    @property
    def secrets(self) -> tuple[str, ...]:
        """What messages must not show."""
        return (self.client_secret, self.private_key, self.api_token)

    def proof(self, audience: str, now_s: float) -> dict[str, str]:
        """Return the fields of a token request that prove who asks; with a private key, new ones for each request.

        Args:
            audience: the tenant's address, with a last slash.
            now_s: seconds since the epoch.
        """
        if not self.private_key:
            return {"client_secret": self.client_secret}
        import jwt  # an extra, which only those who sign have a use for

        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": audience,
            "iat": int(now_s),
            "exp": int(now_s) + _ASSERTION_LIFETIME_S,
            "jti": str(uuid.uuid4()),
        }
        assertion = jwt.encode(claims, self.private_key, algorithm=self.algorithm)
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}


def key_problem(private_key: str, algorithm: str) -> str | None:
    """Return why nothing can be signed with a key, as the end of a sentence about it; ``None`` where it can be."""
    if any(find_spec(package) is None for package in _SIGNING_PACKAGES):
        return (
            "needs a package that is not installed: install pulumi-auth0-permissions[private-key-jwt], for instance "
            "with: pip install 'pulumi-auth0-permissions[private-key-jwt]'"
        )
    import jwt

    try:
        Credentials("id", private_key=private_key, algorithm=algorithm).proof("https://localhost/", now_s=0)
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        # The library's words stay out of the message: they may quote the key.
        return f"cannot be used to sign with {algorithm}: give an RSA private key in PEM form, without a passphrase"
    return None


def fits_a_header(text: str) -> bool:
    """Tell whether a token or a secret can be sent as it is: visible ASCII characters only, without spaces."""
    return all("!" <= character <= "~" for character in text)


def scrub(text: str, secrets: tuple[str, ...]) -> str:
    """Mask each of ``secrets`` in a text, as it is and as URLs, forms and JSON would spell it.

    Args:
        text: anything that may hold what a server or a library echoed.
        secrets: what must not be shown; empty ones are skipped.
    """
    spellings = {
        spelling
        for secret in secrets
        if secret
        for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
    }
    for spelling in sorted(spellings, key=len, reverse=True):
        text = text.replace(spelling, "[secret]")
    return text
