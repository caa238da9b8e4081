"""What a stack's configuration and the environment say: the tenant, the credentials and the stack-wide defaults.

Pure: the two sources come in as arguments. Pulumi hands every configuration value over as text, lists as JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.modes import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.wording import listed, shown
from pulumi_auth0_permissions.management.credentials import Credentials, fits_a_header
from pulumi_auth0_permissions.management.domain import Tenant
from pulumi_auth0_permissions.management.operation import DEFAULT_MINUTES, LONGEST_MINUTES

__all__ = ["ApprovedRemoval", "Settings"]

_OFFICIAL = "auth0"  # namespace and names of the official Auth0 provider, so that one stack serves both
_OWN = "auth0-permissions"

_ENVIRONMENT = {
    "domain": "AUTH0_DOMAIN",
    "clientId": "AUTH0_CLIENT_ID",
    "clientSecret": "AUTH0_CLIENT_SECRET",
    "apiToken": "AUTH0_API_TOKEN",
}
# A bare `on` in a stack's YAML file may be read as a truth value and then arrives as "true".
_SWITCH = {"on": True, "true": True, "off": False, "false": False}

_MAX_DIGITS = 9  # far beyond what an API can hold, and short of what `int` refuses to read

_Mode = TypeVar("_Mode", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ApprovedRemoval:
    """One entry of ``approvedRemovals``.

    Attributes:
        permission: the value that may be removed.
        api: identifier (or id) of the API it may be removed from; ``None`` for any.
        once: whether it is an approval of this run alone, and not one of the stack's configuration.
    """

    permission: str
    api: str | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that is set for a whole stack; the credentials never show (`Credentials`).

    Attributes:
        domain: the tenant as ``https://host[:port]`` (``http://`` on loopback).
        credentials: a client's id and secret, or a ready token.
        unmanaged: default of the resource's argument.
        removal: default of the resource's argument.
        approved_removals: what may be removed though the mode stands against it; those of the stack come first.
        max_removals: more removals than this in one operation fail; ``None``: no number is set.
        impact: whether to look up who holds what is removed.
        requests_per_second: a cap of the user's own; ``None``: only the tenant's limit counts.
        operation_minutes: the longest that one operation may take.
        reuses_token: whether processes leave their token for one another, in a file of this user alone.
    """

    domain: str
    credentials: Credentials
    unmanaged: Unmanaged = Unmanaged.REFUSE
    removal: Removal = Removal.WARN
    approved_removals: tuple[ApprovedRemoval, ...] = ()
    max_removals: int | None = None
    impact: bool = True
    requests_per_second: float | None = None
    reuses_token: bool = False
    operation_minutes: float = DEFAULT_MINUTES

    @classmethod
    def read(cls, config: Callable[[str], str | None], environ: Mapping[str, str]) -> Settings:
        """Read all settings; key by key, the configuration wins over the environment.

        Args:
            config: returns the value of ``namespace:key`` as text, or ``None``.
            environ: environment variables; looked at for the tenant, the credentials and the approvals of one run.

        Raises:
            InvalidInputs: with every problem at once, each under its ``namespace:key``.
        """
        reader = _Reader(config, environ)
        domain = reader.domain()
        credentials = reader.credentials()
        unmanaged = reader.mode("unmanaged", Unmanaged, Unmanaged.REFUSE)
        removal = reader.mode("removal", Removal, Removal.WARN)
        approved = reader.approved_removals()
        max_removals = reader.max_removals()
        impact = reader.switch("impact", otherwise=True)
        requests_per_second = reader.number("requestsPerSecond")
        operation_minutes = reader.number("operationTimeout", at_most=LONGEST_MINUTES) or DEFAULT_MINUTES
        reuses_token = reader.switch("reuseToken", otherwise=False)
        if reader.problems or domain is None or credentials is None:
            raise InvalidInputs(reader.problems)
        return cls(
            domain,
            credentials,
            unmanaged,
            removal,
            approved,
            max_removals,
            impact,
            requests_per_second,
            reuses_token,
            operation_minutes,
        )

    def approved_for(self, *api: str) -> frozenset[str]:
        """Return the values that may be removed from an API, given its identifier, id or both."""
        return frozenset(entry.permission for entry in self.approved_removals if entry.api is None or entry.api in api)


