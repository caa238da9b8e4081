"""Stories of deleting and renaming permissions that somebody holds: one stack, an API of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from support.cases import api_id, declare, identifier, program
from support.workspace import Workspace

FEWER = {"read:orders": "Read orders", "write:orders": "Change orders", "refund:orders": "Give money back"}
OURS = {**FEWER, "delete:orders": "Delete orders"}
RENAMED = {**FEWER, "remove:orders": "Delete orders"}
BILLING = "billing0000000000000000000000000"
MAIN_JOB = ["read:resource_servers", "update:resource_servers"]
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}"


CHANGED = {
    "warn": declare(FEWER),
    "unseen": declare(FEWER),
    "unseen-if-held": declare(FEWER, "removal='refuse_if_held'"),
    "unseen-rename": declare(RENAMED, "renames={'delete:orders': 'remove:orders'}"),
}


@pytest.fixture(scope="module")
def shop(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Workspace:
    """A project that manages an API for each case; a role and an application hold its `delete:orders`."""
    seed: dict[str, list[dict[str, object]]] = {
        "resource_servers": [],
        "roles": [],
        "client_grants": [],
        "clients": [{"client_id": BILLING, "name": "Billing"}],
    }
    scopes = [{"value": value, "description": text} for value, text in OURS.items()]
    for case in CHANGED:
        api, held = identifier(case), ["read:orders", "delete:orders"]
        permissions = [{"resource_server_identifier": api, "permission_name": held[1]}]
        seed["resource_servers"].append({"id": api_id(case), "identifier": api, "scopes": scopes})
        seed["roles"].append({"id": f"rol_{case}", "name": f"Clerks of {case}", "permissions": permissions})
        seed["client_grants"].append({"id": f"cgr_{case}", "client_id": BILLING, "audience": api, "scope": held})
    made = new_shop(seed)
    made.program(program({case: declare(OURS) for case in CHANGED}))
    made.up("--skip-preview")
    return made


def refusal(shop: Workspace, case: str, scopes: list[str]) -> str:
    """Preview the change of an unseen case, which has to fail with a token of these scopes; return what was said."""
    shop.program(program({case: CHANGED[case]}))
    client_id, secret = shop.tenant.issue_client(scopes)
    credentials = {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": secret}
    said = shop.preview("--target", URN.format(case), ok=False, **credentials).output
    assert shop.scopes(identifier(case)) == OURS
    return said


def test_warn_says_who_is_hit_and_goes_on(shop: Workspace) -> None:
    """The preview names role, application and the tokens' last moment; `up` deletes and leaves the holders be."""
    shop.program(program({"warn": CHANGED["warn"]}))

    previewed = shop.up("--target", URN.format("warn")).previewed

    assert "held by 1 role and 1 client grant: Clerks of warn (rol_warn), Billing (cgr_warn)" in previewed
    assert "tokens issued before may carry what is deleted until" in previewed
    assert "permissions given to users directly are not known" in previewed
    assert shop.scopes(identifier("warn")) == FEWER
    (grant,) = [grant for grant in shop.tenant.dump()["client_grants"] if grant["id"] == "cgr_warn"]
    assert grant["scope"] == ["read:orders", "delete:orders"]


def test_refuse_if_held_fails_closed(shop: Workspace) -> None:
    """Where it is not known who holds it, it is not deleted."""
    said = refusal(shop, "unseen-if-held", MAIN_JOB)

    assert "it is not known who holds" in said


def test_a_rename_needs_the_scopes_to_move_access(shop: Workspace) -> None:
    """A token that may look but not change roles is refused in the preview, by the scope's name."""
    looks = [*MAIN_JOB, "read:roles", "read:client_grants"]

    said = refusal(shop, "unseen-rename", looks)

    assert "the token lacks update:roles, update:client_grants, which this plan needs" in said


def test_what_the_token_may_not_read_is_said(shop: Workspace) -> None:
    """Without the scopes to look, the preview says unknown and which scope is missing, and `up` goes on."""
    client_id, secret = shop.tenant.issue_client(MAIN_JOB)
    shop.program(program({"unseen": CHANGED["unseen"]}))

    ran = shop.up("--target", URN.format("unseen"), AUTH0_CLIENT_ID=client_id, AUTH0_CLIENT_SECRET=secret)

    assert "unknown: roles could not be read, since the token lacks read:roles" in ran.previewed
    assert "unknown: client grants could not be read, since the token lacks read:client_grants" in ran.previewed
    assert "held by no role" not in ran.previewed
    assert shop.scopes(identifier("unseen")) == FEWER
