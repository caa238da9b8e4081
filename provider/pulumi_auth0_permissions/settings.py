"""What a stack's configuration and the environment say: the tenant, the credentials and the stack-wide defaults.

Pure: the two sources come in as arguments. Pulumi hands every configuration value over as text, lists as JSON. Tenant
and credentials have the names of the official Auth0 provider, so that one stack serves both.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.token import ALGORITHMS, Credentials, fits_a_header, usable_key
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join

_T = TypeVar("_T")
_DEFAULT_MINUTES, _LONGEST_MINUTES = 30.0, 1440.0  # of one operation


@dataclass(frozen=True, slots=True)
class ApprovedRemoval:
    """One entry of ``approvedRemovals``."""

    permission: str
    api: str | None = None  # identifier (or id) of the API it may be removed from; None for any


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set for a whole stack; secrets are not printed (`Credentials`)."""

    domain: str  # ``https://host[:port]``, or ``http://`` on loopback
    credentials: Credentials
    unmanaged: Unmanaged = Unmanaged.REFUSE  # default of the resource's argument
    removal: Removal = Removal.WARN  # default of the resource's argument
    approved_removals: tuple[ApprovedRemoval, ...] = ()  # by the stack's configuration
    approved_once: tuple[ApprovedRemoval, ...] = ()  # by the environment, for one run
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

        ``config`` returns the text of a ``namespace:key``; ``names`` are those that are set, for unknown ones of ours.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        reader = _Reader(config, environ)
        given: dict[str, Any] = {
            "domain": reader.take("auth0:domain", lambda text: Tenant.parse(text).url, missing=_NO_TENANT),
            "audience": reader.take("auth0:audience", str),
            "custom_domain": reader.take("auth0:customDomainHeader", _header),
            "credentials": reader.credentials(),
            "unmanaged": reader.take(f"{_OWN}unmanaged", Unmanaged, f"one of {join(list(Unmanaged))}"),
            "removal": reader.take(f"{_OWN}removal", Removal, f"one of {join(list(Removal))}"),
            "approved_removals": reader.take(f"{_OWN}approvedRemovals", _approvals, _APPROVALS),
            "approved_once": reader.take(APPROVALS_VARIABLE, _approvals, _APPROVALS),
            "max_removals": reader.take(f"{_OWN}maxRemovals", _count, "a non-negative integer"),
            "impact": reader.take(f"{_OWN}impact", _SWITCH.__getitem__, '"on" or "off"'),
            "operation_minutes": reader.take(f"{_OWN}operationTimeout", _minutes, _MINUTES),
            "requests_per_second": reader.take(f"{_OWN}requestsPerSecond", _positive, "a number greater than 0"),
            "reuses_token": reader.take(f"{_OWN}reuseToken", _SWITCH.__getitem__, '"on" or "off"'),
        }
        reader.check(names)
        if reader.problems:
            raise InvalidInputs(reader.problems)
        return cls(**{field: value for field, value in given.items() if value is not None})

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return urlsplit(self.domain).netloc

    def approved_for(self, *api: str) -> frozenset[str]:
        """Return the values that may be removed from an API, given its identifier, id or both."""
        entries = (*self.approved_removals, *self.approved_once)
        return frozenset(entry.permission for entry in entries if entry.api is None or entry.api in api)


_OWN = "auth0-permissions:"
_OF_STAGES = (f"{_OWN}apis", f"{_OWN}promotedFrom")  # read by `chain`

# A bare `on` in a stack's YAML file may be read as a truth value and then arrives as "true".
_SWITCH = {"on": True, "true": True, "off": False, "false": False}

_MINUTES = f"a number greater than 0 and at most {_LONGEST_MINUTES:g}"
_APPROVALS = (
    'a list of permissions, "delete:orders", or of permissions of one API, {"api": "https://orders.example.com", '
    '"permission": "delete:orders"}'
)


# What reads the text of a setting raises a ValueError, LookupError or RecursionError where it is wrong.


def _header(text: str) -> str:
    if not fits_a_header(text):  # the text stays out of the message: it is a secret, or stands beside one
        raise ValueError("it contains spaces, line breaks or characters outside ASCII. Copy it again without them")
    return text


def _number(text: str, kind: Callable[[str], float], above: float, at_most: float = sys.float_info.max) -> float:
    number = kind(text)
    if not above < number <= at_most:
        raise ValueError
    return number


_count = partial(_number, kind=int, above=-1)
_positive = partial(_number, kind=float, above=0)
_minutes = partial(_positive, at_most=_LONGEST_MINUTES)


