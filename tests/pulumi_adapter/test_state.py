"""What Pulumi's state holds of a resource, and what is read out of it."""

from dataclasses import replace

from pulumi_auth0_permissions.auth0.token import Credentials
from pulumi_auth0_permissions.core.model import Api, Removal, revision_of
from pulumi_auth0_permissions.core.ownership import Declaration
from pulumi_auth0_permissions.pulumi_adapter import state
from pulumi_auth0_permissions.pulumi_adapter.context import CONTEXT_INPUT, Context, take_context
from pulumi_auth0_permissions.settings import Settings

OURS = {"ours": "Ours"}
API = Api(
    "69a0f1b2c3d4e5f601234567",
    "https://orders.example.com",
    "Orders",
    is_system=False,
    token_lifetime_s=86400,
    permissions={**OURS, "theirs": ""},
)
INPUTS: dict[str, object] = {
    "api": "https://orders.example.com",
    "permissions": {"ours": "As wished"},
    "unmanaged": "keep",
    "renames": None,
}
SETTINGS = Settings("https://acme.example", Credentials(api_token="t"), removal=Removal.REFUSE)


def test_outputs_hold_what_is_really_there() -> None:
    """The outputs are the inputs, the API, what is managed as it is there, and what else is on the API.

    The inputs are found among them again: those that the program has given.
    """
    outputs = state.outputs({**INPUTS, "last_applied": OURS}, API, SETTINGS)

    given = {"api": "https://orders.example.com", "permissions": OURS, "unmanaged": "keep"}
    assert outputs == {
        **given,
        "removal": "refuse",
        "api_id": "69a0f1b2c3d4e5f601234567",
        "identifier": "https://orders.example.com",
        "name": "Orders",
        "tenant": "acme.example",
        "unmanaged_permissions": {"theirs": ""},
        "revision": revision_of(API.permissions),
        "defaults": ["removal"],
    }
    assert state.effective(outputs) == API.permissions
    assert state.inputs_of(outputs) == given
    assert state.inputs_of({**INPUTS, "renames": {"a": "b"}, "__provider": "x"})["renames"] == {"a": "b"}


def test_a_refresh_keeps_what_was_last_applied() -> None:
    """What the program declared when it was last applied is told apart from what a refresh has found since."""
    outputs = state.outputs({**INPUTS, "applied": {"by": "ada"}}, replace(API, permissions=OURS), SETTINGS)

    assert outputs["permissions"] == OURS
    assert state.last_applied(outputs) == INPUTS["permissions"]
    assert outputs["applied"] == {"by": "ada"}


def test_a_context_reaches_the_hooks() -> None:
    """It is taken out of the inputs; one that something on the way has changed tells nothing."""
    others = (Declaration("b", "urn:a", frozenset("xy")),)
    context = Context("urn", is_preview=True, apis=3, others=others, ignored=("permissions",), secret=("renames",))

    assert take_context({**INPUTS, CONTEXT_INPUT: context.to_input()}) == (context, INPUTS)
    for text in ("", "7", "null", '{"others": [], "more": 1}'):
        assert take_context({**INPUTS, CONTEXT_INPUT: text}) == (Context(), INPUTS)
    assert take_context(INPUTS) == (Context(), INPUTS)
