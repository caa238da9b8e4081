"""Stories of deleting and renaming permissions that somebody holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from support.cases import api_id, identifier, program
from support.commands import Ran
from support.workspace import Workspace

FEWER = {"read:orders": "Read orders", "write:orders": "Change orders", "refund:orders": "Give money back"}
OURS = {**FEWER, "delete:orders": "Delete orders"}
RENAMED = {**FEWER, "remove:orders": "Delete orders"}
RENAMES = "renames={'delete:orders': 'remove:orders'}"
BILLING = "billing0000000000000000000000000"
MAIN_JOB = ["read:resource_servers", "update:resource_servers"]
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::{}"
NewShop = Callable[[Mapping[str, object]], Workspace]


def declare(permissions: Mapping[str, str], arguments: str = "") -> str:
    """Return the statement that declares a case's permissions."""
    return f"auth0_permissions.ApiPermissions('@', api='@api', permissions={permissions!r}, {arguments})\n"


def managed(new_shop: NewShop, cases: Iterable[str]) -> Workspace:
    """Return a project that manages an API for each case; a role and an application hold its `delete:orders`."""
    seed: dict[str, list[dict[str, object]]] = {
        "resource_servers": [],
        "roles": [],
        "client_grants": [],
        "clients": [{"client_id": BILLING, "name": "Billing"}],
    }
    scopes = [{"value": value, "description": text} for value, text in OURS.items()]
    for case in cases:
        api, held = identifier(case), ["read:orders", "delete:orders"]
        permissions = [{"resource_server_identifier": api, "permission_name": held[1]}]
        seed["resource_servers"].append({"id": api_id(case), "identifier": api, "scopes": scopes})
        seed["roles"].append({"id": f"rol_{case}", "name": f"Clerks of {case}", "permissions": permissions})
        seed["client_grants"].append({"id": f"cgr_{case}", "client_id": BILLING, "audience": api, "scope": held})
    shop = new_shop(seed)
    shop.program(program({case: declare(OURS) for case in cases}))
    shop.up("--skip-preview")
    return shop


def previews(shop: Workspace, cases: Mapping[str, str], **environment: str) -> str:
    """Return what previews of these changes said, one by one, since the engine stops at the first error."""
    said = []
    for case, statement in cases.items():
        shop.program(program({case: statement}))
        said.append(shop.preview("--target", URN.format(case), ok=False, **environment).output)
    return "\n".join(said)


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
def done(new_shop: NewShop) -> tuple[Workspace, Ran]:
    """Three APIs lose or rename a permission."""
    cases = {
        "warn": declare(FEWER),
        "revoke": declare(FEWER, "removal='revoke'"),
        "rename": declare(RENAMED, RENAMES),
    }
    shop = managed(new_shop, cases)
    shop.tenant.clear_journal()
    shop.program(program(cases))
    return shop, shop.up()


class TestDone:
    """What a plan shows of holders and then does."""

    def test_warn_says_who_is_hit_and_goes_on(self, done: tuple[Workspace, Ran]) -> None:
        """The preview names role, application and the tokens' last moment; `up` deletes and leaves the holders be."""
        shop, ran = done

        holders = "Clerks of warn (rol_warn), Billing (cgr_warn)"
        assert f"held by 1 role and 1 client grant: {holders}" in ran.previewed
        assert "tokens issued before may carry what is deleted until" in ran.previewed
        assert "permissions given to users directly are not known" in ran.previewed
        assert shop.scopes(identifier("warn")) == FEWER
        assert named_in_grant(shop, "warn") == ["delete:orders", "read:orders"]

    def test_revoke_takes_it_from_its_holders_first(self, done: tuple[Workspace, Ran]) -> None:
        """Neither role nor grant names the permission afterwards, and nothing else is taken."""
        shop, ran = done

        assert "will first be taken from 1 role and 1 client grant" in ran.previewed
        assert shop.scopes(identifier("revoke")) == FEWER
        assert held_by_role(shop, "revoke") == []
        assert named_in_grant(shop, "revoke") == ["read:orders"]

    def test_a_rename_loses_nobodys_access(self, done: tuple[Workspace, Ran]) -> None:
        """Role and grant hold the new name afterwards; the entry may stay in the program without effect."""
        shop, ran = done

        assert "> delete:orders => remove:orders" in ran.previewed
        assert shop.scopes(identifier("rename")) == RENAMED
        assert held_by_role(shop, "rename") == ["remove:orders"]
        assert named_in_grant(shop, "rename") == ["read:orders", "remove:orders"]
        path = f"/resource-servers/{api_id('rename')}"
        assert sum(entry.method == "PATCH" and path in entry.path for entry in shop.tenant.journal()) == 2
        shop.up("--skip-preview", "--expect-no-changes")


