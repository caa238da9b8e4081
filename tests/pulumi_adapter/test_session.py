"""What the threads of one provider process share."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from auth0_local_tenant import LocalTenant
from faults.scene import ORDERS, ROLE, SEED
from faults.site import Site
from pulumi_auth0_permissions.core.validation import typed_inputs
from pulumi_auth0_permissions.pulumi_adapter.context import CONTEXT_INPUT, Context
from pulumi_auth0_permissions.pulumi_adapter.resources import Resources

THREADS = 4


def test_threads_share_one_pass_over_the_roles(tmp_path: Path) -> None:
    """Four resources that are checked at the same time look through all roles once."""
    with LocalTenant(seed=SEED) as tenant:
        hooks, _ = Site(tenant).process({}, str(tmp_path))
        barrier = Barrier(THREADS)

        def check(number: int) -> None:
            urn = f"urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::r{number}"
            olds = {"api": ORDERS, "permissions": {"read:orders": "", "write:orders": ""}, "unmanaged": "keep"}
            news = {**olds, "permissions": {"read:orders": ""}, CONTEXT_INPUT: Context(urn, is_preview=True).to_input()}
            barrier.wait()
            hooks.check(olds, news)

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(check, range(THREADS)))
        sent = Counter(entry.path.removeprefix("/api/v2/") for entry in tenant.journal())

    assert sent["roles"] == sent[f"roles/{ROLE}/permissions"] == 1
    assert sent["client-grants"] == 1


def test_resources_with_equal_inputs_are_told_apart() -> None:
    """By the API's id in the state, where they have one; else each context is for one resource."""
    given = {"api": ORDERS, "permissions": {"a": ""}, "unmanaged": "keep", "removal": "warn"}
    inputs, resources = typed_inputs(given), Resources()
    for urn, api_id in (("one", ""), ("two", ""), ("three", "3")):
        resources.note(Context(urn), inputs, {"api_id": api_id})

    assert resources.recall(inputs, {"api_id": "3"}).urn == "three"
    assert [resources.recall(inputs, {}, is_last=True).urn for _ in range(3)] == ["one", "two", "three"]
    assert resources.recall(typed_inputs({**given, "permissions": {}}), {}).urn == ""


def test_resources_on_one_api_take_turns() -> None:
    """From its plan to its write, so that guards count what the others have removed."""
    resources = Resources()

    with resources.turn("1"):
        assert not resources.turn("1").acquire(blocking=False)
        assert resources.turn("2").acquire(blocking=False)


def test_a_deletion_is_shown_by_what_the_update_has_left(tmp_path: Path) -> None:
    """What a process has written itself is what its next hook observes."""
    with LocalTenant(seed=SEED) as tenant:
        hooks, heard = Site(tenant).process({}, str(tmp_path))
        created = hooks.create({"api": ORDERS, "permissions": {"new": ""}, "unmanaged": "keep"})
        hooks.delete(created.id, created.outs or {})

    assert any("1 to delete" in text for text in heard.texts)