def _approvals(text: str) -> tuple[ApprovedRemoval, ...]:
    match json.loads(text):
        case [*entries]:
            return tuple(map(_approval, entries))
    raise ValueError


def _approval(entry: object) -> ApprovedRemoval:
    match entry:
        case str() if entry:
            return ApprovedRemoval(entry)
        case {"api": str() as api, "permission": str() as permission, **rest} if api and permission and not rest:
            return ApprovedRemoval(permission, api)
    raise ValueError


_TOKEN, _ID, _SECRET = "auth0:apiToken", "auth0:clientId", "auth0:clientSecret"
_KEY, _ALGORITHM = "auth0:clientAssertionPrivateKey", "auth0:clientAssertionSigningAlg"
_NO_TENANT = (
    "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` or as AUTH0_DOMAIN in the "
    "environment."
)
_WAYS = (
    "Set auth0:clientId and auth0:clientSecret of a machine-to-machine application (in the environment: "
    "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET); or, in place of the secret, auth0:clientAssertionPrivateKey and "
    "auth0:clientAssertionSigningAlg; or auth0:apiToken alone (AUTH0_API_TOKEN). What is secret needs --secret."
)


class _Reader:
    """Reads one setting after the other and remembers what is wrong with them."""

    def __init__(self, config: Callable[[str], str | None], environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._known: list[str] = []  # names that were asked for
        self.problems: list[Problem] = []

    def take(self, name: str, parse: Callable[[str], _T], must_be: str = "", *, missing: str = "") -> _T | None:
        """Return what the text of a setting is read as; ``None`` where there is none, or a wrong one: a problem.

        The error of ``parse`` says what is wrong, if not ``must_be``; ``missing`` is for what has to be set.
        """
        self._known.append(name)
        text, source = self._found(name)
        try:
            if text:
                return parse(text)
            reason = missing
        except (ValueError, LookupError, RecursionError) as error:
            reason = f'it must be {must_be}; got "{escape(text)}"{source}.' if must_be else f"{error}{source}."
        if reason:
            self._problem(name, reason)
        return None

    def credentials(self) -> Credentials | None:
        """Return the credentials; a token wins over an application, as in the official provider."""
        given = {name for name in (_TOKEN, _ID, _SECRET, _KEY, _ALGORITHM) if self._found(name)[0]}
        if _TOKEN in given:
            token = self.take(_TOKEN, _header)
            return Credentials(api_token=token) if token else None
        signs = _KEY in given or _ALGORITHM in given
        missing = [name for name in (_ID, *((_KEY, _ALGORITHM) if signs else (_SECRET,))) if name not in given]
        if missing:
            why = "it is not set, though another part of the credentials is" if given else "there are no credentials"
            self._problem(missing[0], f"{why}. {_WAYS}")
            return None
        client_id = self.take(_ID, _header)
        if not signs:
            secret = self.take(_SECRET, _header)
            return Credentials(client_id, secret) if client_id and secret else None
        if _SECRET in given:
            self._problem(_SECRET, f"there are a secret and a private key. {_WAYS}")
            return None
        key = self.take(_KEY, usable_key)
        algorithm = self.take(_ALGORITHM, lambda text: ALGORITHMS[ALGORITHMS.index(text)], f"one of {join(ALGORITHMS)}")
        return Credentials(client_id, private_key=key, algorithm=algorithm) if client_id and key and algorithm else None

    def check(self, names: Iterable[str]) -> None:
        """Report each key of our namespace that means nothing: a misspelled limit would be no limit."""
        known = [name.removeprefix(_OWN) for name in (*self._known, *_OF_STAGES) if name.startswith(_OWN)]
        for name in sorted(names):
            key = name.removeprefix(_OWN)
            if name.startswith(_OWN) and key not in known:
                advice = did_you_mean(key, known) or f"There are {join(known)}."
                remove = f"Remove it with `pulumi config rm {escape(name)}`."
                self._problem(escape(name), f"there is no such setting. {advice} {remove}")

    def _found(self, name: str) -> tuple[str, str]:
        """Return the trimmed text of a setting, ``""`` for none, and what messages add if the environment has it."""
        namespace, _, key = name.rpartition(":")
        text = (self._config(name) or "").strip() if namespace else ""
        if text or namespace == "auth0-permissions":
            return text, ""
        variable = "AUTH0_" + re.sub("(?=[A-Z])", "_", key).upper() if namespace else name  # such as AUTH0_CLIENT_ID
        return self._environ.get(variable, "").strip(), f" (from {variable} in the environment)"

    def _problem(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))