REFUSED = {
    "if-held": declare(FEWER, "removal='refuse_if_held'"),
    "refuse": declare(FEWER, "removal='refuse'"),
    "most": declare({"read:orders": "Read orders"}),
    "all": declare({}),
}


@pytest.fixture(scope="module")
def refused(new_shop: NewShop) -> tuple[Workspace, str]:
    """Four APIs are to lose what somebody holds, or much at once."""
    shop = managed(new_shop, REFUSED)
    return shop, previews(shop, REFUSED)


class TestRefused:
    """What is not deleted."""

    def test_refuse_if_held_names_the_holders_and_the_way(self, refused: tuple[Workspace, str]) -> None:
        """A held permission is not deleted; the refusal names the holders and the command that approves."""
        _, ran = refused

        assert 'removal is "refuse_if_held", and 1 permission to be deleted is held:' in ran
        assert "role Clerks of if-held (rol_if-held), client grant Billing (cgr_if-held)" in ran
        approve = "pulumi config set --path --type string 'auth0-permissions:approvedRemovals[0]' -- delete:orders"
        assert approve in ran

    def test_refuse_needs_an_approval_by_name(self, refused: tuple[Workspace, str]) -> None:
        """Every deletion needs its line in the configuration."""
        assert 'removal is "refuse", and 1 removal is not approved: "delete:orders"' in refused[1]

    def test_emptying_and_most_of_it_need_an_approval(self, refused: tuple[Workspace, str]) -> None:
        """Removing three of four, or all, is refused with the numbers though the mode is `warn`."""
        _, ran = refused

        assert "this would remove 3 of the API's 4 permissions, 75%" in ran
        assert "this would empty the API: all 4 of its permissions would be removed" in ran

    def test_nothing_is_done_until_it_is_approved(self, refused: tuple[Workspace, str]) -> None:
        """Then it is; a destroy needs an approval too."""
        shop, _ = refused
        assert [shop.scopes(identifier(case)) for case in REFUSED] == [OURS] * len(REFUSED)

        approved = [{"api": identifier(case), "permission": "delete:orders"} for case in ("refuse", "if-held")]
        shop.config("auth0-permissions:approvedRemovals", json.dumps(approved))
        shop.program(program({case: REFUSED[case] for case in ("refuse", "if-held")}))
        shop.up("--skip-preview", "--target", URN.format("refuse"), "--target", URN.format("if-held"))
        assert shop.scopes(identifier("refuse")) == shop.scopes(identifier("if-held")) == FEWER
        assert "3 removals are not approved" in shop.destroy(
            "--skip-preview", "--target", URN.format("refuse"), ok=False
        )
        assert shop.scopes(identifier("refuse")) == FEWER


@pytest.fixture(scope="module")
def limited(new_shop: NewShop) -> Workspace:
    """A project whose token may not see who holds a permission."""
    shop = managed(new_shop, ("warn", "if-held", "rename"))
    shop.client_id, shop.client_secret = shop.tenant.issue_client(MAIN_JOB)
    return shop


def test_refuse_if_held_fails_closed(limited: Workspace) -> None:
    """Where it is not known who holds it, it is not deleted."""
    refused = previews(limited, {"if-held": declare(FEWER, "removal='refuse_if_held'")})

    assert "it is not known who holds" in refused


def test_a_rename_needs_the_scopes_to_move_access(limited: Workspace) -> None:
    """A token that may look but not change roles is refused in the preview, by the scope's name."""
    client_id, secret = limited.tenant.issue_client([*MAIN_JOB, "read:roles", "read:client_grants"])
    with_looks = {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": secret}

    refused = previews(limited, {"rename": declare(RENAMED, RENAMES)}, **with_looks)

    assert "the token lacks update:roles, update:client_grants, which this plan needs" in refused


def test_what_the_token_may_not_read_is_said(limited: Workspace) -> None:
    """Without the scopes to look, the preview says unknown and which scope is missing, and `up` goes on."""
    limited.program(program({"warn": declare(FEWER)}))

    preview = limited.up("--target", URN.format("warn")).previewed

    assert "unknown: roles could not be read, since the token lacks read:roles" in preview
    assert "unknown: client grants could not be read, since the token lacks read:client_grants" in preview
    assert "held by no role" not in preview
    assert limited.scopes(identifier("warn")) == FEWER
