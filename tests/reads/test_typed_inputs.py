"""Inputs that were checked once are typed again without being checked again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulumi_auth0_permissions.core.errors import InvalidInputs
from pulumi_auth0_permissions.core.inputs import UNKNOWN, Unknown, parse_inputs, typed_inputs

texts = st.text("ab:ü ", min_size=1, max_size=12)
raw_inputs = st.fixed_dictionaries(
    {
        "api": texts | st.just(UNKNOWN),
        "permissions": st.dictionaries(texts, texts | st.just(UNKNOWN), max_size=5) | st.just(UNKNOWN),
    },
    optional={
        "unmanaged": st.sampled_from(["refuse", "keep", "remove"]),
        "removal": st.sampled_from(["warn", "revoke", "refuse_if_held", "refuse"]),
        "renames": st.dictionaries(texts, texts, max_size=2),
    },
)


@given(raw_inputs)
def test_typing_checked_inputs_says_the_same_as_checking_them(raw: dict[str, object]) -> None:
    """For whatever passes the check, both make the same value."""
    try:
        checked = parse_inputs(raw)
    except InvalidInputs:
        return

    typed = typed_inputs(raw)

    assert (typed.unmanaged, typed.removal, typed.renames) == (checked.unmanaged, checked.removal, checked.renames)
    assert typed.is_known == checked.is_known
    assert isinstance(typed.api, Unknown) if isinstance(checked.api, Unknown) else typed.api == checked.api
    if isinstance(checked.permissions, Unknown):
        assert isinstance(typed.permissions, Unknown)
    else:
        assert list(typed.permissions) == list(checked.permissions)  # type: ignore[arg-type]
