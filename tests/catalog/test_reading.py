"""What a catalog file may hold, and what is said of one that is wrong."""

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


@pytest.mark.parametrize(
    ("text", "permissions"),
    [
        (of_orders("write:a: Write", "read:a: Read"), {"write:a": "Write", "read:a": "Read"}),
        ('{"apis": {"orders": {"permissions": {"a:b": "\\u00e9"}}}}', {"a:b": "\u00e9"}),  # JSON is YAML
        (of_orders("a: |-", "  one", "  two"), {"a": "one\ntwo"}),
        (of_orders(f"{'v' * 280}: {'d' * 500}", 'e: ""'), {"v" * 280: "d" * 500, "e": ""}),
        (many(1000), {f"p{number}": "d" for number in range(1000)}),
    ],
    ids=["order", "JSON", "lines", "lengths", "number"],
)
def test_permissions_are_read_as_they_stand(text: str, permissions: dict[str, str]) -> None:
    """Values and descriptions up to Auth0's limits, in the order of the file."""
    assert list(parse_catalog(text)["orders"].items()) == list(permissions.items())


def test_a_file_is_read_as_utf8_with_or_without_a_mark(tmp_path: Path) -> None:
    """A byte order mark, which some editors write, is no part of the text."""
    path = tmp_path / "permissions.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + of_orders("\u8aad: \u3080").encode())

    assert load_catalog(path)["orders"] == {"\u8aad": "\u3080"}


def test_all_problems_come_at_once_with_their_places() -> None:
    """Every problem is told, each with file, line and column; what a name hides in it stays on the line."""
    text = textwrap.dedent(
        r"""
        apis:
          orders:
            permissions:
              read:orders: yes
              write:orders:
              read:orders: Again
              "evil\u202E\e[31m\nError: x": "c\x07d"
              1: One
          9bad:
            permissions: []
          billing:
            scopes: {}
        other: 1
        """
    ).lstrip()
    orders, evil = "apis.orders.permissions", 'apis.orders.permissions["evil\\u202e\\x1b[31m\\nError: x"]'

    assert problems(text) == [
        f'4:20: {orders}["read:orders"]: the description must be text; got a YAML bool; put it in quotes: "yes"',
        f'5:20: {orders}["write:orders"]: the description must be text; got a YAML null; put it in quotes: ""',
        f'6:7: {orders}: "read:orders" is defined twice, first in line 4; remove one',
        f"7:7: {evil}: the permission has a control character (U+001B) at position 6; remove it",
        f"7:37: {evil}: the description has a control character (U+0007) at position 2; remove it",
        f'8:7: {orders}: a key must be text; got a YAML int; put it in quotes: "1"',
        "9:3: apis.9bad: a logical API name is a letter, then letters, digits, - and _, 100 characters at most",
        "10:18: apis.9bad.permissions: must be a map; got a YAML seq; write {} for an empty one",
        '12:5: apis.billing: "permissions" is missing',
        '12:5: apis.billing: there is no "scopes" here, only "permissions"',
        '13:1: the catalog: there is no "other" here, only "apis"',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("# only a comment\n", '1:1: the file is empty; it starts with "apis:"', id="empty"),
        pytest.param("apis", "1:1: the catalog: must be a map; got a YAML str", id="text"),
        pytest.param("{}", '1:1: the catalog: "apis" is missing', id="no apis"),
        # A map whose lines were all removed or commented out does not empty an API.
        pytest.param(
            "apis:\n  orders:\n    permissions:\n      # read:orders: Read\n",
            "3:17: apis.orders.permissions: must be a map; got a YAML null; write {} for an empty one",
            id="nothing",
        ),
        pytest.param("apis: !foo {}", "1:7: apis: must be a map; got a YAML !foo", id="tag"),
        pytest.param(of_orders("a: 2026-11-24"), '4:10: apis.orders.permissions["a"]: the description must', id="date"),
        pytest.param(
            of_orders("a: |", "  one", "  two"),
            '4:10: apis.orders.permissions["a"]: the description ends in a line break; write |- or >- for a block with',
            id="block",
        ),
        pytest.param(many(1001), "3:5: apis.orders: declares 1001 permissions; Auth0 allows 1000 for", id="1001"),
        pytest.param("apis: {a.b: {permissions: {}}}", "1:8: apis.a.b: a logical API name is a letter, then", id="dot"),
        pytest.param("apis:\n\torders: {}\n", "2:1: this is not valid YAML: found character '\\t' that ", id="tab"),
        pytest.param(of_orders("a: Read: all"), "4:14: this is not valid YAML: mapping values are not", id="colon"),
        pytest.param("apis: &a {}\nb: *a", "2:4: this is not valid YAML: aliases (*) are not", id="reference"),
        pytest.param("apis: {}\n---\napis: {}\n", "2:1: this is not valid YAML: but found another document", id="two"),
        pytest.param("[" * 100_000, "1:1: this is not valid YAML: maximum recursion depth", id="nested"),
        pytest.param("apis:\n  \x1b[31m: {}\n", "2:3: YAML does not allow the character U+001B", id="character"),
        pytest.param('apis: "\\UFFFFFFFF"', "1:1: this is not valid YAML: ", id="beyond Unicode"),
    ],
)
def test_what_is_no_catalog_is_one_problem_with_its_place(text: str, problem: str) -> None:
    """A file of another shape, beyond a limit or in wrong syntax is told where and what."""
    (found,) = problems(text)

    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, r"permissions\.yaml: the file cannot be read: No such file or directory; `auth0-permissions export"),
        (
            b"apis:\n  a\xe9: {}\n",
            r"permissions\.yaml:2:4: YAML does not allow the character U\+DCE9; remove it, and save the file as UTF-8",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, problem: str) -> None:
    """One that is not there with the way to make it, one that is not UTF-8 with the place."""
    path = tmp_path / "permissions.yaml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidInputs, match=problem):
        load_catalog(path)
