"""What another stage has applied, read by the engine's own `pulumi.StackReference`.

A promotion expects the revisions that its preview was made of. They travel in the environment, since a Pulumi program
learns nothing else of who runs it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from pulumi_auth0_permissions.catalog import load_catalog
from pulumi_auth0_permissions.core.errors import Conflict, PermissionsError
from pulumi_auth0_permissions.core.text import escape, join
from pulumi_auth0_permissions.promotion.config import qualified, short_name
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, Receipt
from pulumi_auth0_permissions.pulumi_adapter.records import note_use

if TYPE_CHECKING:
    from pulumi_auth0_permissions.promotion.receipt import ApiReceipt

EXPECTED_REVISIONS_VARIABLE = "AUTH0_PERMISSIONS_EXPECTED_REVISIONS"

AS_IF_VARIABLE = "AUTH0_PERMISSIONS_AS_IF"
"""Names a catalog that a preview takes in place of what the stage before has applied."""

AS_IF_NOTE = "as-if"
"""The file that says to who asked for the preview that the program has taken it."""


def promoted_from(stack: str, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[dict[str, dict[str, str]]]:
    """Return what another stack has applied with `Stage`: logical API name → permission → description.

    It works with every back end: a bare name is a stack of this project (and of this organization, where the back end
    has any); of another project it is ``organization/project/stack``.

    Args:
        stack: the stack.
        opts: options of the stack reference.

    Returns:
        An output that fails the program, with one sentence, where the stack has no receipt or, under
        ``auth0-permissions promote``, has moved since the preview. Under ``auth0-permissions plan --as-if`` it is what
        the catalog named there holds.
    """
    if (catalog := catalog_instead()) is not None:
        return pulumi.Output.from_input(catalog)
    return applied_by(stack, opts).apply(lambda apis: {name: receipt.permissions for name, receipt in apis.items()})


def applied_by(stack: str, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[Mapping[str, ApiReceipt]]:
    """Return another stack's receipt, by logical API name; see `promoted_from`."""
    name = qualified(stack, pulumi.get_organization(), pulumi.get_project())
    reference = pulumi.StackReference(name, opts=opts)
    return reference.get_output(RECEIPT_OUTPUT).apply(lambda value: _receipt(name, value))


def catalog_instead() -> dict[str, dict[str, str]] | None:
    """Return what a preview is to take in place of what another stack has applied; ``None``: nothing.

    Raises:
        pulumi.RunError: this is no preview, or the catalog cannot be read.
    """
    path = os.environ.get(AS_IF_VARIABLE)
    if not path:
        return None
    if not pulumi.runtime.is_dry_run():
        raise pulumi.RunError(f"{AS_IF_VARIABLE} is for previews only; nothing was changed. Unset it.")
    try:
        catalog = load_catalog(path)
    except PermissionsError as error:
        raise pulumi.RunError(str(error)) from None
    note_use(AS_IF_NOTE)
    return catalog


def expected_revisions_text(revisions: Mapping[str, str]) -> str:
    """Return the value of the environment variable for the source's revisions, by logical API name."""
    return json.dumps(dict(revisions), sort_keys=True)


def check_expected_revisions(revisions: Mapping[str, str], environ: Mapping[str, str], *, source: str) -> None:
    """Check that the source is what the preview showed; without expectations there is nothing to check.

    Args:
        revisions: logical API name → revision, as the source has them now.
        environ: the environment.
        source: the stack that they are from.

    Raises:
        Conflict: the source has moved, or what is expected cannot be read.
    """
    text = environ.get(EXPECTED_REVISIONS_VARIABLE)
    if not text:
        return
    try:
        expected = json.loads(text)
    except (ValueError, RecursionError):
        expected = None
    if not isinstance(expected, Mapping):
        raise Conflict(
            f"{EXPECTED_REVISIONS_VARIABLE} in the environment is not a JSON object from API to revision; nothing was "
            "done. Unset it."
        )
    moved = sorted(name for name in {*expected, *revisions} if expected.get(name) != revisions.get(name))
    if moved:
        raise Conflict(
            f'the source moved since the preview: stack "{escape(source)}" has applied something else to '
            f"{join(moved)} meanwhile. Nothing was written. Run the promotion again to see what is there now."
        )


def _receipt(stack: str, value: object) -> Mapping[str, ApiReceipt]:
    short = short_name(stack)
    if value is None:
        raise pulumi.RunError(
            f'stack "{stack}" has no output {RECEIPT_OUTPUT}: it has not applied anything as a stage yet. '
            f"Run `pulumi up --stack {short}` first."
        )
    try:
        receipt = Receipt.from_output(value)
        check_expected_revisions(receipt.revisions, os.environ, source=short)
    except ValueError as error:
        raise pulumi.RunError(
            f'the output {RECEIPT_OUTPUT} of stack "{stack}": {error}. '
            f"Run `pulumi up --stack {short}` with this version."
        ) from None
    except PermissionsError as error:
        raise pulumi.RunError(str(error)) from None
    return receipt.apis
