"""Hypothesis strategies for permissions, sets of them, situations to plan for, and what rivals do in between.

Small pools on purpose: a rule about sets breaks where the sets overlap, and wide random text never does.
"""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Intent, Permissions, Unmanaged
from pulumi_auth0_permissions.core.planning import Plan, compute_plan

# Values that a careless comparison would take for one another, and some that sort and encode oddly.
POOL = (
    "read:a",
    "read:a ",  # a real API holds a value that ends in a space
    " read:a",
    "READ:A",
    "\u00e9crire",
    "e\u0301crire",  # the same to the eye
    "\u8aad\u3080",
    "\U0001f511:key",
    "b",
)

pool_values = st.sampled_from(POOL)
descriptions = st.sampled_from(("", "Read", "Read ", "\u00c9crire \u8aad"))


def _sets(values: st.SearchStrategy[str], at_most: int) -> st.SearchStrategy[Permissions]:
    return st.dictionaries(values, descriptions, max_size=at_most)


pool_sets = _sets(pool_values, len(POOL))


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan is made of."""

    desired: Permissions
    prior: frozenset[str]
    observed: Permissions
    unmanaged: Unmanaged
    renames: dict[str, str] = field(default_factory=dict)

    def plan(self, observed: Permissions | None = None) -> Plan:
        """Plan for this situation, or for another observed set in it."""
        intent = Intent("api", self.desired, self.prior, self.unmanaged, self.renames)
        return compute_plan(intent, self.observed if observed is None else observed)


def plan_of(observed: Permissions, desired: Permissions, *, prior: Collection[str] | None = None, **more: Any) -> Plan:  # noqa: ANN401 - whatever an intent has
    """Plan for an API; all that is there is ours unless ``prior`` says what is."""
    return compute_plan(Intent("api", desired, frozenset(observed if prior is None else prior), **more), observed)


situations = st.builds(
    Situation,
    desired=pool_sets,
    prior=st.frozensets(pool_values),
    observed=pool_sets,
    unmanaged=st.sampled_from(Unmanaged),
)


@st.composite
def renaming_situations(draw: st.DrawFn) -> Situation:
    """Situations with renames as `check` lets them pass: no chain, no swap, new names declared, old ones not."""
    situation = draw(situations)
    declared, others = list(situation.desired), [value for value in POOL if value not in situation.desired]
    number = draw(st.integers(0, min(3, len(declared), len(others))))
    renames = dict(zip(draw(st.permutations(others))[:number], draw(st.permutations(declared))[:number], strict=True))
    return dataclasses.replace(situation, renames=renames)


@st.composite
def underway(draw: st.DrawFn) -> Situation:
    """Situations in which one or two renames have an effect and nothing stands in the way of them."""
    order = draw(st.permutations(POOL))
    number = draw(st.integers(1, 2))
    old, new, rest = order[:number], order[number : 2 * number], st.sampled_from(order[2 * number :])
    desired, observed = draw(_sets(rest, 4)), list(draw(_sets(rest, 4)).items())
    for value in old:
        observed.insert(draw(st.integers(0, len(observed))), (value, draw(descriptions)))
    return Situation(
        {**desired, **{value: draw(descriptions) for value in new}},
        draw(st.frozensets(rest)) | frozenset(old),
        dict(observed),
        draw(st.sampled_from(Unmanaged)),
        dict(zip(old, new, strict=True)),
    )


@st.composite
def edited(draw: st.DrawFn, observed: Permissions) -> Permissions:
    """What a rival makes of a list: permissions added, deleted, described anew, in any order."""
    content = dict(observed)
    for value in draw(st.lists(pool_values, max_size=4)):
        action = draw(st.sampled_from(("put", "drop")))
        if action == "put":
            content[value] = draw(descriptions)
        else:
            content.pop(value, None)
    return dict(draw(st.permutations(list(content.items()))))
