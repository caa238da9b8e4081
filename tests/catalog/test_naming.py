"""Logical names, derived from what a tenant calls its APIs."""

import itertools

import pytest

from auth0_permissions_cli.catalog_text import dump_catalog, logical_names
from pulumi_auth0_permissions.catalog import parse_catalog
from pulumi_auth0_permissions.core.model import Api


def api(identifier: str, name: str = "", id_: str = "1") -> Api:
    """Make an API without permissions."""
    return Api(id_, identifier, name, is_system=False, token_lifetime_s=None, permissions={})


@pytest.mark.parametrize(
    ("name", "identifier", "expected"),
    [
        ("Orders API", "https://orders.example.com", "orders-api"),
        ("", "https://orders.example.com/v2/", "orders-example-com-v2"),
        ("\u00c9tat des Commandes", "x", "etat-des-commandes"),
        ("\u6ce8\u6587", "urn:shop:orders", "urn-shop-orders"),
        ("\u6ce8\u6587", "\u6ce8\u6587", "api"),
        ("3rd party", "x", "api-3rd-party"),
        ("a" * 300, "x", "a" * 60),
    ],
)
def test_a_name_is_made_of_the_apis_name_or_else_of_its_identifier(name: str, identifier: str, expected: str) -> None:
    """ASCII letters and digits of the name, joined by hyphens; where none are left, those of the identifier."""
    assert list(logical_names([api(identifier, name)])) == [expected]


def test_of_two_with_one_name_the_older_keeps_it() -> None:
    """The one with the lower id, which is older, has the short name; the other has its identifier added."""
    older, newer = api("https://a.example.com", "Orders", "1"), api("https://b.example.com", "Orders", "2")

    assert logical_names([newer, older]) == {"orders": older, "orders-b-example-com": newer}


def test_names_are_unique_and_can_stand_in_a_catalog() -> None:
    """Whatever the tenant calls its APIs, each gets a name of its own, with which a catalog can be written and read."""
    texts = ["Orders", "orders", "ORDERS ", "Orders 2", "orders-2", "A-2", "\u6ce8\u6587", "yes", "2", "", "a" * 80]
    pairs = list(enumerate(itertools.product(texts, texts)))
    names = logical_names([api(f"{identifier}{place}", name, f"{place:024x}") for place, (name, identifier) in pairs])
    catalog = {name: dict[str, str]() for name in names}

    assert len(names) == len(pairs)
    assert parse_catalog(dump_catalog(catalog)) == catalog
