"""The program's side of the provider: check what it gives, collect what it declares, and pass that on to the hooks.

The hooks run in another process, and the engine passes them the inputs of one resource at a time: which resource that
is, whether this is a preview and what the other resources declare comes from here (`ContextInput`).
"""

import asyncio
import os
import re
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from pulumi_auth0_permissions.core.errors import InvalidInputs, PermissionsError
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.core.validation import type_of
from pulumi_auth0_permissions.pulumi_adapter.context import Context
from pulumi_auth0_permissions.pulumi_adapter.records import RunRecords
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.run import current_run

_ID = re.compile(r"[0-9a-f]{24}")  # api-facts: the form of a resource server's id
_DYNAMIC = "pulumi-python"  # the package of dynamic resources, whose provider may be named
_TYPE = f"{_DYNAMIC}:dynamic/auth0:ApiPermissions"
_SECRETS = ("auth0:clientSecret", "auth0:clientAssertionPrivateKey", "auth0:apiToken")
_LATE_S = 5.0  # how long after the others a resource may be declared, within an `apply`
_TURNS = 20  # of the event loop: enough for outputs that depend only on each other to become known


class Program:
    """What one program has declared and looked up; making it warns of credentials in plain text."""

    def __init__(self) -> None:
        self.declared: list[ContextInput] = []  # grows as the program goes on
        self.looked_up: dict[str, Any] = {}
        self.records = RunRecords(current_run())
        for key in _SECRETS:
            if pulumi.runtime.get_config(key) and not pulumi.runtime.is_config_secret(key):
                pulumi.log.warn(
                    f"{key} is in the stack's configuration as plain text, and so in the state. Set it again with "
                    f"`pulumi config set --secret {key}`, and replace it in Auth0: whoever saw the file knows it."
                )

    @cached_property
    def reviewed(self) -> ReviewedPlan | None:
        """The reviewed plan that limits the run; ``None`` also for one that cannot be used: `check` reports that."""
        with suppress(InvalidInputs):
            plan = ReviewedPlan.read(os.environ, datetime.now(UTC))
            return plan if plan and plan.is_of(pulumi.get_stack()) else None
        return None


def this_program() -> Program:
    """Return the `Program` of the running program: kept at its root resource, since one process may run several."""
    root = pulumi.runtime.get_root_resource()
    kept: dict[str, Program] = {} if root is None else vars(root)  # a thread that the program starts has no root
    if "_auth0_permissions" not in kept:
        kept["_auth0_permissions"] = Program()
    return kept["_auth0_permissions"]


def is_mocked() -> bool:
    """Tell whether the program runs under `pulumi.runtime.set_mocks`, where there is no provider."""
    return isinstance(get_monitor(), MockMonitor)


@contextmanager
def errors_shown(beginning: str = "") -> Iterator[None]:
    """Raise the errors that users are to read as a `RunError`: the engine shows it without a traceback."""
    try:
        yield
    except PermissionsError as error:
        raise pulumi.RunError(f"{beginning}{error}") from None


def refuse_other_providers(name: str, opts: pulumi.ResourceOptions) -> None:
    """Refuse a provider, which would be silently ignored: the user may expect it to bring another tenant."""
    if opts.provider is not None and opts.provider.package == _DYNAMIC:
        return
    given = opts.providers.values() if isinstance(opts.providers, Mapping) else opts.providers or ()
    of_parent = opts.parent.get_provider("auth0:index:Provider") if opts.parent is not None else None
    if opts.provider is not None or of_parent is not None or any(one.package == "auth0" for one in given):
        raise pulumi.RunError(
            f"ApiPermissions {name!r}: a provider that `provider`, `providers` or the parent brings is not used here: "
            "one stack is one tenant, the one that auth0:domain (or AUTH0_DOMAIN) names. Take the provider out, or "
            "declare the resource outside of that parent; for another tenant, use another stack with its own "
            "auth0:domain."
        )


