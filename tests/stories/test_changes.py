"""Stories of one API: adopt it, change it, leave it. Many of them share one stack, each with an API of its own."""

import json
from collections.abc import Callable, Mapping

import pytest

from support.cases import api_id, declare, identifier, program, writes_to
from support.commands import Ran
from support.workspace import ORDERS, ORDERS_SCOPES, Workspace

ALL = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
}
AWKWARD = {
    "read:comment ": "Ends in a space",
    "läs:böcker": "Grüße, 世界 🌍",
    'say "hi"': "\\ and ' and {braces}",
    "__init__": "",
    "plain": "${not.interpolated}",
}
CHANGED = {**ALL, "write:refunds": "Issue refunds", "read:orders": "See orders"}
SCOPES: dict[str, list[dict[str, str]] | None] = {
    "bare": [{"value": "a"}, {"value": "b", "description": ""}],
    "no-scopes": None,
}
"""What APIs hold that are not like Orders."""

FIRST = {
    "as-declared": declare(ALL),
    "changed": declare(CHANGED),
    "no-scopes": declare({"b": "Second", "a": ""}),
    "bare": declare({"a": "", "b": ""}),
    "reordered": declare(ALL),
    "ours-and-theirs": declare({"read:orders": "Read orders", "new": "New"}, arguments="unmanaged='keep'"),
    "awkward": declare(AWKWARD, arguments="unmanaged='remove'")
    + "pulumi.export('awkward', own.effective_permissions)\n",
}
SECOND = FIRST | {"reordered": declare(dict(reversed(ALL.items())))}

Story = tuple[Workspace, Ran]


@pytest.fixture(scope="module")
def story(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Story:
    """Both programs are applied; what one API loses is approved. Return the project, and what the first `up` said."""
    servers: list[dict[str, object]] = []
    for case in FIRST:
        scopes = SCOPES.get(case, ORDERS_SCOPES)
        server: dict[str, object] = {"id": api_id(case), "identifier": identifier(case), "name": case.title()}
        servers.append(server if scopes is None else {**server, "scopes": scopes})
    shop = new_shop({"resource_servers": servers})
    approved = [{"permission": value, "api": identifier("awkward")} for value in ALL]
    shop.config("auth0-permissions:approvedRemovals", json.dumps(approved))
    shop.program(program(FIRST))
    first = shop.up()
    shop.program(program(SECOND))
    shop.up("--skip-preview")
    return shop, first


def test_the_preview_tells_what_the_engine_cannot_know(story: Story) -> None:
    """The preview of a create on an existing API shows the real changes and not everything as new.

    One that holds exactly what is declared is not written; an empty one is filled in alphabetical order, since the
    engine does not keep the program's.
    """
    shop, first = story

    assert "1 to add, 1 description to update; 2 unchanged" in first.previewed
    assert '+ write:refunds: "Issue refunds"' in first.previewed
    assert '~ read:orders: "Read orders" => "See orders"' in first.previewed
    assert f"{identifier('as-declared')} (As-Declared) on {shop.host}: no changes; 3 unchanged" in first
    assert 'adopted, since they are already on the API: "read:orders"' in first
    assert writes_to(shop, "as-declared") == []
    assert list(shop.scopes(identifier("no-scopes"))) == ["a", "b"]


def test_a_missing_description_is_an_empty_one(story: Story) -> None:
    """An API whose entries have no description is as declared when the program declares empty ones."""
    assert writes_to(story[0], "bare") == []


def test_the_order_of_the_program_is_no_difference(story: Story) -> None:
    """Declaring the same permissions in another order changes nothing."""
    assert writes_to(story[0], "reordered") == []


def test_awkward_names_are_taken_as_they_are(story: Story) -> None:
    """Trailing spaces, Unicode, quotes and names without a colon reach the API byte for byte, and stay unchanged."""
    shop, _ = story

    assert shop.scopes(identifier("awkward")) == AWKWARD
    assert shop.outputs()["awkward"] == AWKWARD
    assert len(writes_to(shop, "awkward")) == 1


def test_destroy_takes_ours_and_leaves_theirs(story: Story) -> None:
    """`pulumi destroy` deletes what is declared and leaves what others have put on the API."""
    shop, _ = story

    result = shop.destroy("--skip-preview")

    left = shop.scopes(identifier("ours-and-theirs"))
    assert left == {"write:orders": "Create and change orders", "delete:orders": "Delete orders"}
    assert "2 deleted" in result


def test_an_unchanged_program_sends_one_get_and_no_write(shop: Workspace) -> None:
    """An update of an unchanged API is a token and one GET."""
    shop.declare(ALL)
    shop.adopt()

    shop.up("--skip-preview", "--expect-no-changes")

    assert [request.split()[0] for request in shop.requests()] == ["POST", "GET"]


def test_one_change_is_one_patch_with_all_that_stays(shop: Workspace) -> None:
    """Adding, deleting and describing in one `up` is one GET and one PATCH, which keeps the order of what stays.

    The engine's own diff names each permission that changes, and no other.
    """
    shop.declare(ALL)
    shop.adopt()
    shop.declare(
        {
            "write:refunds": "Issue refunds",
            "write:orders": "Create and change orders",
            "read:orders": "See orders",
        }
    )

    result = shop.up("--diff")

    assert '~ read:orders  : "Read orders" => "See orders"' in result.previewed
    assert "write:orders  :" not in result.previewed
    assert shop.writes() == [
        {
            "scopes": [
                {"value": "read:orders", "description": "See orders"},
                {"value": "write:orders", "description": "Create and change orders"},
                {"value": "write:refunds", "description": "Issue refunds"},
            ]
        }
    ]
    of_apis = [request.split()[0] for request in shop.requests() if "/resource-servers/" in request]
    assert of_apis == ["GET", "GET", "PATCH"]  # the preview's look, then the update's, right before its write
    for line in ("- delete:orders", '~ read:orders: "Read orders" => "See orders"', '+ write:refunds: "Issue refunds"'):
        assert line in result.previewed
        assert line in result.output.removeprefix(result.previewed)
    assert "1 added, 1 deleted, 1 description updated" in result
    assert ORDERS in result
