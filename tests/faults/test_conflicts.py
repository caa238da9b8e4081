"""What a preview has shown binds the update of the same run, in the processes that the engine would start."""

from __future__ import annotations

from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from faults.messages import assert_clear
from faults.person import edit_now
from faults.processes import ProcessSite
from faults.scene import ORDERS, held
from faults.site import Site
from faults.stack import Program, Stack
from support.hand import add

OURS = {
    "read:orders": "Read orders",
    "theirs:orders": "Of another team",
    "write:orders": "",
    "delete:orders": "Delete orders",
}
LESS = {value: text for value, text in OURS.items() if value != "delete:orders"}
STRANGER = add("stranger:orders", "Of somebody else")


def _managed(tenant: LocalTenant, folder: Path, mode: str) -> tuple[Stack, Program]:
    """Return a stack that manages the whole API, and its program."""
    program: Program = {"api": ORDERS, "permissions": OURS, "unmanaged": mode}
    return Stack(ProcessSite(tenant, folder), state=Stack.adopting(Site(tenant), program).state), program


@pytest.mark.parametrize(("mode", "refresh"), [("keep", False), ("remove", True)])
def test_what_the_preview_did_not_show_going_does_not_go(
    tenant: LocalTenant, tmp_path: Path, mode: str, *, refresh: bool
) -> None:
    """A permission that appears between preview and update is there afterwards, in every mode."""
    stack, program = _managed(tenant, tmp_path, mode)

    outcome = stack.up({**program, "permissions": LESS}, refresh=refresh, between=lambda: edit_now(tenant, STRANGER))

    if mode == "keep":
        assert outcome.error is None
        assert held(tenant).api == {**LESS, "stranger:orders": "Of somebody else"}
    else:
        assert_clear(outcome.error, tenant)
        assert "stranger:orders" in (outcome.error or "")
        assert held(tenant).api == {**OURS, "stranger:orders": "Of somebody else"}


def test_another_run_does_not_do_what_the_preview_showed(tenant: LocalTenant, tmp_path: Path) -> None:
    """What one run has shown is nobody else's permission to do it; its own update does it."""
    stack, program = _managed(tenant, tmp_path, "remove")
    edit_now(tenant, STRANGER)

    assert stack.preview(program).error is None
    assert stack.up(program, skip_preview=True).error is None
    assert held(tenant).api == {**OURS, "stranger:orders": "Of somebody else"}

    assert stack.up(program).error is None
    assert held(tenant).api == OURS