def normalised(name: str, what: str, value: Any) -> Any:  # noqa: ANN401 - whatever a program may give
    """Return the input ``what``, a map, with ``""`` for ``None``, or fail the program if it is no such map.

    The SDK drops ``None`` from maps before any hook is called, so the permission would not be declared at all.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: normalised(name, what, known))
    got = type_of(value)
    if isinstance(value, Mapping):
        wrong = [key for key in value if not isinstance(key, str)]
        if not wrong:
            return {key: _text(one) for key, one in value.items()}
        got = f"the key {wrong[0]!r}, {type_of(wrong[0])}"
    form = '{"read:orders": "Read orders"}' if what == "permissions" else '{"old:name": "new:name"}'
    raise pulumi.RunError(f"ApiPermissions {name!r}: `{what}` must be a map such as {form}; got {got}.")


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a program may give
    if isinstance(value, pulumi.Output):
        return value.apply(_text)
    return "" if value is None else value


def required(permission: str, known: Mapping[str, str], owner_has: str) -> str:
    """Return the permission if it is among the known ones; otherwise fail the program, and name the nearest."""
    if permission in known:
        return permission
    hint = did_you_mean(permission, known) or f"It has {join(sorted(known)) or 'none'}."
    raise pulumi.RunError(f'{owner_has} no permission "{escape(permission)}". {hint}')


class ContextInput:
    """The input that carries the `Context` of one resource to the hooks; awaited when the resource is registered.

    It is not an `Output`: the SDK goes through all of those again and again while it waits for the engine.
    """

    declaration: Declaration | None = None
    """What the resource declares; ``None`` until all of it is known."""

    def __init__(
        self, name: str, api: pulumi.Input[str], maps: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        self.name, self._api, self._maps, self._opts = name, api, maps, opts
        self._program = this_program()
        self._program.declared.append(self)
        self._resolving = asyncio.ensure_future(self._resolve())  # kept: the loop itself holds tasks only weakly

    async def _resolve(self) -> None:
        """Set the declaration once its inputs are known."""
        with suppress(Exception):  # an input that fails makes the resource itself fail
            api, permissions = await _value_of(self._api), await _value_of(self._maps["permissions"])
            if isinstance(api, str) and isinstance(permissions, Mapping):
                self.declaration = Declaration(self.name, api, frozenset(permissions))

    def __await__(self) -> Generator[Any, Any, str]:
        return self._gather().__await__()

    async def _gather(self) -> str:
        """Return the context, with what the other resources declare as far as it is known by now."""
        await self._refuse_unreviewed_leaving()
        for _ in range(_TURNS):  # no output is awaited here: it may depend on this resource
            if all(one.declaration for one in self._program.declared):
                break
            await asyncio.sleep(0)
        own = self.declaration
        known = [one.declaration for one in self._program.declared if one.declaration]
        if own is not None:
            self._program.records.declare(own)
        made_by = await self._api.resources() if isinstance(self._api, pulumi.Output) else ()
        return Context(
            urn=await self._urn(),
            is_preview=pulumi.runtime.is_dry_run(),
            follows_resources=bool(self._opts.depends_on or made_by),
            apis=len({one.api for one in known}),
            others=tuple(one for one in known if one is not own and _may_be_same(one, own)),
            ignored=tuple(self._opts.ignore_changes or ()),
            secret=tuple([name for name, value in self._maps.items() if await _is_secret(value)]),
        ).to_input()

    async def _urn(self) -> str:
        """Return the URN that the engine will give the resource: it holds the types of all parents."""
        head = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::"
        if self._opts.parent is not None:
            parent = str(await self._opts.parent.urn.future())
            head = f"{'::'.join(parent.split('::', 3)[:3])}$"
        return f"{head}{_TYPE}::{self.name}"

    async def _refuse_unreviewed_leaving(self) -> None:
        """Refuse a program that lacks a resource of the reviewed plan: the engine would delete it without a hook."""
        plan, until = self._program.reviewed, time.monotonic() + _LATE_S
        while plan and (missing := plan.declared.difference(one.name for one in self._program.declared)):
            if time.monotonic() > until:
                raise pulumi.RunError(str(plan.problem_without(missing)))
            await asyncio.sleep(0.1)


def _may_be_same(one: Declaration, other: Declaration | None) -> bool:
    """Tell whether both may be about one API: one may name it by its id, and the other by its identifier."""
    if other is None or one.api == other.api:
        return True
    has_id, other_has_id = (_ID.fullmatch(named.api) is not None for named in (one, other))
    return has_id != other_has_id


async def _value_of(value: object) -> object:
    """Return the value of an output, ``None`` if it is not known; return anything else as it is."""
    if not isinstance(value, pulumi.Output):
        return value
    return await value.future() if await value.is_known() else None


async def _is_secret(value: object) -> bool:
    """Tell whether an input, or one of the outputs in a map, is secret."""
    parts = value.values() if isinstance(value, Mapping) else [value]
    return any([await part.is_secret() for part in parts if isinstance(part, pulumi.Output)])
