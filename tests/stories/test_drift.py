"""Stories of changes behind our back, and of what belongs to whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest

from support.cases import api_id, identifier, program
from support.commands import Ran
from support.hand import Hand
from support.workspace import ORDERS, ORDERS_SCOPES, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}
NEWS = {"read:orders": "Read orders", "new": ""}


def declare(permissions: Mapping[str, str], mode: str = "refuse") -> str:
    """Return the statement that declares a case's permissions."""
    return f"auth0_permissions.ApiPermissions('@', api='@api', permissions={permissions!r}, unmanaged={mode!r})\n"


FIRST = {
    "deleted": declare(OURS),
    "described": declare(OURS),
    "kept": declare(OURS, "keep"),
    "removed": declare(OURS, "remove"),
}
SECOND = FIRST | {"kept": declare(NEWS, "keep")}


@pytest.fixture(scope="module", params=[False, True], ids=["without refresh", "with refresh"])
def mended(
    request: pytest.FixtureRequest, new_shop: Callable[[Mapping[str, object]], Workspace]
) -> tuple[Workspace, Ran]:
    """Somebody has changed each API by hand; then `up` was run, after a `pulumi refresh` or without one."""
    servers = [{"id": api_id(case), "identifier": identifier(case), "scopes": ORDERS_SCOPES} for case in FIRST]
    shop = new_shop({"resource_servers": servers})
    shop.program(program(FIRST))
    shop.adopt({"resource_servers": servers})
    hand = Hand(shop.tenant)
    hand.delete(identifier("deleted"), "write:orders")
    hand.describe(identifier("described"), "write:orders", "Whatever")
    for case in ("kept", "removed"):
        hand.add(identifier(case), "admin:orders", "By hand")
    if request.param:
        shop.pulumi("refresh", "--yes", "--skip-preview")
    shop.config("auth0-permissions:approvedRemovals", json.dumps(["write:orders", "delete:orders"]))
    shop.program(program(SECOND))
    return shop, shop.up("--diff")


def test_a_permission_deleted_by_hand_is_shown_and_put_back(mended: tuple[Workspace, Ran]) -> None:
    """What somebody deletes shows in the next preview as an addition, and `up` puts it back."""
    shop, ran = mended

    assert '+ write:orders: "Create and change orders"' in ran.previewed
    assert shop.scopes(identifier("deleted")) == OURS


def test_a_description_changed_by_hand_is_shown_and_put_back(mended: tuple[Workspace, Ran]) -> None:
    """A description edited by hand shows as old and new, and `up` puts ours back."""
    shop, ran = mended

    assert '~ write:orders: "Whatever" => "Create and change orders"' in ran.previewed
    assert shop.scopes(identifier("described")) == OURS


def test_a_stranger_is_kept_under_keep(mended: tuple[Workspace, Ran]) -> None:
    """A stranger is left alone, said so, and our changes go through; a refresh makes ours nobody else's."""
    shop, ran = mended

    assert 'left alone, not managed here: "admin:orders"' in ran
    assert shop.scopes(identifier("kept")) == {**NEWS, "admin:orders": "By hand"}


def test_a_stranger_is_shown_and_removed_under_remove(mended: tuple[Workspace, Ran]) -> None:
    """A stranger shows as a deletion in the preview, and `up` deletes it."""
    shop, ran = mended

    assert "- admin:orders" in ran.previewed
    assert shop.scopes(identifier("removed")) == OURS


@pytest.fixture
def hand(shop: Workspace) -> Hand:
    """Somebody with the dashboard."""
    return Hand(shop.tenant)


def test_a_stranger_is_refused_by_default(shop: Workspace, hand: Hand) -> None:
    """A permission added by hand stops `up` in its preview, is named, and survives, refreshed or not."""
    shop.declare(OURS)
    shop.adopt()
    hand.add(ORDERS, "admin:orders", "By hand")
    shop.declare({**OURS, "new": ""})

    for arguments in ((), ("--refresh",)):
        refused = shop.up(*arguments, ok=False)
        assert 'neither declares nor has owned: "admin:orders"' in refused
        assert 'unmanaged="keep"' in refused
        assert "Updating (" not in refused
    assert shop.scopes() == {**OURS, "admin:orders": "By hand"}


def test_refresh_writes_nothing_whatever_the_order(shop: Workspace, hand: Hand) -> None:
    """Another order on the API is neither drift nor a reason to write."""
    shop.declare(OURS)
    shop.adopt()
    hand.reorder(ORDERS)
    shop.tenant.clear_journal()

    shop.pulumi("refresh", "--yes", "--expect-no-changes")
    shop.up("--skip-preview", "--refresh", "--expect-no-changes")

    assert shop.writes() == []


def test_a_vanished_api_leaves_the_state_with_a_warning(shop: Workspace, hand: Hand) -> None:
    """Refresh after the API was deleted says so, and the next preview says that the API does not exist."""
    shop.declare(OURS)
    shop.adopt()
    hand.delete_api(ORDERS)

    refresh = shop.pulumi("refresh", "--yes", "--skip-preview")
    preview = shop.preview(ok=False)

    assert "does not exist any more" in refresh
    assert f'there is no API "{ORDERS}"' in preview


def test_two_stacks_share_an_api(shop: Workspace) -> None:
    """Under `keep` two stacks each keep their own permissions on one API, in any order of runs and leaving."""
    shop.declare({"read:orders": "Read orders", "a:one": ""}, arguments="unmanaged='keep'")
    shop.up("--skip-preview")
    shop.init("second")
    shop.declare({"b:two": ""}, arguments="unmanaged='keep'")
    shop.up("--skip-preview", "--stack", "second")
    assert {"a:one", "b:two"} <= set(shop.scopes())

    shop.destroy("--skip-preview", "--stack", "dev")

    assert shop.scopes() == {
        "write:orders": "Create and change orders",
        "delete:orders": "Delete orders",
        "b:two": "",
    }
