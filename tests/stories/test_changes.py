"""Stories of one API: adopt it, change it, leave it."""

from __future__ import annotations

import pytest

from support.workspace import ORDERS, Workspace

ALL = {
    "read:orders": "Read orders",
    "write:orders": "Create and change orders",
    "delete:orders": "Delete orders",
}


def test_adopting_an_api_that_is_as_declared_writes_nothing(shop: Workspace) -> None:
    """The first `up` on an API that holds exactly what is declared says so and sends no PATCH."""
    shop.declare(ALL)

    result = shop.up()

    assert shop.writes() == []
    assert f"{ORDERS} (Orders) on {shop.host}: no changes; 3 unchanged" in result
    assert 'adopted, since the program declares what is already there: "read:orders"' in result


def test_the_first_preview_tells_what_the_engine_cannot_know(shop: Workspace) -> None:
    """The preview of a create on an existing API shows the real changes and not everything as new."""
    shop.declare({**ALL, "write:refunds": "Issue refunds", "read:orders": "See orders"})

    result = shop.preview()

    assert "1 to add, 1 description to update; 2 unchanged" in result
    assert '+ write:refunds: "Issue refunds"' in result
    assert '~ read:orders: "Read orders" => "See orders"' in result
    assert shop.writes() == []


@pytest.mark.parametrize("scopes", [None, []], ids=["no scopes key", "empty list"])
def test_an_empty_api_is_filled(shop: Workspace, scopes: list[object] | None) -> None:
    """An API without permissions, told by a missing key or by an empty list, gets what is declared.

    In alphabetical order: the engine does not keep the program's.
    """
    server = {"identifier": "https://empty.example.com", "name": "Empty"}
    shop.tenant.seed({"resource_servers": [server if scopes is None else {**server, "scopes": scopes}]})
    shop.declare({"b": "Second", "a": ""}, api="https://empty.example.com")

    shop.up()

    assert [entry["value"] for entry in shop.scope_entries("https://empty.example.com")] == ["a", "b"]


def test_an_unchanged_program_sends_one_get_and_no_write(shop: Workspace) -> None:
    """A preview of an unchanged API is a token and one GET; so is `up`, which writes nothing."""
    shop.declare(ALL)
    shop.adopt()

    shop.tenant.clear_journal()
    shop.preview("--expect-no-changes")
    assert [request.split()[0] for request in shop.requests()] == ["POST", "GET"]

    shop.tenant.clear_journal()
    shop.up("--expect-no-changes")
    assert shop.writes() == []


def test_one_change_is_one_patch_with_all_that_stays(shop: Workspace) -> None:
    """Adding, deleting and describing in one `up` is one GET and one PATCH, which keeps the order of what stays."""
    shop.declare(ALL)
    shop.adopt()
    shop.declare(
        {
            "write:refunds": "Issue refunds",
            "write:orders": "Create and change orders",
            "read:orders": "See orders",
        }
    )

    result = shop.up()

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


def test_the_engines_own_diff_reads_permission_by_permission(shop: Workspace) -> None:
    """`preview --diff` names each permission that changes, and no other."""
    shop.declare(ALL)
    shop.adopt()
    shop.declare({"read:orders": "See orders", "write:orders": "Create and change orders", "a:b": "New"})

    result = shop.preview("--diff")

    assert '+ a:b          : "New"' in result
    assert '- delete:orders: "Delete orders"' in result
    assert '~ read:orders  : "Read orders" => "See orders"' in result
    assert "write:orders  :" not in result


def test_the_order_of_the_program_is_no_difference(shop: Workspace) -> None:
    """Declaring the same permissions in another order changes nothing."""
    shop.declare(ALL)
    shop.adopt()
    shop.declare(dict(reversed(ALL.items())))

    shop.tenant.clear_journal()
    shop.up("--expect-no-changes")

    assert shop.writes() == []


def test_a_missing_description_is_an_empty_one(shop: Workspace) -> None:
    """An API whose entries have no description is as declared when the program declares empty ones."""
    server = {"identifier": "urn:bare", "scopes": [{"value": "a"}, {"value": "b", "description": ""}]}
    shop.tenant.seed({"resource_servers": [server]})
    shop.declare({"a": "", "b": ""}, api="urn:bare")

    shop.up()

    assert shop.writes() == []


