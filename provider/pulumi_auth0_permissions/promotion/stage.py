"""A stage of the chain, as a program declares it: one program for all stages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pulumi

from pulumi_auth0_permissions.catalog import load_catalog
from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.core.model import Permissions, Removal, Unmanaged, revision_of
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.promotion.config import APIS, StageConfig, qualified
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, ApiReceipt, Receipt
from pulumi_auth0_permissions.promotion.source import AS_IF_VARIABLE, catalog_instead, promoted_from
from pulumi_auth0_permissions.resource import ApiPermissions


class Stage:
    """This stack's stage: which permissions it takes, and from where.

    The stack's configuration says which stage it is:

    - ``auth0-permissions:apis``: logical API name → identifier or id in the stack's tenant;
    - ``auth0-permissions:promotedFrom``: the stack that permissions are taken from; not set on the first stage, which
      takes the catalog.

    Args:
        catalog: the catalog file; the first stage reads it, the others do not look at it.

    Raises:
        pulumi.RunError: the configuration or the catalog is wrong; the message has every problem.
    """

    apis: Mapping[str, str]
    """Logical API name → identifier or id in this stack's tenant."""
    source: str | None
    """Full name of the stack that permissions are taken from; ``None`` on the first stage."""
    permissions: pulumi.Output[dict[str, dict[str, str]]]
    """What this stage takes (logical API name → permission → description); may hold APIs that it does not have."""

    def __init__(self, catalog: str | Path = "permissions.yaml") -> None:
        try:
            config = StageConfig.read(_config)
            self.apis = config.apis
            self._catalog = str(catalog)
            if config.promoted_from is None:
                self.source = None
                taken = catalog_instead()
                self.permissions = pulumi.Output.from_input(load_catalog(catalog) if taken is None else taken)
            else:
                self.source = qualified(config.promoted_from, pulumi.get_organization(), pulumi.get_project())
                self.permissions = promoted_from(self.source)
        except PermissionsError as error:
            raise pulumi.RunError(str(error)) from None
        self._taken = self.permissions.apply(self._checked)

    def declare(
        self,
        *,
        unmanaged: Unmanaged | Literal["refuse", "keep", "remove"] | pulumi.Output[str] | None = None,
        removal: Removal | Literal["warn", "revoke", "refuse_if_held", "refuse"] | pulumi.Output[str] | None = None,
        renames: Mapping[str, pulumi.Input[Mapping[str, pulumi.Input[str]]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> dict[str, ApiPermissions]:
        """Declare one `ApiPermissions` for each API of this stage, and export the receipt.

        The stack output ``auth0PermissionsReceipt`` tells what was applied and where it is from. To be called once.

        Args:
            unmanaged: as for `ApiPermissions`, for all APIs.
            removal: as for `ApiPermissions`, for all APIs.
            renames: logical API name → old permission → new permission. On a later stage an entry waits until the
                stage before has applied it; a note says so.
            opts: options of the resources.

        Returns:
            The resources, by logical API name, which is also their resource name.

        Raises:
            pulumi.RunError: ``renames`` names an API that the first stage does not have.
        """
        moves = renames or {}
        unknown = sorted(name for name in moves if name not in self.apis)
        if unknown and self.source is None:
            raise pulumi.RunError(
                f"renames: {APIS} of this stack has no {join(unknown)}; it has {self._names()}. Correct the name."
            )
        resources = {
            name: ApiPermissions(
                name,
                api=api,
                permissions=self._taken.apply(lambda taken, name=name: taken[name]),  # type: ignore[misc]
                unmanaged=unmanaged,
                removal=removal,
                renames=self._arrived(name, moves.get(name)),
                opts=opts,
            )
            for name, api in self.apis.items()
        }
        pulumi.export(RECEIPT_OUTPUT, self._receipt(resources))
        return resources

    def _arrived(
        self, api: str, renames: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None
    ) -> pulumi.Input[Mapping[str, pulumi.Input[str]]] | None:
        """Return the renames that have come as far as this stage; the first one has the catalog, and has them all."""
        if self.source is None or not renames:
            return renames

        def arrived(both: Sequence[Any]) -> dict[str, str]:
            taken, moves = both[0][api], both[1]
            here = {old: new for old, new in moves.items() if new in taken and old not in taken}
            if waiting := [f"{escape(old)} => {escape(new)}" for old, new in moves.items() if old not in here]:
                pulumi.log.info(
                    f"{escape(api)}: {join(waiting, quoted=False)} in `renames` waits: {escape(str(self.source))} has "
                    "not applied it"
                )
            return here

        return pulumi.Output.all(self._taken, renames).apply(arrived)

    def _checked(self, taken: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        """Hold the APIs of this stage against those of the source."""
        source = f'stack "{self.source}"' if self.source else self._catalog
        source = os.environ.get(AS_IF_VARIABLE) or source
        if missing := [name for name in self.apis if name not in taken]:
            raise pulumi.RunError(
                f"{APIS} of this stack names {join(missing)}, which {escape(source)} does not have; it has "
                f"{join(sorted(taken)) or 'no API at all'}. Correct the name, or take the line out."
            )
        if beyond := sorted(name for name in taken if name not in self.apis):
            pulumi.log.warn(
                f"{escape(source)} has {join(beyond)}, and {APIS} of this stack does not say which API that is here: "
                "left out until it does"
            )
        return taken

    def _receipt(self, resources: Mapping[str, ApiPermissions]) -> pulumi.Output[dict[str, str]]:
        known = {
            name: pulumi.Output.all(
                identifier=resource.identifier,
                api_id=resource.api_id,
                permissions=resource.permissions,
                revision=resource.revision,
                tenant=resource.tenant,
                applied=resource.applied,
            )
            for name, resource in resources.items()
        }
        applied: pulumi.Output[Any] = pulumi.Output.all(**known)
        if not pulumi.runtime.is_dry_run():
            in_part: Any = _known(known)
            applied = pulumi.Output.from_input(in_part)
        return pulumi.Output.all(self._taken, applied).apply(lambda both: self._filled(*both))

    def _filled(
        self, taken: Mapping[str, Mapping[str, str]], applied: Mapping[str, Mapping[str, object]]
    ) -> dict[str, str]:
        untouched = [name for name, facts in applied.items() if _set(facts["permissions"]) != _set(taken[name])]
        apis = {
            name: ApiReceipt(
                identifier=str(facts["identifier"]),
                api_id=str(facts["api_id"]),
                permissions=_set(facts["permissions"]),
                effective_revision=str(facts["revision"]),
                # What `--target` left out holds what it took before.
                source_revision=revision_of(_set(facts["permissions"] if name in untouched else taken[name])),
                tenant=str(facts["tenant"] or ""),
                applied=_texts(facts["applied"]),
            )
            for name, facts in applied.items()
        }
        return Receipt(apis, self.source, None if self.source else self._catalog).to_output()

    def _names(self) -> str:
        return join(list(self.apis))


async def _known(facts: Mapping[str, pulumi.Output[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return what is known after an update: with ``--target``, an API that was left out may not exist yet."""
    return {name: await output.future() or {} for name, output in facts.items() if await output.is_known()}


def _config(key: str) -> str | None:
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)


def _set(permissions: object) -> Permissions:
    assert isinstance(permissions, Mapping)  # noqa: S101 - an output of ours; tells the type checker
    return {str(name): str(text) for name, text in permissions.items()}


def _texts(value: object) -> dict[str, str]:
    """Return a map of texts; a resource that was applied by an older version has none."""
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, Mapping) else {}
