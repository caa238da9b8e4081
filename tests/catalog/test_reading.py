"""What a catalog file may hold, and what is said of one that is wrong."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from catalog.support import problems
from pulumi_auth0_permissions.catalog import load_catalog, parse_catalog
from pulumi_auth0_permissions.core.errors import InvalidInputs


def of_orders(*lines: str) -> str:
    """Return a file with one API and these lines as its permissions, from line 4 on."""
    return "apis:\n  orders:\n    permissions:\n" + "".join(f"      {line}\n" for line in lines)


def many(count: int) -> str:
    """Return a file with one API that declares so many permissions."""
    return of_orders(*(f"p{number}: d" for number in range(count)))


def test_a_catalog_maps_logical_names_to_permissions_in_the_order_of_the_file() -> None:
    """Permissions are read as they stand, in their order."""
    catalog = parse_catalog(of_orders("write:orders: Create orders", "read:orders: Read orders"))

    assert list(catalog.permissions("orders").items()) == [
        ("write:orders", "Create orders"),
        ("read:orders", "Read orders"),
    ]


def test_json_is_read_too() -> None:
    """A catalog in JSON is a catalog, JSON being YAML."""
    catalog = parse_catalog('{"apis": {"orders": {"permissions": {"a:b": "\\u00e9"}}}}')

    assert catalog.permissions("orders") == {"a:b": "\u00e9"}


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    """A byte order mark, which some editors write, is no part of the text."""
    path = tmp_path / "permissions.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + of_orders("\u8aad: \u3080").encode())

    assert load_catalog(path).permissions("orders") == {"\u8aad": "\u3080"}


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """Every problem is told, each with file, line and column, from the top to the bottom."""
    text = textwrap.dedent(
        """\
        apis:
          orders:
            permissions:
              read:orders: yes
              write:orders:
              read:orders: Again
          9bad:
            permissions: []
          billing:
            scopes: {}
        other: 1
        """
    )

    assert problems(text) == [
        'permissions.yaml:4:20: apis.orders.permissions["read:orders"]: the description must be text; yes is read as '
        'a boolean, so put it in quotes: "yes"',
        'permissions.yaml:5:20: apis.orders.permissions["write:orders"]: the description must be text; got nothing; '
        'write "" for none',
        'permissions.yaml:6:7: apis.orders.permissions: "read:orders" is there twice, first in line 4; remove one',
        "permissions.yaml:7:3: apis.9bad: a logical API name is a letter, then letters, digits, - and _, "
        "100 characters at most",
        "permissions.yaml:8:18: apis.9bad.permissions: must be a map from permission to description; got a list",
        'permissions.yaml:10:5: apis.billing: there is nothing called "scopes" here; it has a map "permissions:"',
        'permissions.yaml:10:5: apis.billing: "permissions" is missing; there is "scopes"',
        'permissions.yaml:11:1: the catalog: there is nothing called "other" here; it starts with "apis:"',
    ]


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("yes", "a boolean"),
        ("off", "a boolean"),
        ("1.0", "a number"),
        ("0x1f", "a number"),
        ("12:30:45", "a number"),
        ("2026-11-24", "a date"),
    ],
)
def test_text_that_yaml_reads_as_something_else_is_called_out(written: str, kind: str) -> None:
    """A description or permission that YAML takes for something else is told, with the quotes it needs."""
    as_description, as_permission = problems(of_orders(f"a: {written}", f"{written}: a"))

    assert f'{written} is read as {kind}, so put it in quotes: "{written}"' in as_description
    assert (
        f'the permission must be text; {written} is read as {kind}, so put it in quotes: "{written}"' in as_permission
    )


@pytest.mark.parametrize(("length", "is_right"), [(1, True), (280, True), (281, False)])
def test_a_permission_has_1_to_280_characters(length: int, is_right: bool) -> None:  # noqa: FBT001 - a parameter
    """The limit of a permission's length holds on both sides."""
    text = of_orders(f"{'v' * length}: d")

    if is_right:
        assert len(parse_catalog(text).permissions("orders")) == 1
    else:
        assert problems(text)[0].endswith("the permission has 281 characters; Auth0 allows 280")


