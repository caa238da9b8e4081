"""The resource's inputs: what is right, what is wrong, all problems at once, by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.intent import Declaration
from pulumi_auth0_permissions.core.model import Permissions, Removal, Unmanaged
from pulumi_auth0_permissions.core.validation import RESERVED, UNKNOWN, Inputs, parse_inputs, sibling_problems
from strategies import pool_sets

API = "https://orders.example.com"


def problems_of(**raw: object) -> dict[str, list[str]]:
    """Return what is wrong with the inputs: property → reasons, in their order; empty where nothing is."""
    found: dict[str, list[str]] = {}
    try:
        parse_inputs({"api": API, "permissions": {}, **raw})
    except InvalidInputs as error:
        for problem in error.problems:
            found.setdefault(problem.property, []).append(problem.reason)
    return found


class TestWhatIsRight:
    """Inputs that pass come back typed and as they are."""

    def test_inputs_come_back_typed(self) -> None:
        """Every input is taken over as its own type; an explicit mode counts more than the stack's default."""
        given_ = {"unmanaged": "keep", "removal": "revoke", "renames": {"old": "new"}}
        permissions = {"read": "Read", "new": ""}

        inputs = parse_inputs({"api": API, "permissions": permissions, **given_}, removal=Removal.REFUSE)

        assert inputs == Inputs(API, permissions, Unmanaged.KEEP, Removal.REVOKE, {"old": "new"})
        assert inputs.is_known

    @pytest.mark.parametrize("absent", [{}, {"unmanaged": None, "removal": None, "renames": None}])
    def test_modes_that_are_not_given_are_the_stacks(self, absent: dict[str, None]) -> None:
        """Where an input is not given, or is nothing, the stack's default counts."""
        raw: dict[str, object] = {"api": API, "permissions": {}, **absent}

        inputs = parse_inputs(raw, unmanaged=Unmanaged.KEEP, removal=Removal.REFUSE)

        assert inputs == Inputs(API, {}, Unmanaged.KEEP, Removal.REFUSE, {})

    @given(pool_sets)
    def test_permissions_are_taken_as_they_are(self, permissions: Permissions) -> None:
        """Values and descriptions are neither trimmed nor folded, and keep their order."""
        inputs = parse_inputs({"api": API, "permissions": permissions})

        assert isinstance(inputs.permissions, dict)
        assert list(inputs.permissions.items()) == list(permissions.items())

    @pytest.mark.parametrize("raw", [{"api": UNKNOWN}, {"permissions": UNKNOWN}, {"permissions": {"a": UNKNOWN}}])
    def test_what_another_resource_makes_is_not_known_yet(self, raw: dict[str, object]) -> None:
        """The API, the map or a description may come from a resource of the same operation: no plan is known then."""
        assert not parse_inputs({"api": API, "permissions": {"a": "", "b": ""}, **raw}).is_known

    @pytest.mark.parametrize(
        "raw",
        [
            {"permissions": {"read:it": "First\n\tthen\r\nthird"}},  # the vendor's schema allows them
            *({"permissions": {"a": ""}, "renames": {name: "a"}} for name in RESERVED),  # wherever it is from
            {"api": "x" * 600, "permissions": {f"{n:0280}": "x" * 500 for n in range(1000)}},  # just within the limits
        ],
    )
    def test_what_looks_odd_may_be_right(self, raw: dict[str, object]) -> None:
        """What a tenant can hold can be adopted."""
        assert not problems_of(**raw)


_MODES = '"refuse", "keep", "remove"'
_IDENTIFIER = "the API's identifier (audience) or id"
_RESERVED = "has a name that Auth0 reserves (https://auth0.com/docs/get-started/apis/add-api-permissions)"


