"""The resource's inputs: what is right, what is wrong, all problems at once, by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.inputs import Inputs, parse_inputs
from pulumi_auth0_permissions.core.model import (
    MAX_DESCRIPTION_LENGTH,
    MAX_IDENTIFIER_LENGTH,
    MAX_PERMISSIONS_PER_API,
    MAX_VALUE_LENGTH,
    Permissions,
    Removal,
    Unmanaged,
)
from pulumi_auth0_permissions.core.validation import RESERVED, UNKNOWN, Unknown
from strategies import any_sets

API = "https://orders.example.com"
NOT_TEXT: tuple[tuple[object, str], ...] = (
    (7, "a number"),
    (1.5, "a number"),
    (True, "a boolean"),
    (["a"], "a list"),
    ({"a": "b"}, "a map"),
)


def problems_of(**raw: object) -> dict[str, list[str]]:
    """Return what is wrong with the inputs: property → reasons, in their order; empty where nothing is."""
    try:
        parse_inputs({"api": API, "permissions": {}, **raw})
    except InvalidInputs as error:
        found: dict[str, list[str]] = {}
        for problem in error.problems:
            found.setdefault(problem.property, []).append(problem.reason)
        return found
    return {}


def reason(property_: str, **raw: object) -> str:
    """Return the one reason against the inputs, which is about that property."""
    found = problems_of(**raw)
    assert list(found) == [property_]
    (only,) = found[property_]
    return only


class TestWhatIsRight:
    """Inputs that pass come back typed and as they are."""

    def test_inputs_come_back_typed(self) -> None:
        """Every input is taken over as its own type."""
        inputs = parse_inputs(
            {
                "api": API,
                "permissions": {"read": "Read", "new": ""},
                "unmanaged": "keep",
                "removal": "revoke",
                "renames": {"old": "new"},
            }
        )

        assert inputs == Inputs(
            API,
            {"read": "Read", "new": ""},
            Unmanaged.KEEP,
            Removal.REVOKE,
            {"old": "new"},
        )
        assert inputs.is_known

    @given(any_sets)
    def test_permissions_are_taken_as_they_are(self, permissions: Permissions) -> None:
        """Values and descriptions are neither trimmed nor folded, and keep their order."""
        declared = {value: text for value, text in permissions.items() if value.isprintable() and text.isprintable()}

        inputs = parse_inputs({"api": API, "permissions": declared})

        assert isinstance(inputs.permissions, dict)
        assert list(inputs.permissions.items()) == list(declared.items())

    @pytest.mark.parametrize("absent", [{}, {"unmanaged": None, "removal": None, "renames": None}])
    def test_modes_that_are_not_given_are_the_stacks(self, absent: dict[str, None]) -> None:
        """Where an input is not given, or is nothing, the stack's default counts."""
        inputs = parse_inputs(
            {"api": API, "permissions": {}, **absent}, unmanaged=Unmanaged.KEEP, removal=Removal.REFUSE
        )

        assert (inputs.unmanaged, inputs.removal, inputs.renames) == (Unmanaged.KEEP, Removal.REFUSE, {})

    def test_a_mode_that_is_given_wins(self) -> None:
        """An explicit argument counts more than the stack's default."""
        inputs = parse_inputs(
            {"api": API, "permissions": {}, "unmanaged": "refuse", "removal": "warn"},
            unmanaged=Unmanaged.REMOVE,
            removal=Removal.REVOKE,
        )

        assert (inputs.unmanaged, inputs.removal) == (Unmanaged.REFUSE, Removal.WARN)


class TestLimits:
    """Both sides of every limit that Auth0 sets."""

    def test_a_longer_value_is_refused(self) -> None:
        """A permission of 281 characters is wrong, with both numbers; the property names its beginning."""
        (property_,) = found = problems_of(permissions={"x" * (MAX_VALUE_LENGTH + 1): ""})

        assert property_ == f'permissions["{"x" * 60}…"]'
        assert found[property_] == ["the permission has 281 characters; Auth0 allows 280"]

    def test_an_empty_value_is_refused(self) -> None:
        """A permission needs at least one character."""
        assert "is empty" in reason('permissions[""]', permissions={"": "text"})

    def test_a_longer_description_is_refused(self) -> None:
        """A description of 501 characters is wrong, with both numbers."""
        found = reason('permissions["a"]', permissions={"a": "x" * (MAX_DESCRIPTION_LENGTH + 1)})

        assert found == "the description has 501 characters; Auth0 allows 500"

    def test_one_more_permission_is_refused(self) -> None:
        """1001 permissions are one too many, with both numbers."""
        found = reason("permissions", permissions={f"p{n}": "" for n in range(MAX_PERMISSIONS_PER_API + 1)})

        assert found == "declares 1001 permissions; Auth0 allows 1000 for an API"

    def test_a_longer_identifier_is_refused(self) -> None:
        """An identifier of 601 characters is wrong, with both numbers."""
        found = reason("api", api="x" * (MAX_IDENTIFIER_LENGTH + 1))

        assert found == "has 601 characters; an identifier has at most 600"