@pytest.mark.parametrize(("length", "is_right"), [(0, True), (500, True), (501, False)])
def test_a_description_has_up_to_500_characters(length: int, is_right: bool) -> None:  # noqa: FBT001 - a parameter
    """The limit of a description's length holds on both sides."""
    text = of_orders(f'v: "{"d" * length}"')

    if is_right:
        assert parse_catalog(text).permissions("orders") == {"v": "d" * length}
    else:
        assert problems(text)[0].endswith("the description has 501 characters; Auth0 allows 500")


@pytest.mark.parametrize(("count", "is_right"), [(1000, True), (1001, False)])
def test_an_api_has_up_to_1000_permissions(count: int, is_right: bool) -> None:  # noqa: FBT001 - a parameter
    """The limit of the number of permissions holds on both sides."""
    if is_right:
        assert len(parse_catalog(many(count)).permissions("orders")) == count
    else:
        assert problems(many(count)) == [
            "permissions.yaml:4:7: apis.orders.permissions: declares 1001 permissions; Auth0 allows 1000 for an API"
        ]


@pytest.mark.parametrize(("name", "is_right"), [("a" * 100, True), ("a" * 101, False), ("a.b", False), ("_a", False)])
def test_a_logical_name_is_one_that_configuration_can_name(name: str, is_right: bool) -> None:  # noqa: FBT001
    """A logical name is a letter, then letters, digits, - and _, up to 100 characters."""
    text = f"apis: {{{name}: {{permissions: {{}}}}}}"

    if is_right:
        assert list(parse_catalog(text).apis) == [name]
    else:
        assert "a logical API name is a letter" in problems(text)[0]


def test_control_characters_are_refused_with_their_place() -> None:
    """A control character written as an escape is told by its number and position."""
    found = problems(of_orders(r'"a\x07b": "c\x07d"'))

    assert found == [
        'permissions.yaml:4:7: apis.orders.permissions["a\\x07b"]: the permission has a control character (U+0007) at '
        "position 2; remove it",
        'permissions.yaml:4:17: apis.orders.permissions["a\\x07b"]: the description has a control character (U+0007) '
        "at position 2; remove it",
    ]


def test_a_description_in_lines_ends_without_a_line_break() -> None:
    """A block in lines ends in a line break, which hardly anybody means; the way to write it is said."""
    assert problems(of_orders("a: |", "  one", "  two")) == [
        'permissions.yaml:4:10: apis.orders.permissions["a"]: the description ends in a line break, as a block of '
        "lines does; write |- for one without"
    ]
    catalog = parse_catalog(of_orders("a: |-", "  one", "  two"))
    assert catalog.permissions("orders") == {"a": "one\ntwo"}


def test_nothing_where_a_map_belongs_does_not_empty_an_api() -> None:
    """A map whose lines were all removed or commented out is an error, not an API without permissions."""
    assert problems("apis:\n  orders:\n    permissions:\n      # read:orders: Read\n") == [
        "permissions.yaml:3:17: apis.orders.permissions: must be a map from permission to description; got nothing; "
        "write {} for none"
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", '1:1: the file is empty; it starts with "apis:"'),
        ("# only a comment\n", '1:1: the file is empty; it starts with "apis:"'),
        ("apis", '1:1: the catalog: must be a map, it starts with "apis:"; got text'),
        ("[1]", '1:1: the catalog: must be a map, it starts with "apis:"; got a list'),
        ("{}", '1:1: the catalog: "apis" is missing'),
        ("apis: [orders]", "1:7: apis: must be a map from logical API name to permissions; got a list"),
        ("apis: {a: b}", '1:11: apis.a: must be a map, it has a map "permissions:"; got text'),
    ],
)
def test_another_shape_is_told(text: str, problem: str) -> None:
    """A file of another shape is told what it should be and what it is."""
    assert problems(text) == [f"permissions.yaml:{problem}"]


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("apis:\n\torders: {}\n", "2:1", "indent with spaces, not with tabs"),
        (of_orders("a: @b"), "4:10", "put the text in quotation marks"),
        (of_orders("a: Read: all"), "4:14", 'put a text that has ": " in it in quotation marks'),
    ],
)
def test_a_mistake_in_the_syntax_is_one_message_with_a_hint(text: str, where: str, hint: str) -> None:
    """A syntax error is told once, with its place and, for the usual mistakes, with the way out."""
    (problem,) = problems(text)

    assert problem.startswith(f"permissions.yaml:{where}: this is not valid YAML: ")
    assert problem.endswith(hint)


