"""The JSON Schema for editors says the same as the reader."""

import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from catalog.support import VALIDATOR, descriptions, logical_names, values
from pulumi_auth0_permissions.catalog import parse_catalog
from pulumi_auth0_permissions.core.errors import InvalidInputs

# Documents near the right ones: a thing too many, too few, too long, or of another kind, at every level.
_odd = st.sampled_from((None, True, 1, 1.5, [], {}, ["a"], {"a": "b"}, "", "x"))
_permissions = st.dictionaries(
    values | st.sampled_from(("", "v" * 281, "c\x07", "d\n", "email")),
    descriptions | _odd | st.sampled_from(("d\n", "\te", "f\x07")),
    max_size=3,
)
_apis = st.fixed_dictionaries({}, optional={"permissions": _permissions | _odd, "extra": _odd})
_documents = st.fixed_dictionaries(
    {},
    optional={
        "apis": st.dictionaries(logical_names | st.sampled_from(("", "a.b", "1a", "a" * 101)), _apis | _odd, max_size=3)
        | _odd,
        "extra": _odd,
    },
)


class _Dumper(yaml.SafeDumper):
    """Writes any document, without references to what stood there before."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the same for all
        return True


def is_read(document: object) -> bool:
    """Tell whether the reader takes a document."""
    try:
        parse_catalog(yaml.dump(document, Dumper=_Dumper, allow_unicode=True))
    except InvalidInputs:
        return False
    return True


def test_the_schema_is_one() -> None:
    """The file in the package is a valid JSON Schema of the draft that editors read it as."""
    Draft202012Validator.check_schema(VALIDATOR.schema)


@given(_documents)
def test_the_schema_takes_what_the_reader_takes_and_nothing_else(document: object) -> None:
    """A document conforms to the schema exactly when the reader takes it."""
    assert VALIDATOR.is_valid(document) == is_read(document)