class _Reader:
    """Reads one setting after the other and remembers what is wrong with them."""

    def __init__(self, config: Callable[[str], str | None], environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self.problems: list[Problem] = []

    def domain(self) -> str | None:
        text, source = self._official("domain")
        if not text:
            self._object(
                "auth0:domain",
                "the tenant is not set. Set it with `pulumi config set auth0:domain acme.eu.auth0.com` "
                "or as AUTH0_DOMAIN in the environment.",
            )
            return None
        try:
            return Tenant.parse(text).url
        except ValueError as error:
            self._object("auth0:domain", f"{error}{source}.")
            return None

    def credentials(self) -> Credentials | None:
        token, client_id, client_secret = (self._secret(key) for key in ("apiToken", "clientId", "clientSecret"))
        # A token wins over a client's id and secret, as in the official provider.
        if token.given:
            return Credentials.of_token(token.text) if token.text else None
        for key, one, other in (
            ("clientId", client_id, client_secret),
            ("clientSecret", client_secret, client_id),
        ):
            if other.given and not one.given:
                self._object(
                    f"auth0:{key}",
                    f"it is not set, though the other half of the credentials is. Set it with "
                    f"`pulumi config set {'--secret ' if key == 'clientSecret' else ''}auth0:{key}` "
                    f"or as {_ENVIRONMENT[key]} in the environment.",
                )
        if not client_id.given and not client_secret.given:
            self._object(
                "auth0:clientId",
                "there are no credentials. Set auth0:clientId and auth0:clientSecret (with --secret) of a "
                "machine-to-machine application, or auth0:apiToken (with --secret); or in the environment "
                "AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET, or AUTH0_API_TOKEN.",
            )
        if client_id.text and client_secret.text:
            return Credentials.of_client(client_id.text, client_secret.text)
        return None

    def mode(self, key: str, modes: type[_Mode], default: _Mode) -> _Mode:
        text = self._own(key)
        if text is None:
            return default
        try:
            return modes(text)
        except ValueError:
            self._object(f"{_OWN}:{key}", f'"{shown(text)}" is none of {listed(list(modes))}.')
            return default

    def switch(self, key: str, *, otherwise: bool) -> bool:
        text = self._own(key)
        if text is None:
            return otherwise
        if text not in _SWITCH:
            self._object(f"{_OWN}:{key}", f'"{shown(text)}" is neither "on" nor "off".')
        return _SWITCH.get(text, otherwise)

    def max_removals(self) -> int | None:
        text = self._own("maxRemovals")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            self._object(f"{_OWN}:maxRemovals", f'"{shown(text)}" is no whole number from 0 on.')
            return None
        return int(text)

    def number(self, key: str, at_most: float = math.inf) -> float | None:
        text = self._own(key)
        if text is None:
            return None
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and 0 < number <= at_most):
            limit = "" if at_most == math.inf else f" and at most {at_most:g}"
            self._object(f"{_OWN}:{key}", f'"{shown(text)}" is no number greater than 0{limit}.')
            return None
        return number

    def approved_removals(self) -> tuple[ApprovedRemoval, ...]:
        name = f"{_OWN}:approvedRemovals"
        set_with = f"Set it with `pulumi config set --path '{name}[0]' delete:orders`, one entry at a time."
        once = self._environ.get(APPROVALS_VARIABLE, "").strip() or None
        return (
            *self._approved(name, self._own("approvedRemovals"), set_with),
            *(
                replace(one, once=True)
                for one in self._approved(APPROVALS_VARIABLE, once, """Write it as '["delete:orders"]'.""")
            ),
        )

    def _approved(self, name: str, text: str | None, way_out: str) -> tuple[ApprovedRemoval, ...]:
        if text is None:
            return ()
        try:
            entries = json.loads(text)
        except (ValueError, RecursionError):
            entries = None
        if not isinstance(entries, list):
            self._object(
                name,
                f'"{shown(text)}" is no list. {way_out}',
            )
            return ()
        return tuple(self._approvals(name, entries))

    def _approvals(self, name: str, entries: Sequence[object]) -> Iterator[ApprovedRemoval]:
        for index, entry in enumerate(entries):
            match entry:
                case str() if entry:
                    yield ApprovedRemoval(entry)
                case {"api": str() as api, "permission": str() as permission, **rest} if (
                    api and permission and not rest
                ):
                    yield ApprovedRemoval(permission, api)
                case _:
                    self._object(
                        f"{name}[{index}]",
                        'an entry is a permission, "delete:orders", or an API and a permission, '
                        '{"api": "https://orders.example.com", "permission": "delete:orders"}.',
                    )

    def _secret(self, key: str) -> _Secret:
        text, source = self._official(key)
        if fits_a_header(text):
            return _Secret(given=bool(text), text=text)
        # The value stays out of the message: it is a secret, or stands beside one.
        self._object(
            f"auth0:{key}",
            f"it holds spaces, line breaks or characters outside ASCII{source}. Copy it again, whole and alone.",
        )
        return _Secret(given=True, text="")

    def _official(self, key: str) -> tuple[str, str]:
        """Return the trimmed text (``""`` if there is none) and, for messages, where it is from."""
        text = (self._config(f"{_OFFICIAL}:{key}") or "").strip()
        if text:
            return text, ""
        variable = _ENVIRONMENT[key]
        return self._environ.get(variable, "").strip(), f" (from {variable} in the environment)"

    def _own(self, key: str) -> str | None:
        return (self._config(f"{_OWN}:{key}") or "").strip() or None

    def _object(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))


@dataclass(frozen=True, slots=True, repr=False)
class _Secret:
    """A text that was given or not; given and empty: it was not usable, which has been said."""

    given: bool
    text: str
