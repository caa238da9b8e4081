"""Stories of changes behind our back, and of what belongs to whom."""

import json
import re
from collections.abc import Callable, Mapping

import pytest

from support.cases import api_id, declare, identifier, program
from support.commands import Ran
from support.hand import Hand
from support.workspace import ORDERS, ORDERS_SCOPES, Workspace

OURS = {"read:orders": "Read orders", "write:orders": "Create and change orders", "delete:orders": "Delete orders"}
NEWS = {"read:orders": "Read orders", "new": ""}


WAYS = ("unseen", "refreshed")
FIRST = {
    f"{case}-{way}": declare(OURS, f"unmanaged={mode!r}")
    for way in WAYS
    for case, mode in (("deleted", "refuse"), ("described", "refuse"), ("kept", "keep"), ("removed", "remove"))
}
SECOND = FIRST | {f"kept-{way}": declare(NEWS, "unmanaged='keep'") for way in WAYS}
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}"


@pytest.fixture(scope="module")
def mended(new_shop: Callable[[Mapping[str, object]], Workspace]) -> tuple[Workspace, Ran]:
    """Somebody has changed each API by hand; then `up` was run, after a `pulumi refresh` of half of them."""
    seed = {
        "resource_servers": [
            {"id": api_id(case), "identifier": identifier(case), "scopes": ORDERS_SCOPES} for case in FIRST
        ]
    }
    shop = new_shop(seed)
    shop.program(program(FIRST))
    shop.adopt(seed)
    hand = Hand(shop.tenant)
    for way in WAYS:
        hand.delete(identifier(f"deleted-{way}"), "write:orders")
        hand.describe(identifier(f"described-{way}"), "write:orders", "Whatever")
        for case in ("kept", "removed"):
            hand.add(identifier(f"{case}-{way}"), "admin:orders", "By hand")
    refreshed = [f"--target={URN.format(case)}" for case in FIRST if case.endswith("refreshed")]
    shop.pulumi("refresh", "--yes", "--skip-preview", *refreshed)
    shop.config("auth0-permissions:approvedRemovals", json.dumps(["write:orders", "delete:orders"]))
    shop.program(program(SECOND))
    return shop, shop.up()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("case", "line", "left"),
    [
        ("deleted", '+ write:orders: "Create and change orders"', OURS),
        ("described", '~ write:orders: "Whatever" => "Create and change orders"', OURS),
        ("kept", 'left alone, not managed here: "admin:orders"', {**NEWS, "admin:orders": "By hand"}),
        ("removed", "- admin:orders", OURS),
    ],
)
def test_what_was_changed_by_hand_is_shown_and_put_right(
    mended: tuple[Workspace, Ran], case: str, way: str, line: str, left: Mapping[str, str]
) -> None:
    """The next preview shows it, and `up` does that: ours is put back, a stranger kept or removed as the mode says."""
    shop, ran = mended
    api = identifier(f"{case}-{way}")

    _, _, diagnostics = ran.previewed.partition("Diagnostics:")
    (plan,) = re.findall(rf"{api} on .*?(?=https://|\Z)", diagnostics, re.DOTALL)
    assert line in plan
    assert shop.scopes(api) == left


@pytest.fixture
def hand(shop: Workspace) -> Hand:
    """Somebody with the dashboard; the program declares what its API holds."""
    shop.declare(OURS)
    shop.adopt()
    return Hand(shop.tenant)


def test_a_stranger_is_refused_by_default(shop: Workspace, hand: Hand) -> None:
    """A permission added by hand stops `up` in its preview, is named, and survives, refreshed or not."""
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
    hand.reorder(ORDERS)

    shop.pulumi("refresh", "--yes", "--expect-no-changes")
    shop.up("--skip-preview", "--refresh", "--expect-no-changes")

    assert shop.writes() == []


def test_a_vanished_api_leaves_the_state_with_a_warning(shop: Workspace, hand: Hand) -> None:
    """Refresh after the API was deleted says so, and the next preview says that the API does not exist."""
    hand.delete_api(ORDERS)

    assert "no longer exists" in shop.pulumi("refresh", "--yes", "--skip-preview")
    assert f'there is no API "{ORDERS}"' in shop.preview(ok=False)
