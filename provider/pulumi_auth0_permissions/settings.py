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
from typing import Any, Final
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.address import Tenant
from pulumi_auth0_permissions.auth0.token import ALGORITHMS, Credentials, fits_a_header, usable_key
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join

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

        Args:
            config: returns the value of ``namespace:key`` as text, or ``None``.
            environ: environment variables; looked at for the tenant, the credentials and the approvals of one run.
            names: every ``namespace:key`` that is configured; an unknown one of ours is a problem.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        reader = _Reader(config, environ)
        settings, credentials = reader.settings(), reader.credentials()
        reader.check(names)
        if reader.problems or credentials is None:
            raise InvalidInputs(reader.problems)
        return cls(credentials=credentials, **settings)

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return urlsplit(self.domain).netloc

    def approved_for(self, *api: str) -> frozenset[str]:
        """Return the values that may be removed from an API, given its identifier, id or both."""
        entries = (*self.approved_removals, *self.approved_once)
        return frozenset(entry.permission for entry in entries if entry.api is None or entry.api in api)


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


_OWN = "auth0-permissions:"
_OF_STAGES = (f"{_OWN}apis", f"{_OWN}promotedFrom")  # read by `chain`

# A bare `on` in a stack's YAML file may be read as a truth value and then arrives as "true".
_switch = {"on": True, "true": True, "off": False, "false": False}.__getitem__

_Table = Mapping[str, tuple[str, Callable[[str], object], str]]
"""Setting → field, what reads its text, and what that must be (``""`` where the error says it)."""

_SETTINGS: Final[_Table] = {
    "auth0:domain": ("domain", lambda text: Tenant.parse(text).url, ""),
    "auth0:audience": ("audience", str, ""),
    "auth0:customDomainHeader": ("custom_domain", _header, ""),
    "auth0-permissions:unmanaged": ("unmanaged", Unmanaged, f"one of {join(list(Unmanaged))}"),
    "auth0-permissions:removal": ("removal", Removal, f"one of {join(list(Removal))}"),
    "auth0-permissions:approvedRemovals": (
        "approved_removals",
        _approvals,
        'a list of permissions, "delete:orders", or of permissions of one API, {"api": "https://orders.example.com", '
        '"permission": "delete:orders"}',
    ),
    "auth0-permissions:maxRemovals": ("max_removals", partial(_number, kind=int, above=-1), "a non-negative integer"),
    "auth0-permissions:impact": ("impact", _switch, '"on" or "off"'),
    "auth0-permissions:operationTimeout": (
        "operation_minutes",
        partial(_number, kind=float, above=0, at_most=_LONGEST_MINUTES),
        f"a number greater than 0 and at most {_LONGEST_MINUTES:g}",
    ),
    "auth0-permissions:requestsPerSecond": (
        "requests_per_second",
        partial(_number, kind=float, above=0),
        "a number greater than 0",
    ),
    "auth0-permissions:reuseToken": ("reuses_token", _switch, '"on" or "off"'),
}
_CREDENTIALS: Final[_Table] = {
    "auth0:apiToken": ("api_token", _header, ""),
    "auth0:clientId": ("client_id", _header, ""),
    "auth0:clientSecret": ("client_secret", _header, ""),
    "auth0:clientAssertionPrivateKey": ("private_key", usable_key, ""),
    "auth0:clientAssertionSigningAlg": (
        "algorithm",
        lambda text: ALGORITHMS[ALGORITHMS.index(text)],
        f"one of {join(ALGORITHMS)}",
    ),
}
_TOKEN, _ID, _SECRET, _KEY, _ALGORITHM = _CREDENTIALS
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
        self.problems: list[Problem] = []

    def settings(self) -> dict[str, Any]:
        """Return field → value of what is set; defaults are those of the fields."""
        if not self._text("auth0:domain"):
            self._problem(
                "auth0:domain",
                "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` or as "
                "AUTH0_DOMAIN in the environment.",
            )
        once = self._environ.get(APPROVALS_VARIABLE, "").strip() or "[]"
        _, parse, must_be = _SETTINGS["auth0-permissions:approvedRemovals"]
        found = self._values(_SETTINGS, filter(self._text, _SETTINGS))
        return {**found, "approved_once": self._value(APPROVALS_VARIABLE, once, parse, must_be)}

    def credentials(self) -> Credentials | None:
        """Return the credentials; a token wins over an application, as in the official provider."""
        given = set(filter(self._text, _CREDENTIALS))
        signs = not given.isdisjoint({_KEY, _ALGORITHM})
        needed = [_TOKEN] if _TOKEN in given else [_ID, _KEY, _ALGORITHM] if signs else [_ID, _SECRET]
        if missing := [name for name in needed if name not in given]:
            why = "it is not set, though another part of the credentials is" if given else "there are no credentials"
            self._problem(missing[0], f"{why}. {_WAYS}")
        elif _KEY in needed and _SECRET in given:
            self._problem(_SECRET, f"there are a secret and a private key. {_WAYS}")
        else:
            found = self._values(_CREDENTIALS, needed)
            return None if None in found.values() else Credentials(**found)
        return None

    def check(self, names: Iterable[str]) -> None:
        """Report each key of our namespace that means nothing: a misspelled limit would be no limit."""
        known = [name.removeprefix(_OWN) for name in (*_SETTINGS, *_OF_STAGES) if name.startswith(_OWN)]
        for name in sorted(names):
            key = name.removeprefix(_OWN)
            if name.startswith(_OWN) and key not in known:
                advice = did_you_mean(key, known) or f"There are {join(known)}."
                remove = f"Remove it with `pulumi config rm {escape(name)}`."
                self._problem(escape(name), f"there is no such setting. {advice} {remove}")

    def _values(self, table: _Table, names: Iterable[str]) -> dict[str, Any]:
        """Return field → value of settings; ``None``, and a problem, for one that is wrong."""
        return {table[name][0]: self._value(name, self._text(name), *table[name][1:]) for name in names}

    def _value(self, name: str, text: str, parse: Callable[[str], object], must_be: str) -> object:
        try:
            return parse(text)
        except (ValueError, LookupError, RecursionError) as error:
            reason = f'it must be {must_be}; got "{escape(text)}"' if must_be else str(error)
            variable = "" if self._config(name) else _variable(name)
            source = f" (from {variable} in the environment)" if variable else ""
            self._problem(name, f"{reason}{source}.")
            return None

    def _text(self, name: str) -> str:
        """Return the trimmed text of a setting, or else of its variable; ``""`` if there is none."""
        return (self._config(name) or "").strip() or self._environ.get(_variable(name), "").strip()

    def _problem(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))


def _variable(name: str) -> str:
    """Return the official provider's variable of a setting, such as ``AUTH0_CLIENT_ID``; ``""`` for ours."""
    namespace, _, key = name.partition(":")
    return "AUTH0_" + re.sub("(?=[A-Z])", "_", key).upper() if namespace == "auth0" else ""
