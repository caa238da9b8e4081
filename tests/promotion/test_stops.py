"""What stops a promotion before anything is previewed; each test puts back what it has changed."""

from __future__ import annotations

import pytest

from auth0_local_tenant.faults import Fault
from promotion.chain import Chain, api_id, orders

STEPS = "    auth0-permissions promote dev staging\n    auth0-permissions promote staging prod\n"


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (
            "dev",
            "prod",
            f"staging would be skipped: prod takes its permissions from staging. Promote stage by stage:\n{STEPS}",
        ),
        ("prod", "staging", "staging takes its permissions from dev, not from prod"),
        ("prod", "dev", "dev is a first stage, which takes the catalog"),
    ],
)
def test_only_the_next_stage_can_be_promoted_to(chain: Chain, source: str, target: str, words: str) -> None:
    """A promotion that skips a stage, or goes another way than the chain, is refused with the way."""
    answer = chain.promote(source, target, "--yes", code=4)

    assert words in answer
    assert set(chain.writes().values()) == {0}


def test_a_stack_that_does_not_exist_is_said(chain: Chain) -> None:
    """A name that is no stack fails with the name."""
    assert 'there is no stack "nowhere"' in chain.promote("dev", "nowhere", "--yes", code=1)


def test_a_source_that_was_changed_by_hand_is_not_promoted(chain: Chain) -> None:
    """If the source's tenant does not hold what the source has recorded, nothing is promoted."""
    hand = chain.hands["dev"]
    hand.delete(orders("dev"), "read:orders")
    hand.add(orders("dev"), "stray:orders")
    hand.describe(orders("dev"), "write:orders", "Something else")
    try:
        answer = chain.promote("dev", "staging", "--yes", code=4)
    finally:
        hand.delete(orders("dev"), "stray:orders")
        hand.add(orders("dev"), "read:orders", "Read orders")
        hand.describe(orders("dev"), "write:orders", "Create and change orders")

    assert 'missing: "read:orders"; described differently: "write:orders"; not recorded: "stray:orders"' in answer
    assert "Run `pulumi up --stack dev` to settle it" in answer
    assert chain.writes()["staging"] == 0


def test_a_hotfix_stops_and_the_way_back_is_said(chain: Chain) -> None:
    """What was added, removed and described by hand in the target is listed, with the edits and commands to keep it."""
    hand = chain.hands["prod"]
    hand.add(orders("prod"), "export:orders", "Export: all")
    hand.delete(orders("prod"), "read:orders")
    hand.describe(orders("prod"), "write:orders", "Change")
    try:
        answer = chain.promote("staging", "prod", "--yes", code=4)
    finally:
        hand.delete(orders("prod"), "export:orders")
        hand.add(orders("prod"), "read:orders", "Read orders")
        hand.describe(orders("prod"), "write:orders", "Create and change orders")

    assert (
        '    + export:orders: "Export: all"\n    - read:orders\n    ~ write:orders: "Change" (the source says' in answer
    )
    assert 'apis.orders.permissions: add export:orders: "Export: all"\n' in answer
    assert "apis.orders.permissions: take out read:orders\n" in answer
    assert "apis.orders.permissions: write write:orders: Change\n" in answer
    steps = (
        "pulumi up --stack dev\n    auth0-permissions promote dev staging\n    auth0-permissions promote staging prod"
    )
    assert steps in answer
    assert chain.writes()["prod"] == 0


def test_what_a_stage_never_received_is_not_called_a_change_by_hand(chain: Chain) -> None:
    """Before its first promotion, a stage may hold what dev has dropped: nobody has adopted it."""
    (chain.folder / "Pulumi.fresh.yaml").write_text((chain.folder / "Pulumi.staging.yaml").read_text())
    chain.pulumi("stack", "init", "fresh", ok=None)
    chain.hands["staging"].add(orders("staging"), "dropped:orders", "Dropped by dev")
    try:
        answer = chain.promote("dev", "fresh", "--yes", code=4, AUTH0_CLIENT_SECRET_FRESH="secret-of-staging")
    finally:
        chain.hands["staging"].delete(orders("staging"), "dropped:orders")

    assert "fresh has never received this, and dev does not have it; nobody has adopted it here:" in answer
    assert '+ dropped:orders: "Dropped by dev"' in answer
    assert "changed by hand" not in answer


def test_an_api_that_the_source_does_not_have_is_named(chain: Chain) -> None:
    """A logical name in the target's configuration that the source knows nothing of is refused before a preview."""
    chain.edit_config("staging", "  invoices: https://billing.staging.example.com", instead_of="billing:")
    try:
        promoted = chain.promote("dev", "staging", "--yes", code=4)
        previewed = chain.preview("staging", ok=False)
    finally:
        chain.edit_config("staging", "  billing: https://billing.staging.example.com", instead_of="invoices:")

    assert '"invoices" among its auth0-permissions:apis, and dev has applied nothing of that name' in promoted
    assert 'auth0-permissions:apis of this stack names "invoices", which stack' in previewed


def test_a_source_that_was_cut_short_is_not_promoted(chain: Chain) -> None:
    """A stage whose last update has changed one API and failed on the other has to be brought to its end first."""
    chain.tenants["dev"].add_fault(Fault("status", method="PATCH", path=api_id("dev", "billing"), status=400))
    catalog = chain.folder / "permissions.yaml"
    before = catalog.read_text()
    catalog.write_text(before.replace("Read orders", "Look at orders").replace("Read invoices", "Look at invoices"))
    try:
        chain.up("dev", ok=False)
        answer = chain.promote("dev", "staging", "--yes", code=4)
    finally:
        catalog.write_text(before)
        chain.up("dev")

    assert (
        'the last operation on dev did not come to its end, or its state was moved since: what it holds of "orders"'
        in (answer)
    )
