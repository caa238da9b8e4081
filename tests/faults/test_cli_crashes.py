"""The real CLI cut short in the middle of an `up`: what the next one needs, and that it finishes."""

from __future__ import annotations

import pytest

from faults.cli import running
from faults.holding import Hold
from faults.scene import SEED
from support.workspace import Workspace

BEFORE = {
    "read:orders": "Read orders",
    "theirs:orders": "Of another team",
    "write:orders": "",
    "delete:orders": "Delete orders",
}
FIRST = {"read:orders": "Read orders", "write:orders": "", "delete:orders": "Delete orders"}
SECOND = {"read:orders": "Look at orders", "write:orders": "", "new:orders": "New"}
AFTER = {"read:orders": "Look at orders", "theirs:orders": "Of another team", "write:orders": "", "new:orders": "New"}
KEEP = "unmanaged='keep'"


@pytest.fixture
def second(shop: Workspace) -> Workspace:
    """A project that has applied its first program and is about to apply the second."""
    shop.declare(FIRST, arguments=KEEP)
    shop.adopt(SEED)
    shop.declare(SECOND, arguments=KEEP)
    return shop


def test_a_killed_cli_leaves_a_lock_which_cancel_takes_away(shop: Workspace) -> None:
    """After `kill -9` of the CLI in its first `up`, the file back end wants `pulumi cancel`; then the next finishes."""
    shop.declare(SECOND, arguments=KEEP)
    hold = Hold(shop.tenant, method="PATCH")
    with running(shop, "up", "--yes", "--skip-preview") as up:
        hold.until_arrived()
        up.kill()
    hold.let_go()
    there = shop.scopes()

    locked = shop.up("--skip-preview", ok=False)
    shop.pulumi("cancel", "--yes")
    done = shop.up("--skip-preview")

    assert there == {**BEFORE, **SECOND}, "the write was on its way"
    assert "the stack is currently locked" in locked
    assert "interrupted while creating" in done
    assert shop.scopes() == there


def test_the_provider_of_a_killed_cli_is_not_in_the_way(second: Workspace) -> None:
    """A provider that outlives its CLI tries its write again; the next `up` takes turns with it and finishes."""
    hold = Hold(second.tenant, method="PATCH", drop=True)
    with running(second, "up", "--yes", "--skip-preview") as up:
        hold.until_arrived()
        up.kill()
        second.pulumi("cancel", "--yes")
        hold.let_go()

        second.up()

        assert second.scopes() == AFTER
    assert second.scopes() == AFTER


def test_ctrl_c_ends_the_write_and_leaves_no_lock(second: Workspace) -> None:
    """On Ctrl-C the CLI waits for the write that is on its way, and records it: the next `up` has nothing to do."""
    hold = Hold(second.tenant, method="PATCH")
    with running(second, "up", "--yes", "--skip-preview") as up:
        hold.until_arrived()
        up.interrupt()
        hold.let_go()
        ended = up.ended()
    second.tenant.clear_journal()

    second.up("--skip-preview", "--expect-no-changes")

    assert ended.code != 0
    assert "update canceled" in ended
    assert "Traceback" not in ended
    assert second.scopes() == AFTER
    assert second.writes() == []


@pytest.mark.parametrize("is_carried_out", [True, False], ids=["after the write", "before the write"])
def test_a_killed_provider_fails_the_update_and_the_next_one_finishes(
    second: Workspace, *, is_carried_out: bool
) -> None:
    """`kill -9` of the provider's process is an error of that `up`; the next one needs nothing done by hand."""
    hold = Hold(second.tenant, method="PATCH", drop=not is_carried_out)
    with running(second, "up", "--yes", "--skip-preview") as up:
        hold.until_arrived()
        up.kill_provider()
        ended = up.ended()
    hold.let_go()
    there = second.scopes()

    second.up("--skip-preview")

    assert ended.code != 0
    assert "Traceback" not in ended
    assert there == (AFTER if is_carried_out else BEFORE)
    assert second.scopes() == AFTER