def test_references_are_refused() -> None:
    """An alias, with which a small file can stand for a huge one, is not followed."""
    levels = ["apis: &l0 {a: b}"] + [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]

    found = problems("\n".join(levels))

    assert len(found) == 90
    assert found[0] == "permissions.yaml:2:10: references such as *l0 are not taken; write out what it stands for"


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_deep_nesting_is_refused_before_it_can_do_harm(opening: str) -> None:
    """A file nested a hundred thousand levels deep is told at the 17th."""
    (problem,) = problems(opening * 100_000)

    assert problem == f"permissions.yaml:1:{16 * len(opening) + 1}: this is nested more than 16 levels deep"


def test_a_second_document_is_refused() -> None:
    """What follows a --- would be overlooked, so it is told."""
    assert problems("apis: {}\n---\napis: {}\n") == [
        "permissions.yaml:2:1: a catalog is one document; remove what follows the ---"
    ]


def test_characters_that_yaml_has_not_are_told_with_their_places() -> None:
    """Characters that cannot stand in YAML are all told."""
    assert problems("apis:\x00\n  \x1b[31m: {}\n") == [
        "permissions.yaml:1:6: YAML does not allow the character U+0000 as it is; remove it",
        "permissions.yaml:2:3: YAML does not allow the character U+001B as it is; remove it",
    ]


def test_a_file_that_is_not_utf8_is_told_from_where(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are told with line and column."""
    path = tmp_path / "permissions.yaml"
    path.write_bytes(b"apis:\n  a\xe9: {}\n")

    with pytest.raises(InvalidInputs, match=r"permissions\.yaml:2:4: the file is not UTF-8 from here on"):
        load_catalog(path)


@pytest.mark.parametrize("excess", [0, 1])
def test_a_file_has_at_most_ten_million_bytes(tmp_path: Path, excess: int) -> None:
    """The limit of a file's size holds on both sides."""
    path = tmp_path / "permissions.yaml"
    text = b"apis: {}\n# "
    path.write_bytes(text + b"x" * (10_000_000 - len(text) + excess))

    if excess:
        with pytest.raises(InvalidInputs, match="the file has 10000001 bytes; a catalog has at most 10000000"):
            load_catalog(path)
    else:
        assert load_catalog(path).apis == {}


def test_a_missing_file_is_told_with_the_way_to_make_one(tmp_path: Path) -> None:
    """Where there is no file, the command that makes one is named."""
    with pytest.raises(InvalidInputs, match="there is no such file; `auth0-permissions export"):
        load_catalog(tmp_path / "permissions.yaml")


def test_hostile_text_cannot_break_a_message() -> None:
    """Names in messages cannot move the cursor, turn the direction of reading, or start a line of their own."""
    found = problems(of_orders(r'"evil\u202E\e[31m\nError: x": 1'))

    assert [line.partition(": ")[0] for line in found] == ["permissions.yaml:4:7", "permissions.yaml:4:37"]
    assert all('["evil\\u202e\\x1b[31m\\nError: x"]' in line for line in found)
