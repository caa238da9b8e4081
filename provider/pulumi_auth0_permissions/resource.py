"""The resource that programs declare."""

from __future__ import annotations  # so that documented signatures say `Input[str]`, not what that expands to

from collections.abc import Mapping
from typing import Any, Literal

import pulumi
from pulumi.dynamic import Resource

from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.model import Removal, Unmanaged, revision_of
from pulumi_auth0_permissions.core.validation import input_problems, with_unknowns
from pulumi_auth0_permissions.declaring import ContextInput, is_mocked, normalised, refuse_other_providers, required
from pulumi_auth0_permissions.pulumi_adapter.context import CONTEXT_INPUT
from pulumi_auth0_permissions.pulumi_adapter.provider import PermissionsProvider


class ApiPermissions(Resource, module="auth0", name="ApiPermissions"):
    """The permissions (scopes) of one existing Auth0 API.

    The first ``pulumi up`` adopts what the API has and the program declares; nothing is written then. The stack's
    configuration ``auth0-permissions:unmanaged`` and ``auth0-permissions:removal`` give the defaults.

    Args:
        resource_name: the resource's name in the program.
        api: identifier (audience) or id of an existing API; changing it replaces the resource.
        permissions: the desired set: permission (1 to 280 characters) → description (up to 500, ``""`` for none); at
            most 1000.
        unmanaged: what to do with permissions on the API that this resource neither declares nor has owned:
            ``"refuse"`` (default) fails and lists them, ``"keep"`` leaves them (several stacks share one API),
            ``"remove"`` deletes them.
        removal: what to do when a permission is to be deleted: ``"warn"`` (default) lists who holds it and proceeds,
            ``"revoke"`` takes it from every client grant and role first, ``"refuse_if_held"`` fails if one holds it,
            ``"refuse"`` fails unless the stack's ``approvedRemovals`` names it.
        renames: old permission → new permission, without loss of access.
        opts: options of the resource. ``provider`` and ``providers`` are refused, and so is a parent's provider for
            Auth0: one stack is one tenant, the one in its configuration.

    ``unmanaged``, ``removal`` and ``renames`` may be outputs that are known in previews: those of a configuration or a
    stack reference are, those of a resource that is still to be created are not.
    """

    api: pulumi.Output[str]
    """Identifier (audience) or id of the API, as given."""
    permissions: pulumi.Output[dict[str, str]]
    """What this resource manages, as applied (permission → description)."""
    unmanaged: pulumi.Output[str]
    """What is done with permissions that this resource neither declares nor has owned."""
    removal: pulumi.Output[str]
    """How a removal is done."""
    renames: pulumi.Output[dict[str, str] | None]
    """Old permission → new permission."""
    api_id: pulumi.Output[str]
    """The API's id."""
    identifier: pulumi.Output[str]
    """The API's identifier (audience)."""
    name: pulumi.Output[str]
    """The API's name."""
    unmanaged_permissions: pulumi.Output[dict[str, str]]
    """The other permissions on the API after the operation (permission → description)."""
    tenant: pulumi.Output[str]
    """The tenant's host."""
    revision: pulumi.Output[str]
    """Digest of ``effective_permissions``: equal sets have equal revisions, on any stack."""
    applied: pulumi.Output[dict[str, str] | None]
    """When (``time``), by whom (``by``), with which ``version`` and over which revision (``before``) it was applied."""

    def __init__(
        self,
        resource_name: str,
        api: pulumi.Input[str],
        permissions: pulumi.Input[Mapping[str, pulumi.Input[str]]],
        *,
        unmanaged: Unmanaged | Literal["refuse", "keep", "remove"] | pulumi.Output[str] | None = None,
        removal: Removal | Literal["warn", "revoke", "refuse_if_held", "refuse"] | pulumi.Output[str] | None = None,
        renames: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        options = opts or pulumi.ResourceOptions()
        if options.import_ is not None:
            raise pulumi.RunError(
                f"ApiPermissions {resource_name!r}: `import_` does not work for dynamic resources. Take it out: the "
                "first `pulumi up` adopts what the API holds and the program declares."
            )
        refuse_other_providers(resource_name, options)
        api_input: pulumi.Input[str] = api if isinstance(api, str) else pulumi.Output.from_input(api)
        maps = {
            "permissions": normalised(resource_name, "permissions", permissions),
            "renames": None if renames is None else normalised(resource_name, "renames", renames),
        }
        inputs = {"api": api_input, "unmanaged": unmanaged, "removal": removal, **maps}
        props: dict[str, Any] = {**dict.fromkeys(ApiPermissions.__annotations__), **inputs}
        if is_mocked():  # there is no provider, so `check` is not called, and most mocks return the inputs as outputs
            if problems := input_problems(with_unknowns(inputs, pulumi.Output)):
                raise pulumi.RunError(f"ApiPermissions {resource_name!r}: {InvalidInputs(problems)}")
            props |= {
                "api_id": f"{resource_name}_id",
                "identifier": api_input,
                "name": resource_name,
                "tenant": "mocked.example.com",
                "unmanaged_permissions": {},
                "revision": pulumi.Output.from_input(maps["permissions"]).apply(revision_of),
            }
        else:
            props[CONTEXT_INPUT] = ContextInput(resource_name, api_input, maps, options)
        super().__init__(PermissionsProvider(), resource_name, props, opts)
        # Otherwise an export of the whole resource would show the context, which differs in each phase.
        self.__dict__.pop(CONTEXT_INPUT, None)

    def require(self, permission: str) -> pulumi.Output[str]:
        """Return a permission that this resource declares, as an output: for roles and grants, which then wait for it.

        A name that is not declared fails the program, in a preview as well, with the nearest ones.
        """
        return self.permissions.apply(lambda known: required(permission, known, f"{self._name!r} declares"))

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - the SDK's
        """Keep the type of the resource in subclasses: another type would be another resource."""
        super().__init_subclass__(**{"module": "auth0", "name": "ApiPermissions", **options})

    @property
    def effective_permissions(self) -> pulumi.Output[dict[str, str]]:
        """All permissions on the API after the operation (permission → description)."""
        # Not recorded: the engine writes the whole state after each resource; this would make it half as large again.
        return pulumi.Output.all(self.permissions, self.unmanaged_permissions).apply(
            lambda both: {**(both[0] or {}), **(both[1] or {})}  # mocks and older state have no second part
        )
