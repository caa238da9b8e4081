"""What a stack's configuration and the environment say: the tenant, the credentials and the stack-wide defaults.

Pure: the two sources come in as arguments. Pulumi hands every configuration value over as text, lists as JSON. Tenant
and credentials have the names of the official Auth0 provider, so that one stack serves both.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Self

from msgspec import Meta, Struct
from msgspec.json import Decoder, decode

from pulumi_auth0_permissions.auth0.address import tenant_url
from pulumi_auth0_permissions.auth0.token import ALGORITHMS, Credentials, fits_a_header, usable_key
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.core.validation import api_problems

_OWN = "auth0-permissions:"
APIS, PROMOTED_FROM = f"{_OWN}apis", f"{_OWN}promotedFrom"
_MAX_MINUTES = 1440.0  # of one operation

_Text = Annotated[str, Meta(min_length=1)]


class ApprovalOn(Struct, frozen=True, forbid_unknown_fields=True):
    """An approval to remove a permission from one API, by identifier or id; one for any API is the permission alone."""

    api: _Text
    permission: _Text


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set for a whole stack; secrets are not printed (`Credentials`)."""

    domain: str  # ``https://host[:port]``, or ``http://`` on loopback
    credentials: Credentials
    unmanaged: Unmanaged = Unmanaged.REFUSE  # default of the resource's argument
    removal: Removal = Removal.WARN  # default of the resource's argument
    approved_removals: tuple[str | ApprovalOn, ...] = ()  # by the stack's configuration
    approved_once: tuple[str | ApprovalOn, ...] = ()  # by the environment, for one run
    max_removals: int | None = None  # in one operation; None: any number
    impact: bool = True  # whether to look up who holds what is removed
    requests_per_second: float | None = None  # a cap of the user's own; None: only the tenant's limit counts
    reuses_token: bool = False  # whether processes share their token, in a file of this user alone
    operation_minutes: float = 30.0  # the longest that one operation may take
    audience: str | None = None  # the Management API's identifier, where it does not go by the domain
    custom_domain: str | None = None  # the value of the header ``Auth0-Custom-Domain``; None: it is not sent

    @classmethod
    def read(cls, config: Callable[[str], str | None], environ: Mapping[str, str], names: Iterable[str] = ()) -> Self:
        """Read all settings, or raise `InvalidInputs` with every problem at once, each under its ``namespace:key``.

        Key by key, the configuration wins over the environment. ``config`` returns the text of a ``namespace:key``;
        ``names`` are all that are set.
        """
        found = {name: _found(name, config, environ) for name in _SETTINGS}
        texts = {name: (text, source) for name, (text, source) in found.items() if text}
        # A token wins over an application, as in the official provider, and the application's key over its secret.
        parts = [_ID, _SECRET]
        if _KEY in texts or _ALGORITHM in texts:
            parts = [_ID, _KEY, _ALGORITHM]
        if _TOKEN in texts:
            parts = [_TOKEN]
        problems = [] if _DOMAIN in texts else [Problem(_DOMAIN, _NO_TENANT)]
        if missing := [name for name in parts if name not in texts]:
            problems.append(Problem(missing[0], _NO_CREDENTIALS))
        values: dict[str, Any] = {}
        for name, (text, source) in texts.items():
            field, parse, must_be = _SETTINGS[name]
            if name in parts or field not in Credentials.__dataclass_fields__:  # of credentials, only those in use
                try:
                    values[field] = parse(text)
                except (ValueError, LookupError, RecursionError) as error:
                    reason = f'it must be {must_be}; got "{escape(text)}"' if must_be else str(error)
                    problems.append(Problem(name, f"{reason}{source}."))
        problems += _unknown_keys(names)
        if problems:
            raise InvalidInputs(problems)
        credentials = {name: values.pop(name) for name in Credentials.__dataclass_fields__ if name in values}
        return cls(credentials=Credentials(**credentials), **values)

    @property
    def host(self) -> str:
        """The tenant's host, with its port where it has one."""
        return self.domain.rpartition("/")[2]

    def approved_for(self, *api: str) -> frozenset[str]:
        """Return the values that may be removed from an API, given its identifier, id or both."""
        approvals = (*self.approved_removals, *self.approved_once)
        of_any = frozenset(one for one in approvals if isinstance(one, str))
        return of_any.union(one.permission for one in approvals if isinstance(one, ApprovalOn) and one.api in api)


@dataclass(frozen=True, slots=True)
class StageConfig:
    """A stack's place in the chain."""

    apis: Mapping[str, str]  # logical API name → identifier or id in the stack's tenant, in the configuration's order
    promoted_from: str | None = None  # the stack that permissions are taken from; None for the first stage

    @classmethod
    def read(cls, config: Callable[[str], str | None]) -> Self:
        """Read both settings, or raise `InvalidInputs`, as `Settings.read` does."""
        text, promoted_from = ((config(name) or "").strip() for name in (APIS, PROMOTED_FROM))
        try:
            apis = decode(text, type=Annotated[dict[str, Any], Meta(min_length=1)])
        except (ValueError, RecursionError):
            way_out = f"set it with `pulumi config set --path '{APIS}.orders' https://orders.example.com`."
            reason = f"must be a map from logical API name to identifier or id; {way_out}"
            raise InvalidInputs([Problem(APIS, reason)]) from None
        problems: list[Problem] = []
        names: dict[str, str] = {}
        for name, api in apis.items():
            reasons = api_problems(api)
            if not reasons and (first := names.setdefault(api, name)) != name:
                reasons = [f'is the same API as "{escape(first)}"; two names cannot manage one API']
            problems += [Problem(f"{APIS}.{escape(name)}", f"{reason}.") for reason in reasons]
        if problems:
            raise InvalidInputs(problems)
        return cls(apis, promoted_from or None)


