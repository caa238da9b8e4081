"""What a stack's configuration and the environment say: the tenant, the credentials and the stack-wide defaults.

Pure: the two sources come in as arguments. Pulumi hands every configuration value over as text, lists as JSON.
"""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit

from pulumi_auth0_permissions.auth0.credentials import Credentials
from pulumi_auth0_permissions.auth0.deadline import DEFAULT_MINUTES, LONGEST_MINUTES
from pulumi_auth0_permissions.core.errors import InvalidInputs, Problem
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.safety import APPROVALS_VARIABLE
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.official_settings import OfficialReader

__all__ = ["ApprovedRemoval", "Settings"]

_OWN = "auth0-permissions"
_KEYS = (
    "unmanaged",
    "removal",
    "approvedRemovals",
    "maxRemovals",
    "impact",
    "operationTimeout",
    "requestsPerSecond",
    "reuseToken",
    "apis",
    "promotedFrom",
)

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
        credentials: a client's id with its secret or private key, or a ready token.
        unmanaged: default of the resource's argument.
        removal: default of the resource's argument.
        approved_removals: what may be removed though the mode stands against it; those of the stack come first.
        max_removals: more removals than this in one operation fail; ``None``: no number is set.
        impact: whether to look up who holds what is removed.
        requests_per_second: a cap of the user's own; ``None``: only the tenant's limit counts.
        operation_minutes: the longest that one operation may take.
        reuses_token: whether processes leave their token for one another, in a file of this user alone.
        audience: the Management API's identifier, where it does not go by the domain.
        custom_domain: what is sent as the header ``Auth0-Custom-Domain``; ``None``: nothing.
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
    audience: str | None = None
    custom_domain: str | None = None

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
        official = OfficialReader(config, environ, reader.problems)
        domain = official.domain()
        credentials = official.credentials()
        audience = official.audience()
        custom_domain = official.custom_domain()
        reader.refuse_unknown(names)
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
            audience,
            custom_domain,
        )

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

    def refuse_unknown(self, names: Iterable[str]) -> None:
        """Object to each key of our namespace that means nothing: a misspelled limit would be no limit."""
        lower = {key.lower(): key for key in _KEYS}
        for name in sorted(names):
            namespace, _, key = name.partition(":")
            if namespace != _OWN or key in _KEYS:
                continue
            near = difflib.get_close_matches(key.lower(), lower, n=1)
            advice = f"Did you mean {_OWN}:{lower[near[0]]}?" if near else f"There are {join(list(_KEYS))}."
            self._object(
                escape(name), f"there is no such setting. {advice} Take it out with `pulumi config rm {escape(name)}`."
            )

    def mode(self, key: str, modes: type[_Mode], default: _Mode) -> _Mode:
        text = self._own(key)
        if text is None:
            return default
        try:
            return modes(text)
        except ValueError:
            self._object(f"{_OWN}:{key}", f'"{escape(text)}" is none of {join(list(modes))}.')
            return default

    def switch(self, key: str, *, otherwise: bool) -> bool:
        text = self._own(key)
        if text is None:
            return otherwise
        if text not in _SWITCH:
            self._object(f"{_OWN}:{key}", f'"{escape(text)}" is neither "on" nor "off".')
        return _SWITCH.get(text, otherwise)

    def max_removals(self) -> int | None:
        text = self._own("maxRemovals")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
            self._object(f"{_OWN}:maxRemovals", f'"{escape(text)}" is no whole number from 0 on.')
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
            self._object(f"{_OWN}:{key}", f'"{escape(text)}" is no number greater than 0{limit}.')
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
                f'"{escape(text)}" is no list. {way_out}',
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

    def _own(self, key: str) -> str | None:
        return (self._config(f"{_OWN}:{key}") or "").strip() or None

    def _object(self, name: str, reason: str) -> None:
        self.problems.append(Problem(name, reason))
