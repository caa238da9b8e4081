"""No basis, no removal: what no preview showed and the program did not change is left as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from auth0_local_tenant import LocalTenant
from lifecycle.refactoring import API_ID, declared
from support.hand import Hand
from support.workspace import ORDERS, Workspace

REFRESH = "options:\n  refresh: always\n"
REMOVE = "unmanaged='remove'"
POLICY_PACK = Path(__file__).parents[1] / "support" / "policy_pack.py"


def _always_refresh(shop: Workspace) -> None:
    shop.write("Pulumi.yaml", (shop.folder / "Pulumi.yaml").read_text("utf-8") + REFRESH)


def test_a_hotfix_survives_an_update_without_preview(shop: Workspace, tenant: LocalTenant) -> None:
    """A refresh moves the state, so the state is no basis: nothing of the hotfix is undone."""
    _always_refresh(shop)
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up()
    hand = Hand(tenant)
    hand.add(ORDERS, "hotfix")
    hand.describe(ORDERS, "a", "By hand")
    shop.program(declared("a", "abcd", more=REMOVE))

    output = shop.up("--skip-preview").output

    assert "2 changes were not made, since no preview of this run showed it" in output
    assert "- hotfix" in output
    assert '~ a: "By hand" => ""' in output
    assert shop.scopes() == {"a": "By hand", "b": "", "c": "", "d": "", "hotfix": ""}
    shop.up()
    assert shop.scopes() == dict.fromkeys("abcd", "")


def test_what_the_program_changed_is_done_without_preview(shop: Workspace, tenant: LocalTenant) -> None:
    """A permission that the program declared and has dropped goes, and a new one comes, without any preview."""
    _always_refresh(shop)
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up("--skip-preview")
    shop.program(declared("a", "abd", more=REMOVE))

    shop.up("--skip-preview")

    assert set(shop.scopes()) == set("abd")


def test_what_a_refresh_has_seen_is_not_owned(shop: Workspace, tenant: LocalTenant) -> None:
    """Under `remove` a refresh notices another team's permission; switched to `keep`, the program leaves it."""
    shop.program(declared("a", "abc", more=REMOVE))
    shop.up()
    Hand(tenant).add(ORDERS, "team-b")
    shop.pulumi("refresh", "--yes")
    shop.program(declared("a", "abc", more="unmanaged='keep'"))

    shop.up()

    assert "team-b" in shop.scopes()
    shop.destroy()
    assert shop.scopes() == {"team-b": ""}


@pytest.mark.parametrize("refreshed", [True, False])
@pytest.mark.parametrize("path", ["permissions", 'permissions["c"]', "permissions.c"])
def test_ignored_permissions_stay(shop: Workspace, tenant: LocalTenant, path: str, refreshed: bool) -> None:  # noqa: FBT001
    """What `ignore_changes` names is neither shown nor written, whatever program and tenant say."""
    if refreshed:
        _always_refresh(shop)
    shop.program(declared("a", "abc"))
    shop.up()
    Hand(tenant).describe(ORDERS, "c", "By hand")
    tenant.clear_journal()
    shop.program(declared("a", "ab", more=f"opts=pulumi.ResourceOptions(ignore_changes=[{path!r}])"))

    output = shop.up().output

    assert "- c" not in output
    assert "~ c" not in output
    assert shop.writes() == []
    assert shop.scopes() == {"a": "", "b": "", "c": "By hand"}


@pytest.mark.parametrize(("option", "left"), [("--yes", 3), ("--skip-preview", 2)])
def test_guards_count_over_the_resources_of_an_api(
    shop: Workspace, tenant: LocalTenant, option: str, left: int
) -> None:
    """`maxRemovals: 1` does not let two resources remove one each."""
    keep = "unmanaged='keep'"
    shop.program(declared("a", "ab", more=keep) + declared("z", "c", api=repr(API_ID), more=keep))
    shop.up()
    shop.config("auth0-permissions:maxRemovals", "1")
    shop.program(declared("a", "a", more=keep) + declared("z", "", api=repr(API_ID), more=keep))

    refused = shop.up(option, ok=False).output

    assert "would remove 2 permissions" in refused
    assert len(shop.scopes()) == left


