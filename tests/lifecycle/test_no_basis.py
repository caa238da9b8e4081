"""No basis, no removal: what no preview showed and the program did not change is left as it is."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from auth0_local_tenant import LocalTenant
from support.cases import api_id, declared, identifier, one, program, seed, writes_to
from support.hand import Hand
from support.workspace import ORDERS, Workspace

KEEP, REMOVE = "unmanaged='keep'", "unmanaged='remove'"
POLICY_PACK = Path(__file__).parents[1] / "support" / "policy_pack.py"
NewShop = Callable[[Mapping[str, object]], Workspace]
A = one("a", "abc")


def ignoring(path: str) -> str:
    """Return the statement that no longer declares `c`, and has the engine ignore that."""
    return one("a", "ab", more=f"opts=pulumi.ResourceOptions(ignore_changes=[{path!r}])")


IGNORED = {
    f"ignored-{number}": ignoring(path)
    for number, path in enumerate(("permissions", 'permissions["c"]', "permissions.c"))
}


def begin(new_shop: NewShop, programs: Mapping[str, str]) -> tuple[Workspace, Hand]:
    """Apply the first programs, each about an API of its own that a role and a grant hold."""
    shop = new_shop(seed(programs))
    shop.program(program(programs))
    shop.up("--skip-preview")
    return shop, Hand(shop.tenant)


def test_what_a_refresh_has_seen_is_not_owned(new_shop: NewShop) -> None:
    """Under `remove` a refresh notices another team's permission; switched to `keep`, the program leaves it.

    What `ignore_changes` names is neither shown nor written, whatever program and tenant say.
    """
    shop, hand = begin(new_shop, {"other": one("a", "abc", more=REMOVE), **dict.fromkeys(IGNORED, A)})
    hand.add(identifier("other"), "team-b")
    for case in IGNORED:
        hand.describe(identifier(case), "c", "By hand")
    shop.pulumi("refresh", "--yes", "--skip-preview")
    shop.tenant.clear_journal()
    shop.program(program({"other": one("a", "abc", more=KEEP), **IGNORED}))

    ran = shop.up()

    assert "- c" not in ran
    assert "~ c" not in ran
    for case in IGNORED:
        assert writes_to(shop, case) == []
        assert shop.scopes(identifier(case)) == {"a": "", "b": "", "c": "By hand"}
    assert "team-b" in shop.scopes(identifier("other"))
    shop.destroy("--skip-preview")
    assert shop.scopes(identifier("other")) == {"team-b": ""}


INSIDE = "".join(f"    {line}\n" for line in one("a", "abcd", more=REMOVE).splitlines())
LATER = (
    "from pulumi.dynamic import CreateResult, Resource, ResourceProvider\n"
    "class Maker(ResourceProvider):\n"
    "    def create(self, props):\n"
    "        return CreateResult('made', {'known': 'later'})\n"
    "class Made(Resource):\n"
    "    known: pulumi.Output[str]\n"
    "    def __init__(self):\n"
    "        super().__init__(Maker(), 'made', {'known': None})\n"
    f"def make(_):\n{INSIDE}"
    "Made().known.apply(make)\n"
)
NONE = (
    "auth0_permissions.ApiPermissions('a-@', api='@api', permissions={\n"
    "    'a': None, 'b': pulumi.Output.from_input(None), 'c': ''})\n"
    "auth0_permissions.ApiPermissions('z-@', api='@api', permissions=pulumi.Output.from_input({'a': None}))\n"
)
MODES = "unmanaged=auth0_permissions.Unmanaged.KEEP, removal=auth0_permissions.Removal.REVOKE"
USE = "pulumi.Output.all(a.api_id, a.identifier, a.name).apply(lambda x: pulumi.log.info(f'known: {x}'))\n"


def test_what_the_engine_treats_in_its_own_way(new_shop: NewShop) -> None:
    """What programs write, and what comes of it.

    What is declared inside `apply` is made without a plan: it adds, and what it would remove is named. A description of
    `None`, plain or as an output, declares the permission. Outputs that name the API are known in the preview of a
    change. Neither ignored permissions nor modes by other names show a change; nor does an exported resource show the
    context.
    """
    first = {
        "inside-apply": LATER,
        "none": NONE,
        "modes": one("a", "a", more=MODES),
        "identity": A + USE,
        "exported": A + "pulumi.export('resource', a)\n",
        **dict.fromkeys(IGNORED, A),
    }
    shop = new_shop(seed(first))
    hand = Hand(shop.tenant)
    hand.add(identifier("inside-apply"), "theirs")
    shop.program(program(first))
    ran = shop.up()
    for case in IGNORED:
        hand.describe(identifier(case), "c", "By hand")
    modes = one("a", "a", more="unmanaged='keep', removal='revoke'")
    shop.program(program({**first, "modes": modes, "identity": one("a", "abcd") + USE, **IGNORED}))
    preview = shop.preview("--diff")

    assert set(shop.scopes(identifier("inside-apply"))) == {*"abcd", "theirs"}
    assert "1 change was not made: neither shown by a preview of this run" in ran
    assert "- theirs" in ran
    assert writes_to(shop, "none") == []
    assert set(shop.scopes(identifier("none"))) == set("abc")
    known = f"known: ['{api_id('identity')}', '{identifier('identity')}'"
    assert known in ran.previewed
    assert known in preview
    assert "+ d" in preview
    for text in ("- c", "~ c", "a-modes", "context_"):
        assert text not in preview
    assert "context_" not in ran


def test_what_a_policy_pack_makes_of_permissions_counts(new_shop: NewShop) -> None:
    """A remediation drops `b` and adds `audit`, on an API that is managed, and on one that becomes so.

    Removals and holders are in the preview, nothing else is done, and what stands against it is said before anything is
    written. The engine shows no plan of a creation after its remediation, so there only what is missing is added.
    """
    shop, _ = begin(new_shop, {"managed": A})
    shop.tenant.seed(seed(["new"]) | {"clients": [], "roles": [], "client_grants": []})
    pack = shop.folder / "pack"
    pack.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    (pack / "PulumiPolicy.yaml").write_text(json.dumps({"runtime": runtime}), encoding="utf-8")
    (pack / "__main__.py").write_text(POLICY_PACK.read_text("utf-8"), encoding="utf-8")
    shop.environment |= {"POLICY_DROPS": "b", "POLICY_ADDS": "audit"}
    options = ["--policy-pack", str(pack)]
    shop.program(program({"managed": one("a", "abcd"), "new": one("a", "abc", more=REMOVE)}))
    shop.tenant.clear_journal()

    ran = shop.up(*options)

    _, shown = ran.previewed.split("2 to add, 1 to delete; 2 unchanged\n      - b\n", 1)
    assert "held by 1 role and 1 client grant" in shown
    assert "+ audit\n      + d\n" in shown
    assert set(shop.scopes(identifier("managed"))) == {"a", "c", "d", "audit"}
    assert len(writes_to(shop, "managed")) == 1
    assert "1 change was not made: neither shown by a preview of this run" in ran
    assert set(shop.scopes(identifier("new"))) == {"a", "b", "c", "audit"}

    # The plan of the program alone is not the last word of the preview.
    shop.program(program({"managed": one("a", "abcd")}))
    preview = shop.preview(*options)
    assert "1 to add, 1 to delete" in preview
    assert "no changes; 4 unchanged" in preview

    shop.environment |= {"POLICY_DROPS": "c"}
    shop.program(program({"managed": one("a", "acd", more="removal='refuse_if_held'")}))
    assert "1 permission to be deleted is held" in shop.preview(*options, ok=False)


def test_a_transform_that_drops_our_own_input_removes_nothing_unseen(shop: Workspace, tenant: LocalTenant) -> None:
    """Where a transform drops what we tell the hooks, nothing that no preview showed is removed."""
    shop.program(
        "def drop(args):\n"
        "    return pulumi.ResourceTransformResult(\n"
        "        {name: value for name, value in args.props.items() if name != 'context_'}, args.opts)\n"
        "pulumi.runtime.register_resource_transform(drop)\n" + declared("a", "abc", more=REMOVE)
    )
    shop.up("--skip-preview", ok=None)
    Hand(tenant).add(ORDERS, "hotfix")

    shop.up(ok=None)

    assert "hotfix" in shop.scopes()


def test_bad_input_of_one_resource_stops_the_others_on_its_api(shop: Workspace, tenant: LocalTenant) -> None:
    """Without a preview, nothing is written to an API while something that the program declares on it is wrong."""
    wrong = f"auth0_permissions.ApiPermissions('z', api={ORDERS!r}, permissions={{'x' * 281: ''}}, {KEEP})\n"
    shop.program(declared("a", "abcd", more=KEEP) + wrong)

    assert "Auth0 allows 1 to 280" in shop.up("--skip-preview", ok=False)
    assert shop.writes() == []