def _found(name: str, config: Callable[[str], str | None], environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the trimmed text of a setting, ``""`` for none, and what messages add if it is the environment's."""
    namespace, _, key = name.rpartition(":")
    text = (config(name) or "").strip() if namespace else ""
    if text or name.startswith(_OWN):
        return text, ""
    variable = "AUTH0_" + re.sub("(?=[A-Z])", "_", key).upper() if namespace else name  # such as AUTH0_CLIENT_ID
    return environ.get(variable, "").strip(), f" (from {variable} in the environment)"


def _unknown_keys(names: Iterable[str]) -> Iterator[Problem]:
    """Yield a problem for each key of our namespace that means nothing: a misspelled limit would be no limit."""
    known = [name.removeprefix(_OWN) for name in (*_SETTINGS, APIS, PROMOTED_FROM) if name.startswith(_OWN)]
    for key in sorted(name.removeprefix(_OWN) for name in names if name.startswith(_OWN)):
        if key not in known:
            name = escape(_OWN + key)
            advice = did_you_mean(key, known) or f"There are {join(known)}."
            yield Problem(name, f"there is no such setting. {advice} Remove it with `pulumi config rm {name}`.")


# The functions that parse the text of a setting raise a ValueError, LookupError or RecursionError if it is wrong.


def _header(text: str) -> str:
    if not fits_a_header(text):  # the text stays out of the message: it is a secret, or stands beside one
        raise ValueError("it contains spaces, line breaks or characters outside ASCII. Copy it again without them")
    return text


def _on_or_off(text: str) -> bool:
    # A bare `on` in a stack's YAML file may be read as a truth value and then arrives as "true".
    return {"on": True, "true": True, "off": False, "false": False}[text]


def _algorithm(text: str) -> str:
    if text not in ALGORITHMS:
        raise ValueError
    return text


def _number(text: str, kind: Callable[[str], float], above: float, at_most: float = sys.float_info.max) -> float:
    number = kind(text)
    if not above < number <= at_most:
        raise ValueError
    return number


_count = partial(_number, kind=int, above=-1)
_positive = partial(_number, kind=float, above=0)
_minutes = partial(_positive, at_most=_MAX_MINUTES)
_approvals = Decoder(tuple[_Text | ApprovalOn, ...]).decode

_DOMAIN, _TOKEN, _ID, _SECRET = "auth0:domain", "auth0:apiToken", "auth0:clientId", "auth0:clientSecret"
_KEY, _ALGORITHM = "auth0:clientAssertionPrivateKey", "auth0:clientAssertionSigningAlg"

_FORMS = 'a list of permissions, "read:a", or of {"api": "https://a.example.com", "permission": "read:a"}'

# The field of `Settings` or `Credentials`, the parser, and what the text must be; "" where the parser's error says it.
_SETTINGS: dict[str, tuple[str, Callable[[str], object], str]] = {
    _DOMAIN: ("domain", tenant_url, ""),
    "auth0:audience": ("audience", str, ""),
    "auth0:customDomainHeader": ("custom_domain", _header, ""),
    _TOKEN: ("api_token", _header, ""),
    _ID: ("client_id", _header, ""),
    _SECRET: ("client_secret", _header, ""),
    _KEY: ("private_key", usable_key, ""),
    _ALGORITHM: ("algorithm", _algorithm, f"one of {join(ALGORITHMS)}"),
    f"{_OWN}unmanaged": ("unmanaged", Unmanaged, f"one of {join(list(Unmanaged))}"),
    f"{_OWN}removal": ("removal", Removal, f"one of {join(list(Removal))}"),
    f"{_OWN}approvedRemovals": ("approved_removals", _approvals, _FORMS),
    APPROVALS_VARIABLE: ("approved_once", _approvals, _FORMS),
    f"{_OWN}maxRemovals": ("max_removals", _count, "a non-negative integer"),
    f"{_OWN}impact": ("impact", _on_or_off, '"on" or "off"'),
    f"{_OWN}operationTimeout": ("operation_minutes", _minutes, f"a number greater than 0, {_MAX_MINUTES:g} at most"),
    f"{_OWN}requestsPerSecond": ("requests_per_second", _positive, "a number greater than 0"),
    f"{_OWN}reuseToken": ("reuses_token", _on_or_off, '"on" or "off"'),
}

_NO_TENANT = (
    "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` or as AUTH0_DOMAIN in the "
    "environment."
)
_NO_CREDENTIALS = (
    "it is not set. Set auth0:clientId and auth0:clientSecret of a machine-to-machine application (in the environment: "
    "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET); or, in place of the secret, auth0:clientAssertionPrivateKey and "
    "auth0:clientAssertionSigningAlg; or auth0:apiToken alone (AUTH0_API_TOKEN). What is secret needs --secret."
)
