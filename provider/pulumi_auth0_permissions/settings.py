"""What a stack's configuration and the environment say: the tenant, the credentials and the stack-wide defaults.

Pure: the two sources come in as arguments. Pulumi hands every configuration value over as text, lists as JSON. Tenant
and credentials have the names of the official Auth0 provider, so that one stack serves both.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, cast
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.token import ALGORITHMS, Credentials, fits_a_header, key_problem
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join

_OWN = "auth0-permissions"
_VARIABLES: Final = {
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

_DEFAULT_MINUTES, _LONGEST_MINUTES = 30.0, 1440.0  # of one operation

# A bare `on` in a stack's YAML file may be read as a truth value and then arrives as "true".
_SWITCH = {"on": True, "true": True, "off": False, "false": False}


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text):  # nine digits: far beyond what an API can hold
        raise ValueError
    return int(text)


def _positive(text: str, at_most: float = math.inf) -> float:
    number = float(text)
    if not (math.isfinite(number) and 0 < number <= at_most):
        raise ValueError
    return number


_PARSED: Final[Mapping[str, tuple[str, Callable[[str], object], str]]] = {
    "unmanaged": ("unmanaged", Unmanaged, f"one of {join(list(Unmanaged))}"),
    "removal": ("removal", Removal, f"one of {join(list(Removal))}"),
    "maxRemovals": ("max_removals", _count, "a non-negative integer"),
    "impact": ("impact", _SWITCH.__getitem__, '"on" or "off"'),
    "operationTimeout": (
        "operation_minutes",
        partial(_positive, at_most=_LONGEST_MINUTES),
        f"a number greater than 0 and at most {_LONGEST_MINUTES:g}",
    ),
    "requestsPerSecond": ("requests_per_second", _positive, "a number greater than 0"),
    "reuseToken": ("reuses_token", _SWITCH.__getitem__, '"on" or "off"'),
}
"""Key of our namespace → field of `Settings`, what reads its text, and what that must be."""

_OWN_KEYS = ("approvedRemovals", *_PARSED, "apis", "promotedFrom")


@dataclass(frozen=True, slots=True)
class ApprovedRemoval:
    """One entry of ``approvedRemovals``."""

    permission: str
    api: str | None = None  # identifier (or id) of the API it may be removed from; None for any
    once: bool = False  # whether it is an approval of this run alone, and not one of the stack's configuration


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set for a whole stack; secrets are not printed (`Credentials`)."""

    domain: str  # ``https://host[:port]``, or ``http://`` on loopback
    credentials: Credentials
    unmanaged: Unmanaged = Unmanaged.REFUSE  # default of the resource's argument
    removal: Removal = Removal.WARN  # default of the resource's argument
    approved_removals: tuple[ApprovedRemoval, ...] = ()  # those of the stack come first
    max_removals: int | None = None  # in one operation; None: any number
    impact: bool = True  # whether to look up who holds what is removed
    requests_per_second: float | None = None  # a cap of the user's own; None: only the tenant's limit counts
    reuses_token: bool = False  # whether processes share their token, in a file of this user alone
    operation_minutes: float = _DEFAULT_MINUTES  # the longest that one operation may take
    audience: str | None = None  # the Management API's identifier, where it does not go by the domain
    custom_domain: str | None = None  # the value of the header ``Auth0-Custom-Domain``; None: it is not sent

    @classmethod
    def read(
        cls, config: Callable[[str], str | None], environ: Mapping[str, str], names: Iterable[str] = ()
    ) -> Settings:
        """Read all settings; key by key, the configuration wins over the environment.

        Args:
            config: returns the value of ``namespace:key`` as text, or ``None``.
            environ: environment variables; looked at for the tenant, the credentials and the approvals of one run.
            names: every ``namespace:key`` that is configured; an unknown one of ours is a problem.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        reader = _Reader(config, environ)
        settings = cls(
            domain=reader.domain(),
            credentials=cast("Credentials", reader.credentials()),  # there is a problem where there are none
            audience=reader.official("audience")[0] or None,
            custom_domain=reader.header("customDomainHeader") or None,
            approved_removals=tuple(reader.approved_removals()),
            **reader.parsed(),
        )
        reader.check_names(names)
        if reader.problems:
            raise InvalidInputs(reader.problems)
        return settings

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return urlsplit(self.domain).netloc

    def approved_for(self, *api: str) -> frozenset[str]:
        """Return the values that may be removed from an API, given its identifier, id or both."""
        return frozenset(entry.permission for entry in self.approved_removals if entry.api is None or entry.api in api)


class _Reader:
    """Reads one setting after the other and remembers what is wrong with them."""

    def __init__(self, config: Callable[[str], str | None], environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.problems: list[Problem] = []

    def domain(self) -> str:
        text, source = self.official("domain")
        if not text:
            self._problem(
                "auth0:domain",
                "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` or as "
                "AUTH0_DOMAIN in the environment.",
            )
            return ""
        try:
            return Tenant.parse(text).url
        except ValueError as error:
            self._problem("auth0:domain", f"{error}{source}.")
            return ""

    def credentials(self) -> Credentials | None:
        """Return the credentials; a token wins over an application, as in the official provider."""
        token, client_id, client_secret = (self.header(key) for key in ("apiToken", "clientId", "clientSecret"))
        private_key, algorithm = (self.official(f"clientAssertion{part}")[0] for part in ("PrivateKey", "SigningAlg"))
        if token is not None:
            return Credentials(api_token=token) if token else None
        if client_id is client_secret is None and not (private_key or algorithm):
            self._problem(
                "auth0:clientId",
                "there are no credentials. Set auth0:clientId and auth0:clientSecret (with --secret) of a "
                "machine-to-machine application, or auth0:apiToken (with --secret); or in the environment "
                "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN. With a private key instead of a secret, "
                "set auth0:clientAssertionPrivateKey and auth0:clientAssertionSigningAlg.",
            )
            return None
        if not (private_key or algorithm):
            parts = {"clientId": client_id, "clientSecret": client_secret}
        elif client_secret is None:
            parts = {
                "clientId": client_id,
                "clientAssertionPrivateKey": private_key or None,
                "clientAssertionSigningAlg": algorithm or None,
            }
        else:
            self._problem(
                "auth0:clientSecret",
                "there are a secret and a private key. Keep one of the two: auth0:clientSecret, or "
                "auth0:clientAssertionPrivateKey with auth0:clientAssertionSigningAlg.",
            )
            return None
        for key in (key for key, text in parts.items() if text is None):
            secret = "--secret " if key in _SECRET_KEYS else ""
            self._problem(
                f"auth0:{key}",
                "it is not set, though another part of the credentials is. Set it with "
                f"`pulumi config set {secret}auth0:{key}` or as {_VARIABLES[key]} in the environment.",
            )
        if not client_id or not all(parts.values()):
            return None
        return (
            Credentials(client_id, client_secret) if client_secret else self._signing(client_id, private_key, algorithm)
        )

    def official(self, key: str) -> tuple[str, str]:
        """Return the trimmed text (``""`` if there is none) and, for messages, where it is from."""
        text = (self._config(f"auth0:{key}") or "").strip()
        if text:
            return text, ""
        variable = _VARIABLES[key]
        return self._environ.get(variable, "").strip(), f" (from {variable} in the environment)"

    def check_names(self, names: Iterable[str]) -> None:
        """Report each key of our namespace that means nothing: a misspelled limit would be no limit."""
        for name in sorted(names):
            namespace, _, key = name.partition(":")
            if namespace != _OWN or key in _OWN_KEYS:
                continue
            advice = did_you_mean(key, _OWN_KEYS) or f"There are {join(list(_OWN_KEYS))}."
            remove = f"Remove it with `pulumi config rm {escape(name)}`."
            self._problem(escape(name), f"there is no such setting. {advice} {remove}")

    def parsed(self) -> dict[str, Any]:
        """Return field → value of what is set of `_PARSED`; defaults are those of the fields."""
        found = {}
        for key, (field, parse, must_be) in _PARSED.items():
            if (text := self._own(key)) is not None:
                try:
                    found[field] = parse(text)
                except (ValueError, KeyError):
                    self._problem(f"{_OWN}:{key}", f'it must be {must_be}; got "{escape(text)}".')
        return found

    def approved_removals(self) -> Iterator[ApprovedRemoval]:
        name = f"{_OWN}:approvedRemovals"
        set_with = f"Set it with `pulumi config set --path '{name}[0]' delete:orders`, one entry at a time."
        yield from self._approvals(name, self._own("approvedRemovals"), set_with)
        once = self._environ.get(APPROVALS_VARIABLE, "").strip() or None
        for approval in self._approvals(APPROVALS_VARIABLE, once, """Write it as '["delete:orders"]'."""):
            yield replace(approval, once=True)

    def _approvals(self, name: str, text: str | None, way_out: str) -> Iterator[ApprovedRemoval]:
        try:
            entries = [] if text is None else json.loads(text)
        except (ValueError, RecursionError):
            entries = None
        if not isinstance(entries, list):
            self._problem(name, f'it must be a list; got "{escape(text or "")}". {way_out}')
            return
        for index, entry in enumerate(entries):
            match entry:
                case str() if entry:
                    yield ApprovedRemoval(entry)
                case {"api": str() as api, "permission": str() as permission, **rest} if (
                    api and permission and not rest
                ):
                    yield ApprovedRemoval(permission, api)
                case _:
                    self._problem(
                        f"{name}[{index}]",
                        'an entry is a permission, "delete:orders", or an API and a permission, '
                        '{"api": "https://orders.example.com", "permission": "delete:orders"}.',
                    )

    def _signing(self, client_id: str, private_key: str, algorithm: str) -> Credentials | None:
        if algorithm not in ALGORITHMS:
            reason = f'it must be one of {join(list(ALGORITHMS))}; got "{escape(algorithm)}".'
            self._problem("auth0:clientAssertionSigningAlg", reason)
            return None
        if problem := key_problem(private_key, algorithm):
            self._problem("auth0:clientAssertionPrivateKey", f"it {problem}.")
            return None
        return Credentials(client_id, private_key=private_key, algorithm=algorithm)

    def header(self, key: str) -> str | None:
        """Return a text that goes into a header; ``None`` if it is not set, ``""`` if it is and cannot be used."""
        text, source = self.official(key)
        if fits_a_header(text):
            return text or None
        # The value stays out of the message: it is a secret, or stands beside one.
        self._problem(
            f"auth0:{key}",
            f"it contains spaces, line breaks or characters outside ASCII{source}. Copy it again without surrounding "
            "text.",
        )
        return ""

    def _own(self, key: str) -> str | None:
        return (self._config(f"{_OWN}:{key}") or "").strip() or None

    def _problem(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))
