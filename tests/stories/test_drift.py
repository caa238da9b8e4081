"""Stories of changes behind our back, and of what belongs to whom."""

from __future__ import annotations

import json

import pytest

from support.hand import Hand
from support.workspace import ORDERS, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}


@pytest.fixture
def hand(shop: Workspace) -> Hand:
    """Somebody with the dashboard."""
    return Hand(shop.tenant)


@pytest.mark.parametrize("refresh", [(), ("--refresh",)], ids=["without refresh", "with refresh"])
def test_a_permission_deleted_by_hand_is_shown_and_put_back(
    shop: Workspace, hand: Hand, refresh: tuple[str, ...]
) -> None:
    """What somebody deletes shows in the next preview as an addition, and `up` puts it back."""
    shop.declare(OURS)
    shop.adopt()
    hand.delete(ORDERS, "write:orders")

    preview = shop.up(*refresh).previewed

    assert '+ write:orders: "Create and change orders"' in preview
    assert shop.scopes() == OURS


@pytest.mark.parametrize("refresh", [(), ("--refresh",)], ids=["without refresh", "with refresh"])
def test_a_description_changed_by_hand_is_shown_and_put_back(
    shop: Workspace, hand: Hand, refresh: tuple[str, ...]
) -> None:
    """A description edited by hand shows as old and new, and `up` puts ours back."""
    shop.declare(OURS)
    shop.adopt()
    hand.describe(ORDERS, "write:orders", "Whatever")

    preview = shop.up(*refresh).previewed

    assert '~ write:orders: "Whatever" => "Create and change orders"' in preview
    assert shop.scopes() == OURS


@pytest.mark.parametrize("refresh", [(), ("--refresh",)], ids=["without refresh", "with refresh"])
def test_a_stranger_is_refused_by_default(shop: Workspace, hand: Hand, refresh: tuple[str, ...]) -> None:
    """A permission added by hand stops `up` in its preview, is named, and survives."""
    shop.declare(OURS)
    shop.adopt()
    hand.add(ORDERS, "admin:orders", "By hand")
    shop.declare({**OURS, "new": ""})

    refused = shop.up(*refresh, ok=False)

    assert 'neither declares nor has owned: "admin:orders"' in refused
    assert 'unmanaged="keep"' in refused
    assert "Updating (" not in refused
    assert shop.scopes() == {**OURS, "admin:orders": "By hand"}


def test_a_stranger_is_kept_under_keep(shop: Workspace, hand: Hand) -> None:
    """Under `keep` a stranger is left alone, said so, and our changes go through."""
    shop.declare(OURS, arguments="unmanaged='keep'")
    shop.adopt()
    hand.add(ORDERS, "admin:orders", "By hand")
    shop.declare({"read:orders": "Read orders", "new": ""}, arguments="unmanaged='keep'")

    result = shop.up()

    assert 'left alone, not managed here: "admin:orders"' in result
    assert shop.scopes() == {"read:orders": "Read orders", "admin:orders": "By hand", "new": ""}


def test_a_stranger_is_shown_and_removed_under_remove(shop: Workspace, hand: Hand) -> None:
    """Under `remove` a stranger shows as a deletion in the preview, and `up` deletes it."""
    shop.declare(OURS, arguments="unmanaged='remove'")
    shop.adopt()
    hand.add(ORDERS, "admin:orders", "By hand")

    preview = shop.up("--refresh", "--diff").previewed

    assert "- admin:orders" in preview
    assert '- admin:orders: "By hand"' in preview  # in the engine's own diff, too
    assert shop.scopes() == OURS


def test_ownership_survives_a_refresh(shop: Workspace, hand: Hand) -> None:
    """After `pulumi refresh` with a stranger on the API, ours is still ours and the stranger nobody's."""
    shop.declare(OURS, arguments="unmanaged='keep'")
    shop.adopt()
    hand.add(ORDERS, "admin:orders", "By hand")
    shop.pulumi("refresh", "--yes")
    shop.declare({"read:orders": "Read orders"}, arguments="unmanaged='keep'")
    shop.config("auth0-permissions:approvedRemovals", json.dumps(["write:orders", "delete:orders"]))

    shop.up()

    assert shop.scopes() == {"read:orders": "Read orders", "admin:orders": "By hand"}


def test_refresh_writes_nothing_whatever_the_order(shop: Workspace, hand: Hand) -> None:
    """Another order on the API is neither drift nor a reason to write."""
    shop.declare(OURS)
    shop.adopt()
    hand.reorder(ORDERS)
    shop.tenant.clear_journal()

    shop.pulumi("refresh", "--yes", "--expect-no-changes")
    shop.up("--refresh", "--expect-no-changes")

    assert shop.writes() == []


def test_a_vanished_api_leaves_the_state_with_a_warning(shop: Workspace, hand: Hand) -> None:
    """Refresh after the API was deleted says so, and the next `up` says that the API does not exist."""
    shop.declare(OURS)
    shop.adopt()
    hand.delete_api(ORDERS)

    refresh = shop.pulumi("refresh", "--yes")
    up = shop.up(ok=False)

    assert "does not exist any more" in refresh
    assert f'there is no API "{ORDERS}"' in up


def test_an_api_made_again_is_taken_up_anew(shop: Workspace, hand: Hand) -> None:
    """An API that was deleted and made again under its identifier gets its permissions back by `up`."""
    shop.declare(OURS)
    shop.adopt()
    hand.delete_api(ORDERS)
    shop.tenant.seed({"resource_servers": [{"identifier": ORDERS, "name": "Orders again"}]})

    shop.up()

    assert shop.scopes() == OURS


def test_two_stacks_share_an_api(shop: Workspace) -> None:
    """Under `keep` two stacks each keep their own permissions on one API, in any order of runs and leaving."""
    shop.declare({"read:orders": "Read orders", "a:one": ""}, arguments="unmanaged='keep'")
    shop.up()
    shop.init("second")
    shop.declare({"b:two": ""}, arguments="unmanaged='keep'")
    shop.up("--stack", "second")
    shop.up("--stack", "second", "--refresh", "--expect-no-changes")
    assert "a:one" in shop.scopes()
    assert "b:two" in shop.scopes()

    shop.destroy("--stack", "dev")

    assert shop.scopes() == {
        "write:orders": "Create and change orders",
        "delete:orders": "Delete orders",
        "b:two": "",
    }
