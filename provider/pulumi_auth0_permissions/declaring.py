"""What a program declares, as it declares it, and what the hooks are told of it that they cannot know by themselves."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pulumi

from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.text import did_you_mean, escape, join
from pulumi_auth0_permissions.core.validation import type_of
from pulumi_auth0_permissions.pulumi_adapter.records import program_records
from pulumi_auth0_permissions.pulumi_adapter.reviewed import ReviewedPlan
from pulumi_auth0_permissions.pulumi_adapter.state import Context

# Kept by the program's root resource: programs in one process have one each.
_REGISTRY = "_auth0_permissions_declared"
_WARNED = "_auth0_permissions_warned"
_REVIEWED = "_auth0_permissions_reviewed"

_ID = re.compile(r"[0-9a-f]{24}")  # api-facts: the form of a resource server's id
_DYNAMIC = "pulumi-python"  # the package of dynamic resources, whose provider may be named
_SECRETS = ("auth0:clientSecret", "auth0:clientAssertionPrivateKey", "auth0:apiToken")
_LATE_S = 5.0  # that a resource may be declared after the others, within an `apply`
_TURNS = 20  # of the event loop, in which outputs that wait for nothing but each other become known


def refuse_other_providers(name: str, opts: pulumi.ResourceOptions | None) -> None:
    """Refuse a provider that the engine would ignore in silence, and so another tenant than the user thinks of.

    Raises:
        pulumi.RunError: the options, or the parent, bring a provider for Auth0 or another package.
    """
    if opts is None or (opts.provider is not None and opts.provider.package == _DYNAMIC):
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


def warn_of_plain_secrets() -> None:
    """Warn, once in a program, of credentials that stand in the stack's configuration as plain text."""
    root = pulumi.runtime.get_root_resource()
    if root is None or root.__dict__.setdefault(_WARNED, False):
        return
    root.__dict__[_WARNED] = True
    for key in _SECRETS:
        if pulumi.runtime.get_config(key) and not pulumi.runtime.is_config_secret(key):
            pulumi.log.warn(
                f"{key} stands in the stack's configuration as plain text, and so in the state. Set it again with "
                f"`pulumi config set --secret {key}`, and replace it in Auth0: whoever saw the file knows it."
            )


def normalised(name: str, what: str, value: Any) -> Any:  # noqa: ANN401 - whatever a program may give
    """Return a map of permissions in the form that the hooks are given.

    The SDK drops ``None`` from maps before any hook is called: a missing description would read as a permission that
    is not declared.

    Args:
        name: the resource's name, for the message.
        what: the argument's name.
        value: the argument: a map, an output of one, or something wrong.

    Raises:
        pulumi.RunError: it is not a map from text.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(lambda known: normalised(name, what, known))
    form = '{"read:orders": "Read orders"}' if what == "permissions" else '{"old:name": "new:name"}'
    if not isinstance(value, Mapping):
        raise pulumi.RunError(
            f"ApiPermissions {name!r}: `{what}` must be a map such as {form}; got {type_of(value)}. Write it as a map."
        )
    for key in value:
        if not isinstance(key, str):
            raise pulumi.RunError(
                f"ApiPermissions {name!r}: a key of `{what}` must be text, as in {form}; got {type_of(key)}: {key!r}."
            )
    return {key: _text(one) for key, one in value.items()}


def _text(value: Any) -> Any:  # noqa: ANN401 - whatever a program may give
    if isinstance(value, pulumi.Output):
        return value.apply(_text)
    return "" if value is None else value


def required(permission: str, known: Mapping[str, str], owner_has: str) -> str:
    """Return the permission if it is known; else raise what says so, with the nearest ones.

    Raises:
        pulumi.RunError: it is not known.
    """
    if permission in known:
        return permission
    hint = did_you_mean(permission, known) or f"It has {join(sorted(known)) or 'none'}."
    raise pulumi.RunError(f'{owner_has} no permission "{escape(permission)}". {hint}')


@dataclass(eq=False, slots=True)
class _Declared:
    """One resource's declaration, filled in as its outputs become known.

    Attributes:
        name: the resource's name.
        api: the API as the program names it; ``None`` until it is known.
        values: the declared permissions; ``None`` until they are known.
        watched: what fills them in.
    """

    name: str
    api: str | None = None
    values: frozenset[str] | None = None
    watched: list[object] = field(default_factory=list)

    @property
    def declaration(self) -> Declaration | None:
        """What the resource declares; ``None`` until all of it is known."""
        return None if self.api is None or self.values is None else Declaration(self.name, self.api, self.values)

    def watch(self, api: object, permissions: object) -> None:
        """Take the API's name and the permissions, now or once they are known."""
        for value, take in ((api, self._set_api), (permissions, self._set_values)):
            if isinstance(value, pulumi.Output):
                self.watched.append(value.apply(take))
            else:
                take(value)

    def _set_api(self, api: object) -> None:
        self.api = api if isinstance(api, str) else None

    def _set_values(self, permissions: object) -> None:
        self.values = frozenset(map(str, permissions)) if isinstance(permissions, Mapping) else None


