"""The resource's inputs: what is right, what is wrong, all problems at once, by property."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.model import Permissions, Removal, Unmanaged
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.core.validation import (
    RESERVED,
    UNKNOWN,
    Inputs,
    input_problems,
    sibling_problems,
    typed_inputs,
)
from strategies import pool_sets

API = "https://orders.example.com"
MODES = {"unmanaged": "keep", "removal": "revoke"}


def problems_of(**raw: object) -> dict[str, list[str]]:
    """Return what is wrong with the inputs: property → reasons, in their order; empty where nothing is."""
    found: dict[str, list[str]] = {}
    for problem in input_problems({"api": API, "permissions": {}, **raw}):
        found.setdefault(problem.property, []).append(problem.reason)
    return found


class TestWhatIsRight:
    """Inputs that pass come back typed and as they are."""

    @given(pool_sets)
    def test_permissions_are_taken_as_they_are(self, permissions: Permissions) -> None:
        """Values and descriptions are neither trimmed nor folded, and keep their order; modes have their own type."""
        inputs = typed_inputs({"api": API, "permissions": permissions, "renames": {"old": "new"}, **MODES})

        assert not problems_of(permissions=permissions, **MODES)
        assert inputs == Inputs(API, permissions, Unmanaged.KEEP, Removal.REVOKE, {"old": "new"})
        assert isinstance(inputs.permissions, dict)
        assert list(inputs.permissions) == list(permissions)

    @pytest.mark.parametrize("raw", [{"api": UNKNOWN}, {"permissions": UNKNOWN}, {"permissions": {"a": UNKNOWN}}])
    def test_what_another_resource_makes_is_not_known_yet(self, raw: dict[str, object]) -> None:
        """The API, the map or a description may come from a resource of the same operation: no plan is known then."""
        assert not problems_of(**raw)
        inputs = typed_inputs({"api": API, "permissions": {"a": ""}, **MODES, **raw})
        assert UNKNOWN in (inputs.api, inputs.permissions)

    @pytest.mark.parametrize(
        "raw",
        [
            {"unmanaged": None, "removal": None, "renames": None},
            {"permissions": {"read:it": "First\n\tthen\r\nthird"}},  # the vendor's schema allows them
            *({"permissions": {"a": ""}, "renames": {name: "a"}} for name in RESERVED),  # wherever it is from
            {"api": "x" * 600, "permissions": {f"{n:0280}": "x" * 500 for n in range(1000)}},  # just within the limits
        ],
    )
    def test_what_looks_odd_may_be_right(self, raw: dict[str, object]) -> None:
        """What a tenant can hold can be adopted."""
        assert not problems_of(**raw)


_IDENTIFIER = "must be the API's identifier (audience) or id; got"
_FORM = 'must be a map from permission to description: write {"read:orders": "Read orders"}; got'


@pytest.mark.parametrize(
    ("raw", "property_", "reason"),
    [
        # The limits that Auth0 sets; just within them, see `test_what_looks_odd_may_be_right`.
        ({"permissions": {"x" * 281: ""}}, f'permissions["{"x" * 60}…"]', "the permission has 281 characters; "),
        ({"permissions": {"": "a"}}, 'permissions[""]', "the permission has 0 characters; Auth0 allows 1 to 280"),
        (
            {"permissions": {"a": "x" * 501}},
            'permissions["a"]',
            "the description has 501 characters; Auth0 allows 0 to",
        ),
        ({"permissions": {f"p{n}": "" for n in range(1001)}}, "permissions", "declares 1001 permissions; Auth0 allows"),
        ({"api": "x" * 601}, "api", "the identifier has 601 characters; Auth0 allows 1 to 600"),
        ({"permissions": {"openid": ""}}, 'permissions["openid"]', "the permission has a name that Auth0 reserves ("),
        # Whatever an engine in any language can hand over instead of the right type.
        ({"api": None}, "api", f"{_IDENTIFIER} nothing"),
        ({"api": " "}, "api", f'{_IDENTIFIER} " "'),
        ({"api": 7}, "api", f"{_IDENTIFIER} a number"),
        ({"api": True}, "api", f"{_IDENTIFIER} a boolean"),
        ({"permissions": None}, "permissions", f"{_FORM} nothing"),
        ({"permissions": ["read:orders"]}, "permissions", f"{_FORM} a list"),
        ({"permissions": {"a": 1.5}}, 'permissions["a"]', "the description must be text; got a number"),
        ({"permissions": {"a": None}}, 'permissions["a"]', "the description must be text; got nothing"),
        ({"unmanaged": "KEEP"}, "unmanaged", 'must be one of "refuse", "keep", "remove"; got "KEEP"'),
        (
            {"removal": UNKNOWN},
            "removal",
            'must be one of "warn", "revoke", "refuse_if_held", "refuse"; got a value tha',
        ),
        ({"permisions\n": {}}, "permisions\\n", "there is no such input; the inputs are api, permissions, unmanaged"),
        # Renames that would mix up who holds what.
        ({"renames": ["a"]}, "renames", "must be a map from old to new permission; got a list"),
        ({"renames": {"a": UNKNOWN}}, 'renames["a"]', "the new name must be text; got a value that is not known yet"),
        ({"renames": {"a": "a"}, "permissions": UNKNOWN}, 'renames["a"]', '"a" is renamed as well; apply one rename'),
        (
            {"renames": {"a": "b"}, "permissions": {"c": UNKNOWN}},
            'renames["a"]',
            'the new name "b" is not declared in `permissions`; declare it there',
        ),
        (
            {"renames": {"a": "b"}, "permissions": {"a": "", "b": ""}},
            'renames["a"]',
            'the old name "a" is still declared in `permissions`; remove it there',
        ),
        (
            {"renames": {"a": "c", "b": "c"}, "permissions": {"c": ""}},
            'renames["a"]',
            'another permission is renamed to "c" too; two cannot become one',
        ),
        (
            {"renames": {"a": "b", "b": "c"}, "permissions": {"b": "", "c": ""}},
            'renames["a"]',
            '"b" is renamed as well; apply one rename, then the other, in two operations',
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(raw: dict[str, object], property_: str, reason: str) -> None:
    """One mistake is one reason under its property; `renames` may bring others in their own entries."""
    found = problems_of(**raw)

    assert next(iter(found)) == property_
    assert [one for one in found[property_] if one.startswith(reason)] == found[property_]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\ud83d"])
def test_characters_that_no_text_holds_are_refused_with_their_place(character: str) -> None:
    """Control characters and halves of characters are wrong wherever text is given."""
    found = problems_of(
        api=f"a{character}",
        permissions={f"ab{character}": f"{character}b", "new": ""},
        renames={f"a{character}": f"new{character}"},
    )

    words = f"has a control character (U+{ord(character):04X}) at position"
    assert list(found.values()) == [
        [f"the identifier {words} 2; remove it"],
        [f"the permission {words} 3; remove it", f"the description {words} 1; remove it"],
        [f"the old name {words} 2; remove it", f"the new name {words} 4; remove it"],
    ]


def test_all_problems_come_at_once_in_the_order_of_the_inputs() -> None:
    """One run says everything that is wrong, input by input; an unknown value hides no mistake beside it."""
    found = problems_of(
        api=7,
        permissions={"": UNKNOWN, "a": "x" * 501, "b": None},
        unmanaged="all",
        removal="never",
        renames={"a": "a"},
        extra=1,
    )

    permissions = ['permissions[""]', 'permissions["a"]', 'permissions["b"]']
    assert list(found) == ["api", *permissions, "unmanaged", "removal", 'renames["a"]', "extra"]


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=5))
def test_whatever_is_given_is_said_on_one_line_each(permissions: Mapping[str, object]) -> None:
    """Nothing in a map can break a line of what is said of it."""
    found = problems_of(permissions=permissions)

    lines = [f"{property_}: {reason}" for property_, reasons in found.items() for reason in reasons]
    assert [line.splitlines() for line in lines] == [[line] for line in lines]


def test_what_another_resource_declares_wrongly_on_the_same_api_is_named() -> None:
    """None of a program is written to an API before all of it is right."""
    wrong = Declaration("oth\ner", API, frozenset({"a\x00", "right"}))
    elsewhere = Declaration("elsewhere", "another", frozenset({""}))

    (problem,) = sibling_problems([wrong, elsewhere], API)

    assert problem.property == "api"
    assert problem.reason.startswith("resource oth\\ner declares a\\x00 on the same API, but the permission has a cont")
