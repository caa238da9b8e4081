"""The real CLI in an `up` in which somebody else edits the API, or which is cut short: what the next one needs."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest

from faults.scene import BEFORE, ORDERS, OURS, SEED, HeldWrite, at_request, edit_now
from support.commands import TIMEOUT_S
from support.hand import add
from support.workspace import Workspace

SECOND = {"read:orders": "Look at orders", "write:orders": "", "new:orders": "New"}
AFTER = {"read:orders": "Look at orders", "theirs:orders": "Of another team", "write:orders": "", "new:orders": "New"}
KEEP = "unmanaged='keep'"


@contextmanager
def begun_up(shop: Workspace, hold: HeldWrite) -> Iterator[psutil.Popen]:
    """Begin `pulumi up` and give it once its held request has arrived; nothing of it is left afterwards.

    A killed CLI leaves its language host and its providers running.
    """
    up = psutil.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"],
        cwd=shop.folder,
        env=shop.environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started: list[psutil.Process | psutil.Popen] = [up]
    try:
        hold.until_arrived()
        started += up.children(recursive=True)
        yield up
    finally:
        for process in started:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        up.communicate(timeout=TIMEOUT_S)


def ended(up: psutil.Popen) -> str:
    """Wait for an `up` that fails, and return what it said."""
    said, _ = up.communicate(timeout=TIMEOUT_S)
    assert up.returncode != 0
    assert "Traceback" not in said
    return str(said)


@pytest.fixture
def second(shop: Workspace) -> Workspace:
    """A project that has applied its first program and is about to apply the second."""
    shop.declare(OURS, arguments=KEEP)
    shop.adopt(SEED)
    shop.declare(SECOND, arguments=KEEP)
    return shop


def test_a_killed_cli_leaves_a_lock_which_cancel_takes_away(shop: Workspace) -> None:
    """After `kill -9` of the CLI in its first `up`, the file back end wants `pulumi cancel`; then the next finishes."""
    shop.declare(SECOND, arguments=KEEP)
    hold = HeldWrite(shop.tenant)
    with begun_up(shop, hold) as up:
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


def test_ctrl_c_ends_the_write_and_leaves_no_lock(second: Workspace) -> None:
    """On Ctrl-C the CLI waits for the write that is on its way, and records it: the next `up` has nothing to do."""
    hold = HeldWrite(second.tenant)
    with begun_up(second, hold) as up:
        up.send_signal(signal.SIGINT)
        hold.let_go()
        assert "update canceled" in ended(up)
    second.tenant.clear_journal()

    second.up("--skip-preview", "--expect-no-changes")

    assert second.scopes() == AFTER
    assert second.writes() == []


def test_a_killed_provider_fails_the_update_and_the_next_one_finishes(second: Workspace) -> None:
    """`kill -9` of the provider's process is an error of that `up`; the next one needs nothing done by hand."""
    hold = HeldWrite(second.tenant)
    with begun_up(second, hold) as up:
        (provider,) = [one for one in up.children(recursive=True) if "pulumi.dynamic" in " ".join(one.cmdline())]
        provider.kill()
        ended(up)
    hold.let_go()
    there = second.scopes()

    second.up("--skip-preview")

    assert there == AFTER, "the write was on its way"
    assert second.scopes() == AFTER


def test_what_the_preview_did_not_show_going_does_not_go(shop: Workspace) -> None:
    """A permission that appears between preview and update is there afterwards, in the way of what was to be done."""
    shop.declare(BEFORE, arguments="unmanaged='remove'")
    shop.adopt(SEED)
    shop.declare({v: text for v, text in BEFORE.items() if v != "delete:orders"}, arguments="unmanaged='remove'")
    stranger = add("stranger:orders", "Of somebody else")
    at_request(shop.tenant, lambda: edit_now(shop.tenant, stranger), method="GET", path="/resource-servers/", after=1)

    ran = shop.up(ok=False)

    assert "- stranger:orders" not in ran.previewed
    assert f"conflict on {ORDERS}" in ran
    assert "\n      - stranger:orders" in ran
    assert shop.scopes() == {**BEFORE, "stranger:orders": "Of somebody else"}