class ContextInput:
    """What the hooks cannot know by themselves (see `Context`), awaited when the resource is registered.

    That is once the program has run. No `Output`, because the SDK goes through all of those again and again while it
    waits for the engine: with hundreds of resources, that is most of what a program takes.

    Args:
        name: the resource's name in the program.
        type_: the resource's type.
        api: the API, known by now or not.
        maps: the arguments that hold public names: ``permissions`` and ``renames``, normalised.
        opts: the resource's options.
    """

    def __init__(
        self,
        name: str,
        type_: str,
        api: pulumi.Input[str],
        maps: Mapping[str, object],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._name, self._type, self._api, self._maps = name, type_, api, maps
        self._parent = opts.parent  # now: the SDK fills in the root resource
        self._ignored = tuple(opts.ignore_changes or ())
        self._depends_on = bool(opts.depends_on)
        self._own = _Declared(name)
        self._own.watch(api, maps["permissions"])
        root = pulumi.runtime.get_root_resource()
        # Grows as the program goes on.
        self._declared: list[_Declared] = [] if root is None else root.__dict__.setdefault(_REGISTRY, [])
        self._declared.append(self._own)

    def __await__(self) -> Generator[Any, Any, str]:
        return self._gather().__await__()

    async def _gather(self) -> str:
        await self._refuse_unreviewed_leaving()
        others = await self._others_that_may_share()
        if (declaration := self._own.declaration) is not None:
            program_records().declare(declaration)
        made_by = await self._api.resources() if isinstance(self._api, pulumi.Output) else ()
        return Context(
            urn=await self._urn(),
            is_preview=pulumi.runtime.is_dry_run(),
            follows_resources=self._depends_on or bool(made_by),
            apis=len({one.api for one in self._declared if one.api is not None}),
            others=others,
            ignored=self._ignored,
            secret=tuple([name for name, value in self._maps.items() if await _is_secret(value)]),
        ).to_input()

    async def _urn(self) -> str:
        head = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::"
        if self._parent is not None:
            parent = await self._parent.urn.future()
            head = f"{str(parent).rpartition('::')[0]}$"
        return f"{head}{self._type}::{self._name}"

    async def _refuse_unreviewed_leaving(self) -> None:
        """Refuse a program that lacks a resource of the reviewed plan's: the engine would delete it, and ask nobody.

        Raises:
            pulumi.RunError: it lacks some.
        """
        root = pulumi.runtime.get_root_resource()
        if root is None:
            return
        if _REVIEWED not in root.__dict__:
            root.__dict__[_REVIEWED] = asyncio.ensure_future(_look_for_leaving(self._declared))
        await root.__dict__[_REVIEWED]

    async def _others_that_may_share(self) -> tuple[Declaration, ...]:
        """Return what the program's other resources declare that may be about the same API.

        Awaits no output: one of them may depend on this very resource.
        """
        for _ in range(_TURNS):
            if all(one.api is not None and one.values is not None for one in self._declared):
                break
            await asyncio.sleep(0)
        others = (one.declaration for one in self._declared if one is not self._own)
        return tuple(one for one in others if one is not None and _may_be_same(one.api, self._own.api))


async def _look_for_leaving(declared: list[_Declared]) -> None:
    try:
        plan = ReviewedPlan.read(os.environ, datetime.now(UTC))
    except InvalidInputs:
        return  # `check` says what is wrong with it
    if plan is None or not plan.is_of(pulumi.get_stack()):
        return
    until = time.monotonic() + _LATE_S
    while missing := plan.declared.difference(one.name for one in declared):
        if time.monotonic() > until:
            raise pulumi.RunError(plan.refusal_without(missing))
        await asyncio.sleep(0.1)


def _may_be_same(api: str, other: str | None) -> bool:
    return api == other or other is None or bool(_ID.fullmatch(api)) is not bool(_ID.fullmatch(other))


async def _is_secret(value: object) -> bool:
    if isinstance(value, pulumi.Output):
        return bool(await value.is_secret())
    # A text in a map may be an output of its own.
    parts = value.values() if isinstance(value, Mapping) else ()
    return any([await part.is_secret() for part in parts if isinstance(part, pulumi.Output)])
