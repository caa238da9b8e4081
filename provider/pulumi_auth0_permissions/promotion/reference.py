"""What another stage has applied, read by the engine's own `pulumi.StackReference`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from pulumi_auth0_permissions.core.errors import PermissionsError
from pulumi_auth0_permissions.promotion.config import qualified, short_name
from pulumi_auth0_permissions.promotion.pins import check_pins
from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT, Receipt

if TYPE_CHECKING:
    from pulumi_auth0_permissions.promotion.receipt import ApiReceipt

__all__ = ["applied_by", "promoted_from"]


def promoted_from(stack: str, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[dict[str, dict[str, str]]]:
    """Return what another stack has applied with `Stage`: logical API name → permission → description.

    It works with every back end: a bare name is a stack of this project (and of this organization, where the back end
    has any); of another project it is ``organization/project/stack``.

    Args:
        stack: the stack.
        opts: options of the stack reference.

    Returns:
        An output that fails the program, with one sentence, where the stack has no receipt or, under
        ``auth0-permissions promote``, has moved since the preview.
    """
    return applied_by(stack, opts).apply(lambda apis: {name: receipt.permissions for name, receipt in apis.items()})


def applied_by(stack: str, opts: pulumi.ResourceOptions | None = None) -> pulumi.Output[Mapping[str, ApiReceipt]]:
    """Return another stack's receipt, by logical API name; see `promoted_from`."""
    name = qualified(stack, pulumi.get_organization(), pulumi.get_project())
    reference = pulumi.StackReference(name, opts=opts)
    return reference.get_output(RECEIPT_OUTPUT).apply(lambda value: _receipt(name, value))


def _receipt(stack: str, value: object) -> Mapping[str, ApiReceipt]:
    short = short_name(stack)
    if value is None:
        raise pulumi.RunError(
            f'stack "{stack}" has no output {RECEIPT_OUTPUT}: it has not applied anything as a stage yet. '
            f"Run `pulumi up --stack {short}` first."
        )
    try:
        receipt = Receipt.from_output(value)
        check_pins(receipt.revisions, os.environ, source=short)
    except ValueError as error:
        raise pulumi.RunError(
            f'the output {RECEIPT_OUTPUT} of stack "{stack}": {error}. '
            f"Run `pulumi up --stack {short}` with this version."
        ) from None
    except PermissionsError as error:
        raise pulumi.RunError(str(error)) from None
    return receipt.apis