class TestTypes:
    """Whatever an engine in any language can hand over instead of the right type."""

    @pytest.mark.parametrize(("value", "name"), NOT_TEXT)
    def test_an_api_is_text(self, value: object, name: str) -> None:
        """An API that is not named by text is refused, with what was given."""
        assert reason("api", api=value) == f"must be text, the API's identifier (audience) or id; got {name}"

    @pytest.mark.parametrize(("value", "name"), NOT_TEXT)
    def test_a_description_is_text(self, value: object, name: str) -> None:
        """A description that is not text is refused, with what was given."""
        assert reason('permissions["a"]', permissions={"a": value}) == f"the description must be text; got {name}"

    def test_a_list_of_permissions_is_refused_with_the_way_out(self) -> None:
        """A list instead of a map, as other tools want it, is answered with how to write it here."""
        found = reason("permissions", permissions=["read:orders"])

        assert 'write {"read:orders": "Read orders"}' in found
        assert found.endswith("got a list")

    @pytest.mark.parametrize(("value", "name"), [("a", "text"), (7, "a number"), (False, "a boolean")])
    def test_permissions_are_a_map(self, value: object, name: str) -> None:
        """Permissions that are no map are refused, with what was given."""
        assert reason("permissions", permissions=value).endswith(f"got {name}")

    @pytest.mark.parametrize("value", ["", "KEEP", " keep", "Refuse", "warn"])
    def test_an_unknown_mode_is_refused(self, value: str) -> None:
        """A mode is one of its words exactly, and the choices are said."""
        found = reason("unmanaged", unmanaged=value)

        assert found == f'must be one of "refuse", "keep", "remove"; got "{value}"'

    @pytest.mark.parametrize(
        ("value", "name"), [("a", "text"), (7, "a number"), (["a"], "a list"), (True, "a boolean")]
    )
    def test_renames_are_a_map(self, value: object, name: str) -> None:
        """Renames that are no map are refused, with what was given."""
        assert reason("renames", renames=value) == f"must be a map from old to new permission; got {name}"

    def test_an_input_of_another_name_is_refused(self) -> None:
        """A misspelt input is not passed over in silence; its name cannot break the line."""
        assert reason("permisions\\n", **{"permisions\n": {}}).startswith("there is no such input")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_that_auth0_reserves_are_refused_with_their_source(name: str) -> None:
    """No API can have them; a permission of such a name, wherever it is from, can still be renamed."""
    said = reason(f'permissions["{name}"]', permissions={name: ""})

    assert said.startswith("the permission has a name that Auth0 reserves (https://auth0.com/docs/")
    assert f'"read:{name}"' in said
    parse_inputs({"api": "a", "permissions": {"read:it": ""}, "renames": {name: "read:it"}})


def test_line_breaks_and_tabs_are_right_in_a_description_alone() -> None:
    """The vendor's schema allows them, so that what has them can be adopted as it is."""
    parse_inputs({"api": "a", "permissions": {"read:it": "First\n\tthen\r\nthird"}})

    assert reason('permissions["a\\n"]', permissions={"a\n": ""}).startswith("the permission has a control character")


@pytest.mark.parametrize(
    ("character", "said"),
    [
        ("\x00", "a control character (U+0000)"),
        ("\x0b", "a control character (U+000B)"),
        ("\x1b", "a control character (U+001B)"),
        ("\x7f", "a control character (U+007F)"),
        ("\x85", "a control character (U+0085)"),
        ("\ud83d", "half of a character (U+D83D)"),
        ("\udc00", "half of a character (U+DC00)"),
    ],
)
class TestCharactersThatNoTextHolds:
    """Control characters and halves of characters are refused wherever text is given, with their place."""

    def test_in_a_value(self, character: str, said: str) -> None:
        """A permission's value holds none."""
        ((reasons),) = problems_of(permissions={f"ab{character}": ""}).values()

        assert reasons == [f"the permission has {said} at position 3; remove it"]

    def test_in_a_description(self, character: str, said: str) -> None:
        """A description holds none."""
        found = reason('permissions["a"]', permissions={"a": f"{character}ab"})

        assert found == f"the description has {said} at position 1; remove it"

    def test_in_an_identifier(self, character: str, said: str) -> None:
        """An identifier holds none."""
        assert reason("api", api=f"a{character}b") == f"has {said} at position 2; remove it"

    def test_in_a_rename(self, character: str, said: str) -> None:
        """Neither side of a rename holds one."""
        found = problems_of(permissions={"new": ""}, renames={f"a{character}": "new", "b": f"new{character}"})

        assert [len(reasons) for reasons in found.values()] == [1, 1]
        assert all(said in text for reasons in found.values() for text in reasons)


