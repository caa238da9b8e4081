"""`Stage` and `promoted_from`: one program for all stages, each of which takes what the stage before has applied."""

from __future__ import annotations  # so that documented signatures say `Input[str]`, not what that expands to

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pulumi

from pulumi_auth0_permissions import chain
from pulumi_auth0_permissions.catalog import Catalog, load_catalog
from pulumi_auth0_permissions.core.model import Removal, Unmanaged
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.declaring import errors_shown
from pulumi_auth0_permissions.pulumi_adapter.records import leave_for_command
from pulumi_auth0_permissions.resource import ApiPermissions
from pulumi_auth0_permissions.settings import APIS, StageConfig


class Stage:
    """This stack's stage: which permissions it takes, and from where.

    The stack's configuration says which stage it is. ``auth0-permissions:apis`` is logical API name → identifier or id
    in the stack's tenant. ``auth0-permissions:promotedFrom`` is the stack that permissions are taken from; the first
    stage has none, and takes them from the file ``catalog``, at which the others do not look. The program fails with
    everything that is wrong with the one or the other.
    """

    apis: Mapping[str, str]
    """Logical API name → identifier or id in this stack's tenant."""
    source: str | None
    """Full name of the stack that permissions are taken from; ``None`` on the first stage."""
    permissions: pulumi.Output[dict[str, dict[str, str]]]
    """What this stage takes (logical API name → permission → description); may hold APIs that it does not have."""

    def __init__(self, catalog: str | Path = "permissions.yaml") -> None:
        with errors_shown():
            config = StageConfig.read(pulumi.runtime.get_config)
        self.apis = config.apis
        self.source = _full_name(config.promoted_from) if config.promoted_from else None
        self._catalog = str(catalog)
        self.permissions = _take(self.source, self._catalog).apply(self._checked)

    def declare(
        self,
        *,
        unmanaged: Unmanaged | Literal["refuse", "keep", "remove"] | pulumi.Output[str] | None = None,
        removal: Removal | Literal["warn", "revoke", "refuse_if_held", "refuse"] | pulumi.Output[str] | None = None,
        renames: Mapping[str, pulumi.Input[Mapping[str, pulumi.Input[str]]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> dict[str, ApiPermissions]:
        """Declare one `ApiPermissions` for each API of this stage, and export the receipt; to be called once.

        The resources are returned by logical API name, which is also their resource name. The stack output
        ``auth0PermissionsReceipt`` says what was applied and where it is from.

        ``unmanaged``, ``removal`` and ``opts`` are as for `ApiPermissions`, for all APIs; ``renames`` is by logical API
        name, and the program fails where the first stage has no such API. On a later stage, a rename waits until the
        stage before has applied it; a note says so.
        """
        renames = renames or {}
        if self.source is None and (unknown := sorted(renames.keys() - self.apis.keys())):
            known = join([*self.apis])
            raise pulumi.RunError(f"renames: {APIS} has {known}, and no {join(unknown)}. Correct the name.")
        resources: dict[str, ApiPermissions] = {}
        receipt: dict[str, pulumi.Output[str]] = {}
        for name, api in self.apis.items():
            taken = self.permissions[name]
            renamed = renames.get(name)
            if self.source and renamed:
                renamed = pulumi.Output.all(name, taken, renamed).apply(lambda given: self._arrived(*given))
            resource = resources[name] = ApiPermissions(
                name, api, taken, unmanaged=unmanaged, removal=removal, renames=renamed, opts=opts
            )
            receipt[name] = pulumi.Output.all(
                promotedFrom=self.source,
                catalog=None if self.source else self._catalog,
                identifier=resource.identifier,
                apiId=resource.api_id,
                tenant=resource.tenant,
                permissions=resource.permissions,
                effectiveRevision=resource.revision,
                applied=resource.applied,
            ).apply(chain.receipt_line)
        is_preview = pulumi.runtime.is_dry_run()
        pulumi.export(chain.RECEIPT_OUTPUT, receipt if is_preview else pulumi.Output.from_input(_known(receipt)))
        return resources

    def _arrived(self, api: str, taken: Mapping[str, str], renames: Mapping[str, str]) -> dict[str, str]:
        """Return the renames that the stage before has applied; the others wait, and a note says so."""
        here = {old: new for old, new in renames.items() if new in taken and old not in taken}
        if waiting := [f"{old} => {new}" for old, new in renames.items() if old not in here]:
            waits = f"{escape(api)}: {join(waiting, quoted=False)} in `renames` waits"
            pulumi.log.info(f"{waits}: {escape(str(self.source))} has not applied it")
        return here

    def _checked(self, taken: Catalog) -> Catalog:
        """Return what the source has; fail the program if it lacks an API of this stage, warn of what is left out."""
        source = os.environ.get(chain.AS_IF_VARIABLE) or self.source or self._catalog
        if missing := [name for name in self.apis if name not in taken]:
            raise pulumi.RunError(
                f"{APIS} of this stack names {join(missing)}, which {escape(source)} does not have; it has "
                f"{join(sorted(taken)) or 'no API at all'}. Correct the name, or take the line out."
            )
        if left_out := sorted(taken.keys() - self.apis.keys()):
            what = f"{escape(source)} has {join(left_out)}"
            pulumi.log.warn(f"{what}, which {APIS} of this stack does not name: left out here")
        return taken


async def _known(lines: Mapping[str, pulumi.Output[str]]) -> dict[str, str | None]:
    """Return the lines that are known after an update: ``--target`` may leave out an API that does not exist yet."""
    return {name: await line.future() for name, line in lines.items() if await line.is_known()}


def promoted_from(stack: str, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[dict[str, dict[str, str]]]:
    """Return what another stack has applied with `Stage`: logical API name → permission → description.

    It works with every back end: a bare name is a stack of this project (and of this organization, where the back end
    has any); of another project it is ``organization/project/stack``. ``opts`` are those of the stack reference.

    The output fails the program, with one sentence, where the stack has no receipt or, under ``auth0-permissions
    promote``, has moved since the preview. Under ``auth0-permissions plan --as-if`` it is what the catalog named there
    holds.
    """
    return _take(_full_name(stack), opts=opts)


def _full_name(stack: str) -> str:
    """Return a stack's name as every back end understands it; one without organizations has ``organization``."""
    return stack if "/" in stack else f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"


@errors_shown()
def _take(stack: str | None, catalog: str = "", opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[Catalog]:
    """Return what a stack has applied, or, without one, the catalog; in a preview `AS_IF_VARIABLE` overrides both."""
    if as_if := os.environ.get(chain.AS_IF_VARIABLE):
        if not pulumi.runtime.is_dry_run():
            raise pulumi.RunError(f"{chain.AS_IF_VARIABLE} is for previews only; nothing was changed. Unset it.")
        leave_for_command(chain.AS_IF_NOTE, value=True)
    if as_if or stack is None:
        return pulumi.Output.from_input(load_catalog(as_if or catalog))

    @errors_shown()
    def applied(value: object) -> chain.Receipt:
        receipt = chain.receipt_of(value, stack)
        expected = os.environ.get(chain.EXPECTED_REVISIONS_VARIABLE)
        if expected and expected != chain.expected_revisions(receipt):
            raise pulumi.RunError(
                f'the source has changed since the preview: stack "{escape(chain.short_name(stack))}" has applied '
                "something else meanwhile. Nothing was written. Run the promotion again to see the current state."
            )
        return receipt

    return pulumi.StackReference(stack, opts=opts).get_output(chain.RECEIPT_OUTPUT).apply(applied)
