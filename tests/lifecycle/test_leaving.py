"""What leaves an API is previewed, and only that leaves it."""

from __future__ import annotations

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import API_ID, BILLING, adopt, declared
from support.workspace import ORDERS, Workspace

LATER = f"""
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class MakesApi(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{"identifier": {BILLING!r}}})

class Api(Resource):
    identifier: pulumi.Output[str]
    def __init__(self, name):
        super().__init__(MakesApi(), name, {{"identifier": None}})

made = Api("made")
"""


def test_two_resources_swap_their_apis(shop: Workspace, tenant: LocalTenant) -> None:
    """Both APIs hold in the end what the program declares there, and what both declare never goes."""
    shop.program(declared("a", "abc") + declared("z", "abx", api=repr(BILLING)))
    shop.up("--skip-preview")
    tenant.clear_journal()
    shop.program(
        declared("a", "abc", api=repr(BILLING), more="unmanaged='keep'") + declared("z", "abx", more="unmanaged='keep'")
    )

    preview = shop.up().previewed

    assert "- c" in preview
    assert "- x" in preview
    assert set(shop.scopes()) == set("abx")
    assert set(shop.scopes(BILLING)) == set("abc")
    sent = [body["scopes"] for body in shop.writes() if isinstance(body, dict)]
    assert all({"a", "b"} <= {scope["value"] for scope in scopes} for scopes in sent)


def test_a_wrong_new_api_deletes_nothing(shop: Workspace, tenant: LocalTenant) -> None:
    """The old API keeps all that it has, also where the engine deletes first and no preview was made."""
    adopt(shop)
    first = "opts=pulumi.ResourceOptions(delete_before_replace=True)"
    shop.program(declared("a", "abc", api="'https://wrong.example.com'", more=first))

    for arguments in (("--skip-preview",), ()):
        failed = shop.up(*arguments, ok=False)
        assert 'there is no API "https://wrong.example.com"' in failed.output
        assert set(shop.scopes()) == set("abc")


def test_leaving_for_an_api_that_is_not_known_yet_is_previewed(shop: Workspace, tenant: LocalTenant) -> None:
    """The preview lists what goes from the old API and who holds it, though the new API is made in the same run."""
    adopt(shop)
    shop.program(LATER + declared("a", "abc", api="made.identifier"))

    preview = shop.up().previewed

    assert "3 to delete" in preview
    assert "held by 1 role and 1 client grant" in preview
    assert shop.scopes(ORDERS) == {}
    assert set(shop.scopes(BILLING)) == set("abc")


def test_a_retained_resource_leaves_its_permissions(shop: Workspace, tenant: LocalTenant) -> None:
    """With `retain_on_delete`, or taken out of the state, a resource that leaves the program deletes nothing."""
    shop.program(declared("a", "ab", more="opts=pulumi.ResourceOptions(retain_on_delete=True)") + declared("z", "c"))
    shop.up("--skip-preview")
    shop.pulumi("state", "delete", "--yes", "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::z")
    shop.program("")

    shop.up("--skip-preview")

    assert set(shop.scopes()) == set("abc")


def test_an_approval_given_after_the_last_update_counts(shop: Workspace, tenant: LocalTenant) -> None:
    """The engine deletes with old configuration, but what the preview judged approved is carried out."""
    refuse = "removal='refuse'"
    shop.program(declared("a", "abc", more=refuse))
    shop.up("--skip-preview")
    shop.program(declared("a", "abc", api=repr(BILLING), more=refuse))
    refused = shop.up(ok=False).output
    assert "3 removals are not approved" in refused
    assert set(shop.scopes()) == set("abc")

    shop.config("auth0-permissions:approvedRemovals", '["a", "b", "c"]')
    shop.up()

    assert shop.scopes() == {}
    assert set(shop.scopes(BILLING)) == set("abc")


def test_targets_apply_a_new_name_in_two_steps(shop: Workspace, tenant: LocalTenant) -> None:
    """Targeted alone, the old resource goes without the provider being asked about the new one, and takes nothing."""
    adopt(shop)
    old = str(shop.state()["urn"])
    shop.program(declared("b", "abc"))
    shop.up("--skip-preview", "--target", f"{old.removesuffix('a')}b")
    tenant.clear_journal()

    output = shop.up("--target", old).output

    assert 'handed over to b, which declares it now: "a", "b", "c"' in output
    assert shop.writes() == []


def test_a_program_that_runs_does_not_keep_what_is_destroyed(shop: Workspace, tenant: LocalTenant) -> None:
    """With `--run-program`, what the program declares goes all the same."""
    adopt(shop)

    shop.destroy("--run-program", "--skip-preview")

    assert shop.scopes() == {}


def test_looking_up_an_api_that_does_not_exist_is_an_error(shop: Workspace, tenant: LocalTenant) -> None:
    """The option `id` of a missing API fails the program with one sentence."""
    missing = API_ID.replace("1", "9")
    shop.program(declared("a", "abc", more=f"opts=pulumi.ResourceOptions(id={missing!r})"))

    output = shop.preview(ok=False).output

    assert f'there is no API "{missing}"' in output
    assert "Traceback" not in output
