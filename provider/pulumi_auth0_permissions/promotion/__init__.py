"""Promotion for Pulumi programs: one permission set through the stages of a chain, each stage a stack.

The first stage takes the catalog; every other one takes what the stage before it *has applied*.
"""

from __future__ import annotations

from pulumi_auth0_permissions.promotion.receipt import RECEIPT_OUTPUT
from pulumi_auth0_permissions.promotion.source import promoted_from
from pulumi_auth0_permissions.promotion.stage import Stage

__all__ = ["RECEIPT_OUTPUT", "Stage", "promoted_from"]
