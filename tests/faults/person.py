"""Somebody else who works on the same API: now, or at the moment when a certain request of ours arrives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import GRANT, ORDERS, ROLE
from support.hand import Edit, Hand


def edit_now(tenant: LocalTenant, edit: Edit) -> None:
    """Edit the API at once."""
    Hand(tenant).edit(ORDERS, edit)


def grant_now(tenant: LocalTenant, scope: list[str]) -> None:
    """Give the client grant another list at once."""
    Hand(tenant).send("PATCH", f"client-grants/{GRANT}", {"scope": scope})


def give_role_now(tenant: LocalTenant, value: str) -> None:
    """Give the role a permission of the API at once."""
    held = [{"resource_server_identifier": ORDERS, "permission_name": value}]
    Hand(tenant).send("POST", f"roles/{ROLE}/permissions", {"permissions": held})


def at_request(tenant: LocalTenant, action: Callable[[], None], *, method: str, path: str, after: int = 0) -> None:
    """Have something done just before a request is handled; see `Fault` for which."""
    tenant.options = replace(tenant.options, sleep=lambda _seconds: action())
    tenant.add_fault(Fault("delay", method=method, path=path, after=after, delay_s=1))