def test_a_policy_that_changes_inputs_is_previewed_as_it_will_be_done(shop: Workspace, tenant: LocalTenant) -> None:
    """Where a transform drops our own input, nothing that no preview showed is removed."""
    shop.program(
        "def drop(args):\n"
        "    return pulumi.ResourceTransformResult(\n"
        "        {name: value for name, value in args.props.items() if name != 'context_'}, args.opts)\n"
        "pulumi.runtime.register_resource_transform(drop)\n" + declared("a", "abc", more=REMOVE)
    )
    shop.up(ok=None)
    Hand(tenant).add(ORDERS, "hotfix")

    shop.up(ok=None)

    assert "hotfix" in shop.scopes()


def _remediate(shop: Workspace, *, drops: str, adds: str) -> str:
    """Make a policy pack that swaps a permission for another, and return its folder."""
    pack = shop.folder / "pack"
    pack.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": runtime}), encoding="utf-8")
    (pack / "__main__.py").write_text(POLICY_PACK.read_text("utf-8"), encoding="utf-8")
    shop.environment |= {"POLICY_DROPS": drops, "POLICY_ADDS": adds}
    return str(pack)


def test_a_remediation_is_previewed_as_it_is_applied(shop: Workspace, tenant: LocalTenant) -> None:
    """What a policy pack makes of the permissions is what the preview shows, removals and holders included."""
    shop.program(declared("a", "abc"))
    shop.up()
    pack = _remediate(shop, drops="b", adds="audit")
    shop.program(declared("a", "abcd"))

    ran = shop.up("--policy-pack", pack)

    assert "[remediate]" in ran.output
    _, shown = ran.previewed.split("2 to add, 1 to delete; 2 unchanged\n      - b\n", 1)
    assert "held by 1 role and 1 client grant" in shown
    assert "+ audit\n      + d\n" in shown
    assert set(shop.scopes()) == {"a", "c", "d", "audit"}
    assert len(shop.writes()) == 1


def test_a_remediation_is_judged_in_the_preview(shop: Workspace, tenant: LocalTenant) -> None:
    """What stands against the permissions that a policy pack leaves is said before anything is written."""
    shop.program(declared("a", "abc"))
    shop.up()
    pack = _remediate(shop, drops="b", adds="audit")
    shop.program(declared("a", "abc", more="removal='refuse_if_held'"))

    refused = shop.preview("--policy-pack", pack, ok=False).output

    assert "1 permission to be deleted is held" in refused


def test_a_remediation_that_brings_back_what_is_there_is_shown_to_change_nothing(
    shop: Workspace, tenant: LocalTenant
) -> None:
    """The plan of the program alone is not the last word of the preview."""
    shop.program(declared("a", "abc"))
    shop.up()
    pack = _remediate(shop, drops="b", adds="audit")
    shop.program(declared("a", "abcd"))
    shop.up("--policy-pack", pack)
    tenant.clear_journal()

    ran = shop.up("--policy-pack", pack)

    assert "1 to add, 1 to delete" in ran.previewed
    assert "no changes; 4 unchanged" in ran.previewed
    assert shop.writes() == []


def test_a_remediation_of_a_new_resource_removes_nothing(shop: Workspace, tenant: LocalTenant) -> None:
    """The engine shows no plan of a creation after its remediation, so only what is missing is added."""
    pack = _remediate(shop, drops="b", adds="audit")
    shop.program(declared("a", "abc", more=REMOVE))

    output = shop.up("--policy-pack", pack).output

    assert "1 change was not made, since no preview of this run showed it" in output
    assert set(shop.scopes()) == {"a", "b", "c", "audit"}