def test_everything_can_be_deleted_with_an_approval(shop: Workspace) -> None:
    """Declaring nothing empties the API once the removals are approved by name."""
    shop.declare(ALL)
    shop.adopt()
    shop.declare({})
    for index, value in enumerate(ALL):
        shop.config(f"auth0-permissions:approvedRemovals[{index}]", value, path=True)

    shop.up()

    assert shop.scopes() == {}
    assert shop.outputs()["effective"] == {}


def test_another_api_replaces_the_resource(shop: Workspace) -> None:
    """Changing `api` puts the permissions on the new API and takes them from the old one, both shown before."""
    other = "https://other.example.com"
    shop.tenant.seed({"resource_servers": [{"identifier": other, "name": "Other"}]})
    shop.declare(ALL)
    shop.adopt()
    shop.declare(ALL, api=other)

    preview = shop.up().previewed

    assert f"{other} (Other) on {shop.host}: 3 to add" in preview
    assert f"{ORDERS} (Orders) on {shop.host}: 3 to delete" in preview
    assert shop.scopes(other) == ALL
    assert shop.scopes(ORDERS) == {}


def test_the_id_names_the_same_api_as_the_identifier(shop: Workspace) -> None:
    """Naming the API by its id instead of its identifier is no replacement and no write."""
    shop.declare(ALL)
    shop.adopt()
    shop.declare(ALL, api="65f0c0ffee00000000000001")
    shop.tenant.clear_journal()

    result = shop.up()

    assert shop.writes() == []
    assert "replace" not in result.output


def test_destroy_takes_ours_and_leaves_theirs(shop: Workspace) -> None:
    """`pulumi destroy` deletes what is declared and leaves what others have put on the API."""
    shop.declare({"read:orders": "Read orders", "new": "New"}, arguments="unmanaged='keep'")
    shop.up("--skip-preview")

    result = shop.destroy()

    assert shop.scopes() == {"write:orders": "Create and change orders", "delete:orders": "Delete orders"}
    assert "2 deleted" in result


def test_state_tells_what_is_really_there(shop: Workspace) -> None:
    """The outputs hold the API, what is managed, what else is there, and the revision of it all."""
    shop.declare({"read:orders": "Read orders"}, arguments="unmanaged='keep'")

    shop.up()

    found = shop.state()["outputs"]
    assert isinstance(found, dict)
    assert (found["api_id"], found["identifier"], found["name"]) == ("65f0c0ffee00000000000001", ORDERS, "Orders")
    assert found["permissions"] == {"read:orders": "Read orders"}
    assert found["unmanaged_permissions"] == {value: text for value, text in ALL.items() if value != "read:orders"}
    assert shop.outputs()["effective"] == ALL
    assert len(found["revision"]) == 32


def test_awkward_names_are_taken_as_they_are(shop: Workspace) -> None:
    """Trailing spaces, Unicode, quotes and names without a colon reach the API byte for byte."""
    awkward = {
        "read:comment ": "Ends in a space",
        "läs:böcker": "Grüße, 世界 🌍",
        'say "hi"': "\\ and ' and {braces}",
        "__init__": "",
        "plain": "${not.interpolated}",
    }
    shop.declare(awkward, arguments="unmanaged='remove'")
    for index, value in enumerate(ALL):
        shop.config(f"auth0-permissions:approvedRemovals[{index}]", value, path=True)

    shop.up()
    shop.up("--refresh", "--expect-no-changes")

    assert shop.scopes() == awkward
    assert shop.outputs()["effective"] == awkward


def test_a_thousand_permissions_are_one_get_and_one_patch(shop: Workspace) -> None:
    """1000 permissions are applied by one PATCH and then previewed as unchanged by one GET."""
    shop.tenant.seed({"resource_servers": [{"identifier": "urn:big", "name": "Big"}]})
    permissions = {f"permission:{n}": f"Number {n}" for n in range(1000)}
    shop.program(f"auth0_permissions.ApiPermissions('big', api='urn:big', permissions={permissions!r})\n")

    result = shop.up()
    writes = len(shop.writes())
    shop.tenant.clear_journal()
    shop.preview("--expect-no-changes")

    assert writes == 1
    assert len(shop.scope_entries("urn:big")) == 1000
    assert [request.split()[0] for request in shop.requests()] == ["POST", "GET"]
    assert "more to add" in result
    assert len(result.output) < 20_000
