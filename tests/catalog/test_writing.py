"""What a catalog looks like in a file, and that nothing is lost on the way there and back."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from auth0_permissions_cli.catalog_text import dump_catalog, dump_yaml
from catalog.support import VALIDATOR, catalogs, descriptions, values
from pulumi_auth0_permissions.catalog import Catalog, parse_catalog


def test_a_file_reads_like_this() -> None:
    """Ordinary text stands as it is; what needs quotation marks has them; permissions keep their order."""
    orders = {"write:orders": "Create and change orders", "read:orders": "Read orders (all)", "read:comment ": ""}
    catalog = {"orders": orders, "empty": {}}

    assert dump_catalog(catalog) == (
        "# yaml-language-server: $schema=permissions.schema.json\n"
        "# Permissions by logical API name, the same for all environments. Which API of a tenant a name stands for is set\n"  # noqa: E501 - as it is in the file
        "# for each stack in its configuration, under auth0-permissions:apis.\n"
        "apis:\n"
        "  orders:\n"
        "    permissions:\n"
        "      write:orders: Create and change orders\n"
        "      read:orders: Read orders (all)\n"
        '      "read:comment ": ""\n'
        "  empty:\n"
        "    permissions: {}\n"
    )


@given(catalogs)
def test_what_is_written_is_read_back_the_same(catalog: Catalog) -> None:
    """A round trip loses nothing: names, values, descriptions, order; and an editor finds nothing wrong with the file.

    Nothing in it moves the cursor, changes the direction of reading or ends a line but the end of a line.
    """
    text = dump_catalog(catalog)
    found = parse_catalog(text)

    assert [(name, list(held.items())) for name, held in found.items()] == [
        (name, list(held.items())) for name, held in catalog.items()
    ]
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []
    assert text.replace("\n", "").isprintable()


@given(values | descriptions | st.text(st.characters(categories=["Cc"]), max_size=5))
def test_a_text_is_one_line_that_any_reader_of_yaml_reads_as_that_text(text: str) -> None:
    """Control characters, too: a tenant may hold what a program can't declare."""
    written = dump_yaml([text])

    assert written.removesuffix("\n").isprintable()
    assert yaml.safe_load(written) == [text]


def test_a_key_too_long_for_one_line_is_announced() -> None:
    """A permission whose escapes make it longer than a YAML key may be is still read back."""
    catalog = {"a": {"\u202e" * 280: "d"}}

    text = dump_catalog(catalog)

    assert '      ? "\\u202e' in text
    assert parse_catalog(text) == catalog
