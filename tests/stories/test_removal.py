"""Stories of deleting and renaming permissions that somebody holds: one stack, an API of its own for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from support.cases import api_id, declare, identifier, program
from support.commands import Ran
from support.workspace import Workspace

FEWER = {"read:orders": "Read orders", "write:orders": "Change orders", "refund:orders": "Give money back"}
OURS = {**FEWER, "delete:orders": "Delete orders"}
RENAMED = {**FEWER, "remove:orders": "Delete orders"}
BILLING = "billing0000000000000000000000000"
MAIN_JOB = ["read:resource_servers", "update:resource_servers"]
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}"


DONE = {
    "warn": declare(FEWER),
    "revoke": declare(FEWER, "removal='revoke'"),
    "rename": declare(RENAMED, "renames={'delete:orders': 'remove:orders'}"),
}
UNSEEN = {
    "unseen": declare(FEWER),
    "unseen-if-held": declare(FEWER, "removal='refuse_if_held'"),
    "unseen-rename": DONE["rename"],
}
CASES = (*DONE, *UNSEEN)


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
    for case in CASES:
        api, held = identifier(case), ["read:orders", "delete:orders"]
        permissions = [{"resource_server_identifier": api, "permission_name": held[1]}]
        seed["resource_servers"].append({"id": api_id(case), "identifier": api, "scopes": scopes})
        seed["roles"].append({"id": f"rol_{case}", "name": f"Clerks of {case}", "permissions": permissions})
        seed["client_grants"].append({"id": f"cgr_{case}", "client_id": BILLING, "audience": api, "scope": held})
    made = new_shop(seed)
    made.program(program({case: declare(OURS) for case in CASES}))
    made.up("--skip-preview")
    return made


def refusal(shop: Workspace, case: str, scopes: list[str]) -> str:
    """Preview the change of an unseen case, which has to fail with a token of these scopes; return what was said."""
    shop.program(program({case: UNSEEN[case]}))
    client_id, secret = shop.tenant.issue_client(scopes)
    credentials = {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": secret}
    said = shop.preview("--target", URN.format(case), ok=False, **credentials).output
    assert shop.scopes(identifier(case)) == OURS
    return said


def held_by_role(shop: Workspace, case: str) -> list[str]:
    """Return what the role of a case holds."""
    (role,) = [role for role in shop.tenant.dump()["roles"] if role["id"] == f"rol_{case}"]
    permissions: list[dict[str, Any]] = role["permissions"]  # type: ignore[assignment]
    return sorted(permission["permission_name"] for permission in permissions)


def named_in_grant(shop: Workspace, case: str) -> list[str]:
    """Return what the application's grant for the API of a case names."""
    (grant,) = [grant for grant in shop.tenant.dump()["client_grants"] if grant["id"] == f"cgr_{case}"]
    scope: list[str] = grant["scope"]  # type: ignore[assignment]
    return sorted(scope)


@pytest.fixture(scope="module")
def done(shop: Workspace) -> Ran:
    """Three APIs lose or rename a permission."""
    shop.tenant.clear_journal()
    shop.program(program({case: declare(OURS) for case in CASES} | DONE))
    return shop.up()


def test_warn_says_who_is_hit_and_goes_on(shop: Workspace, done: Ran) -> None:
    """The preview names role, application and the tokens' last moment; `up` deletes and leaves the holders be."""
    holders = "Clerks of warn (rol_warn), Billing (cgr_warn)"
    assert f"held by 1 role and 1 client grant: {holders}" in done.previewed
    assert "tokens issued before may carry what is deleted until" in done.previewed
    assert "permissions given to users directly are not known" in done.previewed
    assert shop.scopes(identifier("warn")) == FEWER
    assert named_in_grant(shop, "warn") == ["delete:orders", "read:orders"]


def test_revoke_takes_it_from_its_holders_first(shop: Workspace, done: Ran) -> None:
    """Neither role nor grant names the permission afterwards, and nothing else is taken."""
    assert "will first be taken from 1 role and 1 client grant" in done.previewed
    assert shop.scopes(identifier("revoke")) == FEWER
    assert held_by_role(shop, "revoke") == []
    assert named_in_grant(shop, "revoke") == ["read:orders"]


def test_a_rename_loses_nobodys_access(shop: Workspace, done: Ran) -> None:
    """Role and grant hold the new name afterwards; the entry may stay in the program without effect."""
    assert "> delete:orders => remove:orders" in done.previewed
    assert shop.scopes(identifier("rename")) == RENAMED
    assert held_by_role(shop, "rename") == ["remove:orders"]
    assert named_in_grant(shop, "rename") == ["read:orders", "remove:orders"]
    path = f"/resource-servers/{api_id('rename')}"
    assert sum(entry.method == "PATCH" and path in entry.path for entry in shop.tenant.journal()) == 2
    shop.up("--skip-preview", "--expect-no-changes")


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
    shop.program(program({"unseen": UNSEEN["unseen"]}))

    ran = shop.up("--target", URN.format("unseen"), AUTH0_CLIENT_ID=client_id, AUTH0_CLIENT_SECRET=secret)

    assert "unknown: roles could not be read, since the token lacks read:roles" in ran.previewed
    assert "unknown: client grants could not be read, since the token lacks read:client_grants" in ran.previewed
    assert "held by no role" not in ran.previewed
    assert shop.scopes(identifier("unseen")) == FEWER
