"""The three-way comparison: which differences of the target are hotfixes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.promotion.checks import hotfixes, how_live_differs
from pulumi_auth0_permissions.core.model import Permissions, Unmanaged, only, without

REFUSE, KEEP = Unmanaged.REFUSE, Unmanaged.KEEP

# Few values and descriptions, so that the three sets overlap in every way.
SETS = st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["", "one", "two"])).map(dict)


def of(**texts: str) -> Permissions:
    """Return a set of one-letter permissions."""
    return texts


@given(base=SETS, source=SETS)
def test_an_untouched_target_holds_no_hotfix(base: Permissions, source: Permissions) -> None:
    """A target that still is what it received may be brought to anything."""
    assert hotfixes(base, source, base, unmanaged=REFUSE) == ()


@given(base=SETS, source=SETS, target=SETS)
def test_a_hotfix_is_what_differs_from_both(base: Permissions, source: Permissions, target: Permissions) -> None:
    """Exactly those permissions count that the target has otherwise than it received them and than the source has."""
    before, there, now = base, source, target
    values = {*before, *there, *now}

    expected = {value for value in values if now.get(value) not in (before.get(value), there.get(value))}

    assert {fix.value for fix in hotfixes(base, source, target, unmanaged=REFUSE)} == expected


@given(base=SETS, source=SETS, target=SETS)
def test_pulling_all_hotfixes_back_leaves_none(base: Permissions, source: Permissions, target: Permissions) -> None:
    """With what the words say done to the source, the promotion is no longer stopped."""
    mended = dict(source)
    for fix in hotfixes(base, source, target, unmanaged=REFUSE):
        if fix.target is None:
            mended.pop(fix.value)
        else:
            mended[fix.value] = fix.target

    assert hotfixes(base, mended, target, unmanaged=REFUSE) == ()


@given(base=SETS, source=SETS, target=SETS, done=st.sets(st.sampled_from("abcde")))
def test_what_a_cut_short_promotion_did_is_no_hotfix(
    base: Permissions, source: Permissions, target: Permissions, done: set[str]
) -> None:
    """A target of which some permissions are the old ones and some the new ones is no more a hotfix than either."""
    mixed = {**without(base, done), **only(source, done)}

    assert hotfixes(base, source, mixed, unmanaged=REFUSE) == ()


@given(base=SETS, source=SETS, target=SETS)
def test_others_permissions_are_nobodys_hotfix(base: Permissions, source: Permissions, target: Permissions) -> None:
    """Under ``keep``, what was never promoted here and the source does not have is left alone."""
    fixes = hotfixes(base, source, target, unmanaged=KEEP)

    assert all(fix.value in base or fix.value in source for fix in fixes)


@given(source=SETS, target=SETS)
def test_without_a_base_only_what_the_source_lacks_counts(source: Permissions, target: Permissions) -> None:
    """On the first promotion nobody can tell which description is newer, and what is missing was never there."""
    fixes = hotfixes(None, source, target, unmanaged=REFUSE)

    assert [fix.value for fix in fixes] == sorted(value for value in target if value not in source)


def test_each_hotfix_reads_as_a_change() -> None:
    """A hotfix reads like a line of a plan, with what the source says where it says something else."""
    base, source = of(b="B", c="C", d="D"), of(b="B", c="C", e="E")
    lines = [str(fix) for fix in hotfixes(base, source, of(a="", c="x", d="y", e="z"), unmanaged=REFUSE)]

    assert lines == [
        "+ a",
        "- b",
        '~ c: "x" (the source says "C")',
        '~ d: "y" (the source no longer has it)',
        '+ e: "z" (the source says "E")',
    ]


@given(recorded=SETS, live=SETS)
def test_under_keep_only_what_is_managed_is_compared(recorded: Permissions, live: Permissions) -> None:
    """Under ``keep``, what others have on the API is no difference."""
    same = only(live, recorded) == recorded

    assert (how_live_differs(recorded, live, unmanaged=KEEP) is None) == same


def test_differences_are_told_by_kind() -> None:
    """Missing, described differently and not recorded are told apart, with the values."""
    text = how_live_differs(of(a="A", b="B"), of(b="x", c="C"), unmanaged=REFUSE)

    assert text == 'missing: "a"; described differently: "b"; not recorded: "c"'
