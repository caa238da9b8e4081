"""What stops a promotion before a preview: the chain, the source, and hotfixes by a three-way comparison."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.failures import Refused
from auth0_permissions_cli.promotion.checks import check_chain, check_source, hotfixes, how_live_differs
from auth0_permissions_cli.promotion.stages import StageStack
from auth0_permissions_cli.review.stack_review import Evidence, Source, StackReview, source_of
from auth0_permissions_cli.stacks.pulumi import Stack
from auth0_permissions_cli.stacks.state import ApiState, StackSnapshot
from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.chain import Receipt
from pulumi_auth0_permissions.core.model import Permissions, Unmanaged, only
from pulumi_auth0_permissions.settings import Settings, StageConfig

REFUSE, KEEP = Unmanaged.REFUSE, Unmanaged.KEEP

# Few values and descriptions, so that the three sets overlap in every way.
SETS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["", "one", "two"])).map(dict)


def of(**texts: str) -> Permissions:
    """Return a set of one-letter permissions."""
    return texts


@given(base=SETS, source=SETS, target=SETS)
def test_a_hotfix_is_what_differs_from_both(base: Permissions, source: Permissions, target: Permissions) -> None:
    """Exactly those permissions count that the target has otherwise than it received them and than the source has.

    So an untouched target holds none, nor does one that a promotion has left half done.
    """
    before, there, now = base, source, target
    values = {*before, *there, *now}

    expected = {value for value in values if now.get(value) not in (before.get(value), there.get(value))}

    assert set(hotfixes(base, source, target, unmanaged=REFUSE)) == expected


@given(base=SETS, source=SETS, target=SETS)
def test_others_permissions_are_nobodys_hotfix(base: Permissions, source: Permissions, target: Permissions) -> None:
    """Under ``keep``, what was never promoted here and the source does not have is left alone."""
    fixes = hotfixes(base, source, target, unmanaged=KEEP)

    assert fixes.keys() <= base.keys() | source.keys()


@given(source=SETS, target=SETS)
def test_without_a_base_only_what_the_source_lacks_counts(source: Permissions, target: Permissions) -> None:
    """On the first promotion nobody can tell which description is newer, and what is missing was never there."""
    fixes = hotfixes(None, source, target, unmanaged=REFUSE)

    assert list(fixes) == sorted(value for value in target if value not in source)


def test_each_hotfix_reads_as_a_change() -> None:
    """A hotfix reads like a line of a plan, with what the source says where it says something else."""
    base, source = of(b="B", c="C", d="D"), of(b="B", c="C", e="E")
    fixes = hotfixes(base, source, of(a="", c="x", d="y", e="z"), unmanaged=REFUSE)

    assert list(fixes.values()) == [
        "+ a",
        "- b",
        '~ c: "C" => "x"',
        '~ d: "D" => "y" (the source no longer has it)',
        '+ e: "z" (the source says "E")',
    ]


@given(recorded=SETS, live=SETS)
def test_under_keep_only_what_is_managed_is_compared(recorded: Permissions, live: Permissions) -> None:
    """Under ``keep``, what others have on the API is no difference."""
    same = only(live, recorded) == recorded

    assert (how_live_differs(recorded, live, unmanaged=KEEP) == "") == same


def test_differences_are_told_by_kind() -> None:
    """Missing, described differently and not recorded are told apart, with the values."""
    text = how_live_differs(of(a="A", b="B"), of(b="x", c="C"), unmanaged=REFUSE)

    assert text == 'missing: "a"; described differently: "b"; not recorded: "c"'


CHAIN = {"dev": None, "staging": "organization/shop/dev", "prod": "staging", "here": "there", "there": "here"}


def side(name: str, *apis: str, receipt: Receipt | None = None, managed: Permissions | None = None) -> StageStack:
    """Return a stack of the chain with these logical APIs; all that its state has of each is ``managed``."""
    states = tuple(ApiState("", api, "", "", "", managed or {}, {}, "") for api in apis)
    settings = Settings("https://acme.auth0.com", Credentials(api_token="token"))
    stage = StageConfig(dict.fromkeys(apis, "api"), CHAIN.get(name))
    return StageStack(Stack(name, None, {}), stage, settings, StackSnapshot(name, states), receipt)


def stage_of(name: str) -> StageConfig:
    """Return a stack's place in the chain."""
    return StageConfig({}, CHAIN[name.rpartition("/")[2]])


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("dev", "staging", ""),
        (
            "dev",
            "prod",
            "prod takes its permissions from staging, not from dev (auth0-permissions:promotedFrom of prod). Promote "
            "stage by stage:\n"
            "    auth0-permissions promote dev staging\n    auth0-permissions promote staging prod",
        ),
        ("prod", "staging", "staging takes its permissions from organization/shop/dev, not from prod"),
        ("prod", "dev", "dev is a first stage, which takes the catalog"),
        ("dev", "here", "the stages form a cycle"),
    ],
)
def test_only_the_next_stage_can_be_promoted_to(source: str, target: str, words: str) -> None:
    """A promotion that skips a stage, or goes another way than the chain, is refused with the way."""
    if not words:
        check_chain(source, side(target), stage_of)
        return
    with pytest.raises(Refused, match=re.escape(words)):
        check_chain(source, side(target), stage_of)


@pytest.mark.parametrize(
    ("receipt", "apis", "words"),
    [
        (None, ["orders"], "dev has not applied anything as a stage yet; run `pulumi up --stack dev` first."),
        (of(a="A"), ["orders"], ""),
        (
            of(a="A"),
            ["invoices"],
            'staging has "invoices" in its auth0-permissions:apis, but dev has applied nothing',
        ),
        (of(a="old"), ["orders"], "the last operation on dev was interrupted, or its state has changed since"),
    ],
    ids=["nothing", "all of it", "another API", "a part"],
)
def test_a_source_has_applied_all_that_is_promoted(receipt: Permissions | None, apis: list[str], words: str) -> None:
    """One that has no receipt, not one of the API, or another one than its state, is refused with what to run."""
    applied = None if receipt is None else {"orders": receipt}
    source = side("dev", "orders", receipt=applied, managed=of(a="A"))
    if not words:
        assert check_source(source, side("staging", *apis)) == applied
        return
    with pytest.raises(Refused, match=re.escape(words)):
        check_source(source, side("staging", *apis))


def test_a_later_stages_plan_says_that_nothing_has_arrived_yet() -> None:
    """And from where it takes what, with the way to see what is still to come."""
    review = StackReview("staging", Evidence("", ""), (), source=Source("dev", {"orders": 3}))

    assert source_of(review) == (
        "staging takes what dev has applied: 3 permissions of orders. staging already has all of it. "
        "--as-if permissions.yaml shows what the catalog would change here."
    )
