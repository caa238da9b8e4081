"""Stories of deleting and renaming permissions that somebody holds: one stack, an API of its own for each."""

from collections.abc import Callable, Mapping

import pytest

from support.cases import identifier, one, program, seed
from support.workspace import Workspace

MAIN_JOB = ["read:resource_servers", "update:resource_servers"]
CHANGED = {
    "warn": one("own", "ab"),
    "unseen": one("own", "ab"),
    "unseen-if-held": one("own", "ab", more="removal='refuse_if_held'"),
    "unseen-rename": one("own", "abd", more="renames={'c': 'd'}"),
}


def urn(case: str) -> str:
    """Return the URN of a case's resource."""
    return f"urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::own-{case}"


@pytest.fixture(scope="module")
def shop(new_shop: Callable[[Mapping[str, object]], Workspace]) -> Workspace:
    """A project that manages an API for each case; a role and an application hold all that it has, a, b and c."""
    made = new_shop(seed(CHANGED))
    made.program(program(dict.fromkeys(CHANGED, one("own", "abc"))))
    made.up("--skip-preview")
    return made


def refusal(shop: Workspace, case: str, scopes: list[str]) -> str:
    """Preview the change of an unseen case, which has to fail with a token of these scopes; return what was said."""
    shop.program(program({case: CHANGED[case]}))
    client_id, secret = shop.tenant.issue_client(scopes)
    credentials = {"AUTH0_CLIENT_ID": client_id, "AUTH0_CLIENT_SECRET": secret}
    said = shop.preview("--target", urn(case), ok=False, **credentials).output
    assert list(shop.scopes(identifier(case))) == ["a", "b", "c"]
    return said


def test_warn_says_who_is_hit_and_goes_on(shop: Workspace) -> None:
    """The preview names role, application and the tokens' last moment; `up` deletes and leaves the holders be."""
    shop.program(program({"warn": CHANGED["warn"]}))

    previewed = shop.up("--target", urn("warn")).previewed

    assert "held by 1 role and 1 client grant: Clerk 0 (rol_0000000000000000), Shop (cgr_0000000000000000)" in previewed
    assert "tokens already issued may carry deleted permissions until" in previewed
    assert "permissions assigned to users directly are not known" in previewed
    assert list(shop.scopes(identifier("warn"))) == ["a", "b"]
    (grant,) = [one for one in shop.tenant.dump()["client_grants"] if one["audience"] == identifier("warn")]
    assert grant["scope"] == ["a", "b", "c"]


def test_refuse_if_held_fails_closed(shop: Workspace) -> None:
    """Where it is not known who holds it, it is not deleted."""
    said = refusal(shop, "unseen-if-held", MAIN_JOB)

    assert "and the holders of" in said


def test_a_rename_needs_the_scopes_to_move_access(shop: Workspace) -> None:
    """A token that may look but not change roles is refused in the preview, by the scope's name."""
    looks = [*MAIN_JOB, "read:roles", "read:client_grants"]

    said = refusal(shop, "unseen-rename", looks)

    assert "the token lacks update:roles, update:client_grants, which this plan needs" in said


def test_what_the_token_may_not_read_is_said(shop: Workspace) -> None:
    """Without the scopes to look, the preview says unknown and which scope is missing, and `up` goes on."""
    client_id, secret = shop.tenant.issue_client(MAIN_JOB)
    shop.program(program({"unseen": CHANGED["unseen"]}))

    ran = shop.up("--target", urn("unseen"), AUTH0_CLIENT_ID=client_id, AUTH0_CLIENT_SECRET=secret)

    assert "unknown: roles could not be read, since the token lacks read:roles" in ran.previewed
    assert "unknown: client grants could not be read, since the token lacks read:client_grants" in ran.previewed
    assert "held by no role" not in ran.previewed
    assert list(shop.scopes(identifier("unseen"))) == ["a", "b"]