class TestUnknownValues:
    """Values that are known only after another resource has been created."""

    def test_an_unknown_api_passes(self) -> None:
        """The API may come from a resource of the same operation."""
        inputs = parse_inputs({"api": UNKNOWN, "permissions": {"a": ""}})

        assert isinstance(inputs.api, Unknown)
        assert not inputs.is_known

    @pytest.mark.parametrize("permissions", [UNKNOWN, {"a": "", "b": UNKNOWN}])
    def test_unknown_permissions_pass(self, permissions: object) -> None:
        """The map, or a description in it, may come from a resource of the same operation: no plan is known then."""
        inputs = parse_inputs({"api": API, "permissions": permissions})

        assert isinstance(inputs.permissions, Unknown)
        assert not inputs.is_known

    def test_what_is_known_is_checked_all_the_same(self) -> None:
        """An unknown value hides no mistake beside it."""
        found = problems_of(api=UNKNOWN, permissions={"": UNKNOWN, "a": 7}, unmanaged="no")

        assert list(found) == ['permissions[""]', 'permissions["a"]', "unmanaged"]

    @pytest.mark.parametrize("mode", ["unmanaged", "removal"])
    def test_a_mode_must_be_known(self, mode: str) -> None:
        """What becomes of others' permissions is not left open until something else has happened."""
        assert "must be known before anything is created" in reason(mode, **{mode: UNKNOWN})

    def test_renames_must_be_known(self) -> None:
        """Neither the map nor a name in it is left open."""
        assert "not known yet" in reason("renames", renames=UNKNOWN)
        assert "the new name must be known" in reason('renames["a"]', renames={"a": UNKNOWN})


class TestRenames:
    """Renames that would mix up who holds what."""

    def test_a_chain_is_refused(self) -> None:
        """What one rename makes, another one may not rename in the same operation."""
        found = problems_of(permissions={"c": ""}, renames={"a": "b", "b": "c"})

        assert any('is part of a chain: "b" is renamed as well' in text for text in found['renames["a"]'])

    def test_a_swap_is_refused(self) -> None:
        """Two permissions cannot take each other's name: both entries are part of a chain."""
        found = problems_of(permissions=UNKNOWN, renames={"a": "b", "b": "a"})

        assert list(found) == ['renames["a"]', 'renames["b"]']
        assert all("is part of a chain" in text for reasons in found.values() for text in reasons)

    @pytest.mark.parametrize("permissions", [{"a": ""}, UNKNOWN])
    def test_a_rename_to_itself_is_refused(self, permissions: object) -> None:
        """A permission renamed to its own name is a mistake, and no more is said about it."""
        found = reason('renames["a"]', permissions=permissions, renames={"a": "a"})

        assert found == "renames a permission to itself; remove the entry"

    def test_a_rename_onto_something_undeclared_is_refused(self) -> None:
        """The new name has to be declared, or it would be deleted at once."""
        found = reason('renames["a"]', permissions={"c": ""}, renames={"a": "b"})

        assert 'the new name "b" is not declared in `permissions`' in found

    def test_a_rename_of_something_declared_is_refused(self) -> None:
        """The old name may not be declared any more, or the rename would never end."""
        found = reason('renames["a"]', permissions={"a": "", "b": ""}, renames={"a": "b"})

        assert 'the old name "a" is still declared in `permissions`' in found

    def test_two_into_one_is_refused(self) -> None:
        """Two old names cannot become one new name; the second entry names the first."""
        found = reason('renames["b"]', permissions={"c": ""}, renames={"a": "c", "b": "c"})

        assert found == '"a" is renamed to "c" too; two cannot become one'


def test_all_problems_come_at_once_in_the_order_of_the_inputs() -> None:
    """One run tells everything that is wrong, input by input."""
    found = problems_of(
        api=7,
        permissions={"": "", "a": "x" * 501, "b": None},
        unmanaged="all",
        removal="never",
        renames={"a": "a"},
        extra=1,
    )

    assert list(found) == [
        "api",
        'permissions[""]',
        'permissions["a"]',
        'permissions["b"]',
        "unmanaged",
        "removal",
        'renames["a"]',
        "extra",
    ]


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=5))
def test_whatever_is_given_passes_as_it_is_or_is_told_on_one_line_each(permissions: dict[str, object]) -> None:
    """Any map either passes unchanged or is refused with lines that nothing in it can break."""
    found = problems_of(permissions=permissions)

    lines = [f"{property_}: {reason}" for property_, reasons in found.items() for reason in reasons]
    assert [line.splitlines() for line in lines] == [[line] for line in lines]
    if not found:
        inputs = parse_inputs({"api": API, "permissions": permissions})
        assert isinstance(inputs.permissions, dict)
        assert inputs.permissions == permissions