def test_none_is_an_empty_description(shop: Workspace, tenant: LocalTenant) -> None:
    """A description of `None`, plain or as an output, declares the permission."""
    shop.program(
        f"auth0_permissions.ApiPermissions('a', api={ORDERS!r}, permissions={{\n"
        "    'a': None, 'b': pulumi.Output.from_input(None), 'c': ''})\n"
        f"auth0_permissions.ApiPermissions('z', api={ORDERS!r}, permissions=pulumi.Output.from_input({{'a': None}}))\n"
    )

    shop.up()

    assert shop.writes() == []
    assert set(shop.scopes()) == set("abc")


def test_identity_is_known_in_a_preview(shop: Workspace, tenant: LocalTenant) -> None:
    """Outputs that name the API are known in the preview of a change of permissions."""
    use = (
        "pulumi.Output.all(a.api_id, a.identifier, a.name, a.tenant).apply(lambda x: pulumi.log.info(f'known: {x}'))\n"
    )
    shop.program(declared("a", "abc") + use)
    assert f"known: ['{API_ID}', '{ORDERS}', 'Orders'" in shop.up().previewed
    shop.program(declared("a", "abcd") + use)

    preview = shop.preview().output

    assert f"known: ['{API_ID}', '{ORDERS}', 'Orders'" in preview
    assert "1 to add" in preview


def test_exporting_the_resource_shows_no_change(shop: Workspace, tenant: LocalTenant) -> None:
    """A stack output that is the whole resource is the same in each later preview, and holds no context."""
    shop.program(declared("a", "abc") + "pulumi.export('resource', a)\n")
    shop.up()

    preview = shop.preview("--diff").output

    assert "context_" not in preview
    assert "Outputs:" not in preview


def test_bad_input_of_one_resource_stops_the_others_on_its_api(shop: Workspace, tenant: LocalTenant) -> None:
    """Without a preview, nothing is written to an API while something that the program declares on it is wrong."""
    wrong = "auth0_permissions.ApiPermissions('z', api={api!r}, permissions={{'x' * 281: ''}}, unmanaged='keep')\n"
    shop.program(declared("a", "abcd", more="unmanaged='keep'") + wrong.format(api=ORDERS))

    output = shop.up("--skip-preview", ok=False).output

    assert "Auth0 allows 280" in output
    assert shop.writes() == []


def test_a_resource_that_no_preview_saw_removes_nothing(shop: Workspace, tenant: LocalTenant) -> None:
    """What a program declares inside `apply` is made without a plan: it adds, and what it would remove is named."""
    inside = "".join(f"    {line}\n" for line in declared("a", "abcd", more=REMOVE).splitlines())
    shop.program(
        "from pulumi.dynamic import CreateResult, Resource, ResourceProvider\n"
        "class Maker(ResourceProvider):\n"
        "    def create(self, props):\n"
        "        return CreateResult('made', {'known': 'later'})\n"
        "class Made(Resource):\n"
        "    known: pulumi.Output[str]\n"
        "    def __init__(self):\n"
        "        super().__init__(Maker(), 'made', {'known': None})\n"
        f"def make(_):\n{inside}"
        "Made().known.apply(make)\n"
    )
    Hand(tenant).add(ORDERS, "theirs")

    output = shop.up().output

    assert set(shop.scopes()) == {*"abcd", "theirs"}
    assert "1 change was not made, since no preview of this run showed it" in output
    assert "- theirs" in output


def test_modes_can_be_given_by_their_names(shop: Workspace, tenant: LocalTenant) -> None:
    """The enumerations that the package exports say the same as their texts."""
    modes = "unmanaged=auth0_permissions.Unmanaged.KEEP, removal=auth0_permissions.Removal.REVOKE"
    shop.program(declared("a", "a", more=modes))
    shop.up()
    shop.program(declared("a", "a", more="unmanaged='keep', removal='revoke'"))

    assert "2 unchanged" in shop.preview("--expect-no-changes").output
