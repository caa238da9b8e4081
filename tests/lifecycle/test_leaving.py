"""What leaves an API is previewed, and only that leaves it."""

from collections.abc import Callable, Mapping

from auth0_local_tenant import LocalTenant
from support.cases import API_ID, BILLING, adopt, declared, identifier, one, program, seed, writes_to
from support.workspace import Workspace

KEEP = "unmanaged='keep'"
URN = "urn:pulumi:dev::shop::pulumi-python:dynamic/auth0:ApiPermissions::"
RETAINED = "opts=pulumi.ResourceOptions(retain_on_delete=True)"
LATER = f"""
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

class MakesApi(ResourceProvider):
    def create(self, props):
        return CreateResult("made", {{"identifier": {identifier("new")!r}}})

class Api(Resource):
    identifier: pulumi.Output[str]
    def __init__(self, name):
        super().__init__(MakesApi(), name, {{"identifier": None}})

made = Api("made")
"""
BEFORE = {
    "left": one("a", "abc", more=KEEP),
    "right": one("a", "abx", more=KEEP),
    "old": one("a", "abc"),
    "new": "",
    "retained": one("a", "ab", more=RETAINED) + one("z", "c"),
}
AFTER = {
    "left": one("a", "abc", api=repr(identifier("right")), more=KEEP),
    "right": one("a", "abx", api=repr(identifier("left")), more=KEEP),
    "old": LATER + one("a", "abc", api="made.identifier"),
}


def test_what_leaves_an_api_is_previewed(new_shop: Callable[[Mapping[str, object]], Workspace]) -> None:
    """The preview lists what goes and who holds it, also where the new API is made in the same run.

    Two resources swap their APIs: both hold in the end what the program declares there, and what both declare never
    goes. With `retain_on_delete`, or taken out of the state, a resource that leaves the program deletes nothing.
    """
    shop = new_shop(seed(BEFORE))
    shop.program(program(BEFORE))
    shop.up("--skip-preview")
    shop.pulumi("state", "delete", "--yes", f"{URN}z-retained")
    shop.tenant.clear_journal()
    shop.program(program(AFTER))

    preview = shop.up().previewed

    assert "- x" in preview
    assert "3 to delete" in preview
    assert "held by 1 role and 1 client grant" in preview
    held = {"left": "abx", "right": "abc", "old": "", "new": "abc", "retained": "abc"}
    assert {case: set(shop.scopes(identifier(case))) for case in BEFORE} == {case: set(held[case]) for case in BEFORE}
    sent = [body["scopes"] for case in ("left", "right") for body in writes_to(shop, case) if isinstance(body, dict)]
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
    shop.program(declared("b", "abc"))
    shop.up("--skip-preview", "--target", f"{URN}b")
    tenant.clear_journal()

    output = shop.up("--target", f"{URN}a").output

    assert 'handed over to b, which now declares it: "a", "b", "c"' in output
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