@pytest.mark.parametrize(
    ("raw", "property_", "reason"),
    [
        # The limits that Auth0 sets; just within them, see `test_what_looks_odd_may_be_right`.
        ({"permissions": {"x" * 281: ""}}, f'permissions["{"x" * 60}…"]', "the permission has 281 characters; "),
        ({"permissions": {"": "a"}}, 'permissions[""]', "the permission is empty; it needs 1 to 280 characters"),
        ({"permissions": {"a": "x" * 501}}, 'permissions["a"]', "the description has 501 characters; Auth0 allows 500"),
        ({"permissions": {f"p{n}": "" for n in range(1001)}}, "permissions", "declares 1001 permissions; Auth0 allows"),
        ({"api": "x" * 601}, "api", "has 601 characters; an identifier has at most 600"),
        ({"permissions": {"openid": ""}}, 'permissions["openid"]', f"the permission {_RESERVED}; choose another one"),
        # Whatever an engine in any language can hand over instead of the right type.
        ({"api": None}, "api", f"is missing: give {_IDENTIFIER}"),
        ({"api": " "}, "api", f"is empty: give {_IDENTIFIER}"),
        ({"api": 7}, "api", f"must be text, {_IDENTIFIER}; got a number"),
        ({"permissions": None}, "permissions", "is missing: give a map from permission to description"),
        (
            {"permissions": ["read:orders"]},
            "permissions",
            'must be a map from permission to description: write {"read:orders": "Read orders"}; got a list',
        ),
        ({"permissions": {"a": 1.5}}, 'permissions["a"]', "the description must be text; got a number"),
        ({"permissions": {"a": None}}, 'permissions["a"]', 'the description must be text; got nothing; write "" for'),
        ({"unmanaged": "KEEP"}, "unmanaged", f'must be one of {_MODES}; got "KEEP"'),
        ({"unmanaged": UNKNOWN}, "unmanaged", f"must be one of {_MODES}; got a value that is not known yet"),
        ({"permisions\n": {}}, "permisions\\n", "there is no such input; the inputs are api, permissions, unmanaged"),
        # Renames that would mix up who holds what.
        ({"renames": ["a"]}, "renames", "must be a map from old to new permission; got a list"),
        ({"renames": {"a": UNKNOWN}}, 'renames["a"]', "the new name must be text; got a value that is not known yet"),
        ({"renames": {"a": "a"}, "permissions": UNKNOWN}, 'renames["a"]', "renames a permission to itself; remove"),
        (
            {"renames": {"a": "b"}, "permissions": {"c": ""}},
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
            'renames["b"]',
            '"a" is renamed to "c" too; two cannot become one',
        ),
        (
            {"renames": {"a": "b", "b": "c"}, "permissions": {"b": "", "c": ""}},
            'renames["a"]',
            'is part of a chain: "b" is renamed as well. Apply one rename, then the other, in two operations',
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(raw: dict[str, object], property_: str, reason: str) -> None:
    """One mistake is one reason under its property; `renames` may bring others in their own entries."""
    found = problems_of(**raw)

    assert next(iter(found)) == property_
    assert [one for one in found[property_] if one.startswith(reason)] == found[property_]


@pytest.mark.parametrize(
    ("character", "words"),
    [(c, f"a control character (U+{ord(c):04X})") for c in "\x00\x0b\x1b\x7f\x85"]
    + [(c, f"half of a character (U+{ord(c):04X})") for c in "\ud83d\udc00"],
)
def test_characters_that_no_text_holds_are_refused_with_their_place(character: str, words: str) -> None:
    """Control characters and halves of characters are wrong wherever text is given."""
    in_permissions = problems_of(permissions={f"ab{character}": "", "a": f"{character}b"})
    in_renames = problems_of(permissions={"new": ""}, renames={f"a{character}": "new", "b": f"new{character}"})

    assert list(in_permissions.values()) == [
        [f"the permission has {words} at position 3; remove it"],
        [f"the description has {words} at position 1; remove it"],
    ]
    assert problems_of(api=f"a{character}b") == {"api": [f"has {words} at position 2; remove it"]}
    assert list(in_renames.values()) == [
        [f"the old name has {words} at position 2; remove it"],
        [f"the new name has {words} at position 4; remove it"],
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
def test_whatever_is_given_passes_as_it_is_or_is_said_on_one_line_each(permissions: dict[str, object]) -> None:
    """Any map either passes unchanged or is refused with lines that nothing in it can break."""
    found = problems_of(permissions=permissions)

    lines = [f"{property_}: {reason}" for property_, reasons in found.items() for reason in reasons]
    assert [line.splitlines() for line in lines] == [[line] for line in lines]
    assert found or parse_inputs({"api": API, "permissions": permissions}).permissions == permissions


def test_what_another_resource_declares_wrongly_on_the_same_api_is_named() -> None:
    """None of a program is written to an API before all of it is right."""
    wrong = Declaration("oth\ner", API, frozenset({"a\x00", "right"}))
    elsewhere = Declaration("elsewhere", "another", frozenset({""}))

    (problem,) = sibling_problems([wrong, elsewhere], API)

    assert problem.property == "api"
    assert problem.reason.startswith(
        "resource oth\\ner declares on the same API a\\x00, which the permission has a cont"
    )
