"""What Pulumi's state holds of a resource, and what is read out of it."""

from __future__ import annotations

from hypothesis import given

from pulumi_auth0_permissions.core.model import Api, Permissions, only, revision_of
from pulumi_auth0_permissions.pulumi_adapter import state
from strategies import any_sets

API = Api(
    "69a0f1b2c3d4e5f601234567",
    "https://orders.example.com",
    "Orders",
    is_system=False,
    token_lifetime_s=86400,
    permissions={"ours": "Ours", "theirs": ""},
)
INPUTS: dict[str, object] = {
    "api": "https://orders.example.com",
    "permissions": {"ours": "As wished"},
    "unmanaged": "keep",
    "removal": "warn",
    "renames": None,
}


def test_outputs_hold_what_is_really_there() -> None:
    """The outputs are the inputs, the API, what is managed as it is there, and what else is on the API."""
    ours = only(API.permissions, ["ours"])
    outputs = state.outputs(INPUTS, API, ours, "acme.example", defaults={"unmanaged": "refuse", "removal": "refuse"})

    assert outputs == {
        "api": "https://orders.example.com",
        "permissions": {"ours": "Ours"},
        "unmanaged": "keep",
        "removal": "warn",
        "api_id": "69a0f1b2c3d4e5f601234567",
        "identifier": "https://orders.example.com",
        "name": "Orders",
        "tenant": "acme.example",
        "unmanaged_permissions": {"theirs": ""},
        "revision": revision_of(API.permissions),
        "defaults": [],
    }


def test_inputs_are_found_among_outputs() -> None:
    """Of a resource's properties, the inputs are those that a program can give; what is nothing was not given."""
    outputs = state.outputs(INPUTS, API, only(API.permissions, ["ours"]), "acme.example")

    assert state.inputs_of(outputs) == {
        "api": "https://orders.example.com",
        "permissions": {"ours": "Ours"},
        "unmanaged": "keep",
        "removal": "warn",
    }
    assert state.inputs_of({**INPUTS, "renames": {"a": "b"}, "__provider": "x"})["renames"] == {"a": "b"}
    assert "__provider" not in state.inputs_of({"__provider": "x"})


@given(any_sets, any_sets)
def test_what_was_on_the_api_is_read_back(permissions: Permissions, declared: Permissions) -> None:
    """What was there is read back, whatever part of it is managed; its revision is the recorded one."""
    api = Api("id", "identifier", "", is_system=False, token_lifetime_s=None, permissions=permissions)
    outputs = state.outputs({}, api, only(permissions, declared), "acme.example")

    assert state.effective(outputs) == permissions
    assert revision_of(state.effective(outputs)) == outputs["revision"]


def test_by_outputs_what_others_have_is_not_owned() -> None:
    """Under `keep` and `refuse` what else is on the API belongs to somebody else."""
    for mode in ("keep", "refuse", None):
        olds = {"permissions": {"a": ""}, "unmanaged": mode, "unmanaged_permissions": {"theirs": ""}}
        assert state.managed(olds) == {"a"}


def test_what_a_refresh_has_seen_under_remove_is_not_owned() -> None:
    """A resource that removes what it does not declare owns no more for it: switched to `keep`, it leaves it."""
    olds = {"permissions": {"a": ""}, "unmanaged": "remove", "unmanaged_permissions": {"b": ""}}

    assert state.managed(olds) == {"a"}


def test_a_refresh_keeps_what_was_last_applied() -> None:
    """What the program declared when it was last applied is told apart from what a refresh has found since."""
    found = only(API.permissions, [])

    outputs = state.outputs(INPUTS, API, found, "acme.example", last_applied=only(API.permissions, ["ours"]))

    assert state.managed(outputs) == frozenset()
    assert state.last_applied(outputs) == only(API.permissions, ["ours"])
