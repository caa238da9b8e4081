"""The tenant and the credentials, under the names of the official Auth0 provider, so that one stack serves both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.credentials import ALGORITHMS, Credentials, fits_a_header, key_problem
from pulumi_auth0_permissions.core.errors import Problem
from pulumi_auth0_permissions.core.text import escape, join

__all__ = ["ENVIRONMENT", "OfficialReader"]

ENVIRONMENT: Final = {
    "domain": "AUTH0_DOMAIN",
    "clientId": "AUTH0_CLIENT_ID",
    "clientSecret": "AUTH0_CLIENT_SECRET",
    "clientAssertionPrivateKey": "AUTH0_CLIENT_ASSERTION_PRIVATE_KEY",
    "clientAssertionSigningAlg": "AUTH0_CLIENT_ASSERTION_SIGNING_ALG",
    "apiToken": "AUTH0_API_TOKEN",
    "audience": "AUTH0_AUDIENCE",
    "customDomainHeader": "AUTH0_CUSTOM_DOMAIN_HEADER",
}
"""Key of the namespace ``auth0`` → environment variable."""

_SECRET_KEYS = ("clientSecret", "clientAssertionPrivateKey", "apiToken")


class OfficialReader:
    """Reads one setting after the other; key by key, the configuration wins over the environment.

    Args:
        config: returns the value of ``namespace:key`` as text, or ``None``.
        environ: environment variables.
        problems: what is wrong is added to it.
    """

    def __init__(
        self, config: Callable[[str], str | None], environ: Mapping[str, str], problems: list[Problem]
    ) -> None:
        self._config = config
        self._environ = environ
        self._problems = problems

    def domain(self) -> str | None:
        """Return the tenant's address."""
        text, source = self._read("domain")
        if not text:
            self._object(
                "domain",
                "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` "
                "or as AUTH0_DOMAIN in the environment.",
            )
            return None
        try:
            return Tenant.parse(text).url
        except ValueError as error:
            self._object("domain", f"{error}{source}.")
            return None

    def credentials(self) -> Credentials | None:
        """Return the credentials; a token wins over an application, as in the official provider."""
        token, client_id, client_secret = (self._secret(key) for key in ("apiToken", "clientId", "clientSecret"))
        if token.given:
            return Credentials.of_token(token.text) if token.text else None
        private_key, _ = self._read("clientAssertionPrivateKey")
        algorithm, _ = self._read("clientAssertionSigningAlg")
        signs = bool(private_key or algorithm)
        if signs and client_secret.given:
            self._object(
                "clientSecret",
                "there are a secret and a private key. Keep one of the two: auth0:clientSecret, or "
                "auth0:clientAssertionPrivateKey with auth0:clientAssertionSigningAlg.",
            )
            return None
        if not (client_id.given or client_secret.given or signs):
            self._object(
                "clientId",
                "there are no credentials. Set auth0:clientId and auth0:clientSecret (with --secret) of a "
                "machine-to-machine application, or auth0:apiToken (with --secret); or in the environment "
                "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN. With a private key instead of a secret, "
                "set auth0:clientAssertionPrivateKey and auth0:clientAssertionSigningAlg.",
            )
            return None
        given = {"clientId": client_id.given}
        if signs:
            given |= {"clientAssertionPrivateKey": bool(private_key), "clientAssertionSigningAlg": bool(algorithm)}
        else:
            given |= {"clientSecret": client_secret.given}
        for key in (key for key, is_given in given.items() if not is_given):
            self._miss(key)
        if not all(given.values()):
            return None
        if signs:
            return self._signing(client_id.text, private_key, algorithm)
        return (
            Credentials.of_client(client_id.text, client_secret.text) if client_id.text and client_secret.text else None
        )

    def audience(self) -> str | None:
        """Return the Management API's identifier, where one is set."""
        return self._read("audience")[0] or None

    def custom_domain(self) -> str | None:
        """Return what is sent as the header ``Auth0-Custom-Domain``, where something is set."""
        text, source = self._read("customDomainHeader")
        if not fits_a_header(text):
            self._object("customDomainHeader", f"it is no host name{source}: write it as login.example.com.")
        return text or None

    def _signing(self, client_id: str, private_key: str, algorithm: str) -> Credentials | None:
        if algorithm not in ALGORITHMS:
            self._object("clientAssertionSigningAlg", f'"{escape(algorithm)}" is none of {join(list(ALGORITHMS))}.')
            return None
        if problem := key_problem(private_key, algorithm):
            self._object("clientAssertionPrivateKey", f"it {problem}.")
            return None
        return Credentials(client_id, private_key=private_key, algorithm=algorithm) if client_id else None

    def _miss(self, key: str) -> None:
        secret = "--secret " if key in _SECRET_KEYS else ""
        self._object(
            key,
            "it is not set, though another part of the credentials is. Set it with "
            f"`pulumi config set {secret}auth0:{key}` or as {ENVIRONMENT[key]} in the environment.",
        )

    def _secret(self, key: str) -> _Secret:
        text, source = self._read(key)
        if fits_a_header(text):
            return _Secret(given=bool(text), text=text)
        # The value stays out of the message: it is a secret, or stands beside one.
        self._object(
            key, f"it holds spaces, line breaks or characters outside ASCII{source}. Copy it again, whole and alone."
        )
        return _Secret(given=True, text="")

    def _read(self, key: str) -> tuple[str, str]:
        """Return the trimmed text (``""`` if there is none) and, for messages, where it is from."""
        text = (self._config(f"auth0:{key}") or "").strip()
        if text:
            return text, ""
        variable = ENVIRONMENT[key]
        return self._environ.get(variable, "").strip(), f" (from {variable} in the environment)"

    def _object(self, key: str, reason: str) -> None:
        self._problems.append(Problem(f"auth0:{key}", reason))


@dataclass(frozen=True, slots=True, repr=False)
class _Secret:
    """A text that was given or not; given and empty: it was not usable, which has been said."""

    given: bool
    text: str
