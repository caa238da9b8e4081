"""What a program declares, as it declares it, and what the hooks are told of it that they cannot know by themselves."""

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
from pulumi_auth0_permissions.core.model import Declaration
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
_LATE_S = 5.0  # that a resource may be declared after the others, within an `apply`
_TURNS = 20  # of the event loop, in which outputs that wait for nothing but each other become known


class Program:
    """What one program has declared and looked up."""

    def __init__(self) -> None:
        self.declared: list[ContextInput] = []  # grows as the program goes on
        self.looked_up: dict[str, Any] = {}
        self.records = RunRecords(current_run())
        for key in _SECRETS:
            if pulumi.runtime.get_config(key) and not pulumi.runtime.is_config_secret(key):
                pulumi.log.warn(
                    f"{key} stands in the stack's configuration as plain text, and so in the state. Set it again with "
                    f"`pulumi config set --secret {key}`, and replace it in Auth0: whoever saw the file knows it."
                )

    @cached_property
    def reviewed(self) -> ReviewedPlan | None:
        """The reviewed plan that the run is held to; `check` says what is wrong with one that is of no use."""
        with suppress(InvalidInputs):
            plan = ReviewedPlan.read(os.environ, datetime.now(UTC))
            return plan if plan and plan.is_of(pulumi.get_stack()) else None
        return None


def this_program() -> Program:
    """Return what is kept of the program, by its root resource; the first time, warn of credentials in plain text."""
    root = pulumi.runtime.get_root_resource()
    kept: dict[str, Program] = {} if root is None else vars(root)  # a thread of the program's own knows no root
    if "_auth0_permissions" not in kept:
        kept["_auth0_permissions"] = Program()
    return kept["_auth0_permissions"]


def is_mocked() -> bool:
    """Tell whether the program runs under `pulumi.runtime.set_mocks`, where there is no provider."""
    return isinstance(get_monitor(), MockMonitor)


@contextmanager
def errors_shown(beginning: str = "") -> Iterator[None]:
    """Have the engine show what the product says to its user: as a sentence, without a traceback."""
    try:
        yield
    except PermissionsError as error:
        raise pulumi.RunError(f"{beginning}{error}") from None


def refuse_other_providers(name: str, opts: pulumi.ResourceOptions) -> None:
    """Refuse a provider that the engine would ignore in silence, and so another tenant than the user thinks of."""
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
    """Return a map of permissions in the form that the hooks are given; a missing description is an empty one.

    The SDK drops ``None`` from maps before any hook is called: it would read as a permission that is not declared.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: normalised(name, what, known))
    wrong = [key for key in value if not isinstance(key, str)] if isinstance(value, Mapping) else []
    if isinstance(value, Mapping) and not wrong:
        return {key: _text(one) for key, one in value.items()}
    form = '{"read:orders": "Read orders"}' if what == "permissions" else '{"old:name": "new:name"}'
    got = f"the key {wrong[0]!r}, {type_of(wrong[0])}" if wrong else type_of(value)
    raise pulumi.RunError(f"ApiPermissions {name!r}: `{what}` must be a map such as {form}; got {got}.")


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a program may give
    if isinstance(value, pulumi.Output):
        return value.apply(_text)
    return "" if value is None else value


def required(permission: str, known: Mapping[str, str], owner_has: str) -> str:
    """Return the permission if it is known; else fail the program, with the nearest ones."""
    if permission in known:
        return permission
    hint = did_you_mean(permission, known) or f"It has {join(sorted(known)) or 'none'}."
    raise pulumi.RunError(f'{owner_has} no permission "{escape(permission)}". {hint}')


class ContextInput:
    """What the hooks cannot know by themselves (see `Context`), awaited when the resource is registered.

    No `Output`: the SDK goes through all of those again and again while it waits for the engine.
    """

    declaration: Declaration | None = None
    """What the resource declares; ``None`` until all of it is known."""

    def __init__(
        self, name: str, api: pulumi.Input[str], maps: Mapping[str, Any], opts: pulumi.ResourceOptions
    ) -> None:
        self.name, self._api, self._maps, self._opts = name, api, maps, opts
        self._program = this_program()
        self._program.declared.append(self)
        self._knowing = asyncio.ensure_future(self._know())

    async def _know(self) -> None:
        with suppress(Exception):  # the resource itself fails with it
            api, permissions = await _value_of(self._api), await _value_of(self._maps["permissions"])
            if isinstance(api, str) and isinstance(permissions, Mapping):
                self.declaration = Declaration(self.name, api, frozenset(permissions))

    def __await__(self) -> Generator[Any, Any, str]:
        return self._gather().__await__()

    async def _gather(self) -> str:
        await self._refuse_unreviewed_leaving()
        for _ in range(_TURNS):  # no output is awaited here: it may depend on this resource
            if all(one.declaration for one in self._program.declared):
                break
            await asyncio.sleep(0)
        known, own = [one.declaration for one in self._program.declared if one.declaration], self.declaration
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
        head = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::"
        if self._opts.parent is not None:
            parent = str(await self._opts.parent.urn.future())
            head = f"{'::'.join(parent.split('::', 3)[:3])}$"
        return f"{head}{_TYPE}::{self.name}"

    async def _refuse_unreviewed_leaving(self) -> None:
        """Refuse a program that lacks a resource of the reviewed plan's: the engine would delete it, and ask nobody."""
        plan, until = self._program.reviewed, time.monotonic() + _LATE_S
        while plan and (missing := plan.declared.difference(one.name for one in self._program.declared)):
            if time.monotonic() > until:
                raise pulumi.RunError(str(plan.problem_without(missing)))
            await asyncio.sleep(0.1)


def _may_be_same(one: Declaration, other: Declaration | None) -> bool:
    """Tell whether both may be about one API: it goes by its identifier and by its id."""
    return other is None or one.api == other.api or bool(_ID.fullmatch(one.api)) is not bool(_ID.fullmatch(other.api))


async def _value_of(value: object) -> object:
    """Return what an output comes to, ``None`` where that is not known; anything else as it is."""
    if not isinstance(value, pulumi.Output):
        return value
    return await value.future() if await value.is_known() else None


async def _is_secret(value: object) -> bool:
    # A text in a map may be an output of its own.
    parts = value.values() if isinstance(value, Mapping) else [value]
    return any([await part.is_secret() for part in parts if isinstance(part, pulumi.Output)])
