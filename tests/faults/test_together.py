"""Several stacks that write to one API at the same time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import pytest

from auth0_local_tenant import Fault, LocalTenant
from faults.scene import BEFORE, ORDERS, ORDERS_ID, WITHIN_S, HeldWrite, held
from faults.site import Site
from faults.stack import Outcome, Program, Stack
from pulumi_auth0_permissions.pulumi_adapter import files_and_locks
from pulumi_auth0_permissions.pulumi_adapter.session import Session


def _declaring(*values: str, api: str = ORDERS) -> Program:
    return {"api": api, "permissions": dict.fromkeys(values, ""), "unmanaged": "keep"}


def test_two_stacks_share_an_api(tenant: LocalTenant) -> None:
    """Under `keep` two stacks each keep their own permissions on one API, in any order of runs and leaving."""
    one, two = Stack(Site(tenant), "one"), Stack(Site(tenant), "two")
    for stack, declared in ((one, ("read:orders", "a:one")), (two, ("b:two",)), (one, ("a:one",))):
        assert stack.up(_declaring(*declared)).error is None
    assert set(held(tenant).api) == {*BEFORE, "a:one", "b:two"} - {"read:orders"}

    assert one.destroy().error is None

    assert set(held(tenant).api) == {*BEFORE, "b:two"} - {"read:orders"}


Writer = Callable[[Stack, str], Callable[[], Outcome]]


def _creates_by_id_unseen(stack: Stack, value: str) -> Callable[[], Outcome]:
    return lambda: stack.up(_declaring(value, api=ORDERS_ID), skip_preview=True)


def _updates(stack: Stack, value: str) -> Callable[[], Outcome]:
    assert stack.up(_declaring(f"{value} before")).error is None
    return lambda: stack.up(_declaring(value))


def _leaves(stack: Stack, value: str) -> Callable[[], Outcome]:
    assert stack.up(_declaring(value)).error is None
    return stack.destroy


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        (_updates, _creates_by_id_unseen, {"a:one", "b:two"}),
        (_creates_by_id_unseen, _updates, {"a:one", "b:two"}),
        (_updates, _leaves, {"a:one"}),
    ],
)
def test_writers_of_one_machine_take_turns(
    tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch, first: Writer, second: Writer, left: set[str]
) -> None:
    """While one has read and not yet written, another one waits, whatever the two call the API: nothing is lost."""
    one = first(Stack(Site(tenant), "one"), "a:one")
    two = second(Stack(Site(tenant), "two"), "b:two")
    waiting = threading.Event()
    monkeypatch.setattr(files_and_locks, "LOOK_AGAIN_AFTER_S", 0.01)
    monkeypatch.setattr(Session, "_wait", lambda _: waiting.set())
    hold = HeldWrite(tenant)
    with ThreadPoolExecutor(2) as threads:
        doing = [threads.submit(one)]
        hold.until_arrived()
        waiting.clear()
        doing.append(threads.submit(two))
        doing[1].add_done_callback(lambda _: waiting.set())
        assert waiting.wait(WITHIN_S), "the second writer neither waits nor gets done"
        hold.let_go()
        errors = [each.result().error for each in doing]

    assert errors == [None, None]
    assert set(held(tenant).api) == {*BEFORE, *left}


def test_writers_of_two_machines_can_overwrite_each_other_and_the_next_preview_shows_it(
    tenant: LocalTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a common lock, what one writes inside the other's last round trip is lost, and nobody can see it then.

    The next preview of who lost it shows it, and its `up` puts it back.
    """
    slow, quick = Stack(Site(tenant), "one"), Stack(Site(tenant), "two")
    hold = HeldWrite(tenant)
    with ThreadPoolExecutor(1) as thread:
        doing = thread.submit(slow.up, _declaring("a:one"))
        hold.until_arrived()
        monkeypatch.setattr(files_and_locks, "_places", lambda: [tmp_path / "other machine"])
        assert quick.up(_declaring("b:two")).error is None
        hold.let_go()
        assert doing.result().error is None
    assert "b:two" not in held(tenant).api

    again = quick.up(_declaring("b:two"))

    assert again.error is None
    assert "+ b:two" in again.shown[0]
    assert set(held(tenant).api) == {*BEFORE, "a:one", "b:two"}


def test_no_lock_is_held_while_its_holder_waits_for_the_tenant(
    tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A read that the rate limit refuses lets go of the lock for as long as the tenant has asked to wait."""
    stack = Stack(Site(tenant), "one")
    sleep, slept, held_by_us = stack.site.time.sleep, list[float](), Mock(side_effect=AssertionError("it is held"))

    def watch(seconds: float) -> None:
        with files_and_locks.locked(f"{tenant.domain} {ORDERS_ID}", on_wait=held_by_us):
            slept.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(stack.site.time, "sleep", watch)
    limit = Fault("rate_limit", method="GET", path="resource-servers", times=2, retry_after_s=60)

    outcome = stack.up(_declaring("a:one"), between=lambda: tenant.add_fault(limit))

    assert outcome.error is None
    assert "a:one" in held(tenant).api
    assert slept
