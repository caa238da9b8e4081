"""What programs do with a catalog."""

from __future__ import annotations

import pytest

from pulumi_auth0_permissions.catalog import Catalog, NotInCatalog
from pulumi_auth0_permissions.core.permissions import PermissionSet

CATALOG = Catalog({"orders": PermissionSet.of({"a": "A"}), "billing": PermissionSet()}, source="permissions.yaml")


def test_permissions_are_a_map_of_ones_own() -> None:
    """What a program does to the map that it was given changes nothing in the catalog."""
    CATALOG.permissions("orders")["b"] = "B"

    assert CATALOG.permissions("orders") == {"a": "A"}


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    """A misspelt name is told with the names of the catalog and the nearest of them."""
    with pytest.raises(NotInCatalog) as caught:
        CATALOG.permissions("order")

    assert str(caught.value) == (
        'permissions.yaml has no API "order"; it has "billing", "orders". Did you mean "orders"?'
    )


def test_an_empty_catalog_says_so() -> None:
    """A catalog without APIs says that it has none."""
    with pytest.raises(NotInCatalog, match="has none at all"):
        Catalog({}).permissions("orders")


def test_a_catalog_cannot_be_changed() -> None:
    """Nobody can add an API to a catalog, neither through it nor through the map it was made of."""
    apis = {"orders": PermissionSet()}
    catalog = Catalog(apis)
    apis["more"] = PermissionSet()

    with pytest.raises(TypeError):
        catalog.apis["more"] = PermissionSet()  # type: ignore[index]
    assert list(catalog.apis) == ["orders"]


def test_where_it_was_read_from_is_no_part_of_its_value() -> None:
    """Two catalogs with the same content are equal, whichever files they come from."""
    assert Catalog(CATALOG.apis, source="other.yaml") == CATALOG
