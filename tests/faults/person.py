"""Somebody else who works on the same API: now, or at the moment when a certain request of ours arrives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import GRANT, ORDERS, ROLE
from support.hand import Edit, Hand

WITHIN_S = 60.0  # until a request arrives, or is over; nothing waits that long unless something is broken


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


class HeldWrite:
    """Holds the next list that is sent to an API, so that a test can do something at exactly that moment."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        self._arrived = threading.Event()
        self._let_go = threading.Event()
        at_request(tenant, self._wait, method="PATCH", path="/resource-servers/")

    def until_arrived(self) -> None:
        """Wait until the request is here."""
        assert self._arrived.wait(WITHIN_S), "the request never came"

    def let_go(self) -> None:
        """Let the request go, and wait until it is handled, whether or not somebody is there for the answer."""
        self._let_go.set()
        waited = threading.Event()
        for _ in range(int(WITHIN_S / 0.01)):
            if all(entry.duration_s is not None for entry in self._tenant.journal()):
                return
            waited.wait(0.01)
        raise AssertionError("the request was never handled")

    def _wait(self) -> None:
        self._arrived.set()
        self._let_go.wait(WITHIN_S)
