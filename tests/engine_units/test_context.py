"""The context that travels among the inputs: taken out whole, believed only where it is what it should be."""

from __future__ import annotations

import json

import pytest

from pulumi_auth0_permissions.engine.context import CONTEXT_INPUT, Context, take_context
from pulumi_auth0_permissions.engine.state import INPUT_NAMES


@pytest.mark.parametrize(
    "context",
    [
        Context(),
        Context("urn:pulumi:dev::p::t::n", is_preview=True),
        Context("urn:pulumi:dev::p::t::n", follows_resources=True),
        Context("urn:pulumi:dev::p::t::n", siblings=("https://a.example.com", "ä,\n")),
    ],
)
def test_a_context_arrives_as_it_was_sent(context: Context) -> None:
    """Over the engine's wire, which is JSON, nothing of a context is lost."""
    news = json.loads(json.dumps({"api": "a", CONTEXT_INPUT: context.to_input()}))

    assert take_context(news) == (context, {"api": "a"})


def test_the_context_is_no_input_of_the_user() -> None:
    """What comes back as inputs holds all of the user's own and no context; what was handed over is as it was."""
    news = {"api": "a", "permissions": {}, "other": 1, CONTEXT_INPUT: Context().to_input()}

    _, inputs = take_context(news)

    assert inputs == {"api": "a", "permissions": {}, "other": 1}
    assert CONTEXT_INPUT in news
    assert CONTEXT_INPUT not in INPUT_NAMES


@pytest.mark.parametrize("raw", [None, "preview", 7, ["urn"], True])
def test_what_is_no_context_tells_nothing(raw: object) -> None:
    """Without a context, or with something else in its place, it is no preview of a resource unknown."""
    assert take_context({"api": "a", CONTEXT_INPUT: raw}) == (Context(), {"api": "a"})
    assert take_context({"api": "a"}) == (Context(), {"api": "a"})


@pytest.mark.parametrize("value", ["true", 1, None, "yes", [True]])
def test_only_true_is_true(value: object) -> None:
    """A fact counts where it is exactly true, so that nothing is taken for a preview by mistake."""
    context, _ = take_context({CONTEXT_INPUT: {"urn": None, "is_preview": value, "follows_resources": value}})

    assert context == Context()


@pytest.mark.parametrize("value", [None, 7, "", "[", "{}", ["a"]])
def test_siblings_count_where_they_are_a_list_in_a_text(value: object) -> None:
    """What names no APIs names none, and the rest of the context stands."""
    context, _ = take_context({CONTEXT_INPUT: {"urn": "u", "siblings": value}})

    assert context == Context("u")
